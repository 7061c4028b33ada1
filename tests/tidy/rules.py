"""Every rule that a machine can check: `rules.py NAME` prints what breaks it; without a name, the names. A rule is a
function that returns the lines to print; its docstring says what to do."""

import glob
import os
import re
import shutil
import sys

import documents
from compiling import all_compile, flags_of_sources, includes_asio
from tree import ROOT, code, cpp, files, functions, layer_of, layer_rows, layers, places, private_functions, run, text

SKIPPED = 77  # what CMake takes for "not run"


def a_layer_includes_only_layers_of_its_row():
    """The table is CMakeLists.txt's; a need that crosses it is solved by a port in the upper layer's words."""
    allowed = layers()
    wrong = []
    for path in cpp("lib"):
        layer = layer_of(path)
        if layer not in allowed:
            wrong.append(f"{path}: CMakeLists.txt knows no layer {layer}")
            continue
        for found in places(path, r'#include "weir/\w+/', of=text):
            if found.split("weir/")[-1].rstrip("/") not in allowed[layer]:
                wrong.append(f"{found}…: {layer} may include {', '.join(sorted(allowed[layer]))}")
    return wrong


# A library that stands for a dependency is spoken in one layer, so that it can be replaced there.
_SPOKEN_IN = {
    r"hiredis/": {"redis"},
    r"libpq": {"postgres"},
    r"toml\+\+/": {"config"},
    r"CLI/": set(),
    r"(?:zlib|zstd)\.h|brotli/": {"api"},
    r"boost/beast": {"http", "api"},
    r"boost/asio": {"async", "cache", "redis", "postgres", "adapters", "schema", "init", "prove", "http", "api"},
}


def a_library_is_spoken_in_its_layer_only():
    """Wrap it there; the layers above use the wrapper's words."""
    return [f"{found}: only in {', '.join(sorted(homes)) or 'app'}"
            for path in cpp("lib") for library, homes in _SPOKEN_IN.items() if path.split("/")[1] not in homes
            for found in places(path, rf"#include [<\"]{library}[^>\"]*", of=text)]


def policy_reads_no_clock_and_no_socket():
    """`now` is an argument."""
    return [found for path in cpp("lib") if path.startswith("lib/policy/")
            for found in places(path, r"\bunix_now\s*\(|_clock::now\s*\(|\basio::|\bgetenv\b|\bifstream\b")]


def a_file_has_at_most_400_lines():
    """One idea a file: split it."""
    written = [f for f in files() if f.endswith((".cpp", ".hpp", ".py", ".sh", ".cmake")) or f in ("dev", "CMakeLists.txt")]
    return [f"{f}: {text(f).count(chr(10))} lines" for f in written if text(f).count("\n") > 400]


def a_function_has_at_most_70_lines():
    """A function fits a screen: loops in the leaves."""
    return [f"{path}:{first}: {lines} lines: {header}" for path in cpp() for first, lines, header in functions(path)
            if lines > 70]


def a_private_interface_has_at_most_20_functions():
    """One idea a class: split it by the members that its functions need."""
    return [f"{path}:{line}: {name}: {count} private functions" for path in cpp("lib", "app") if path.endswith(".hpp")
            for line, name, count in private_functions(path) if count > 20]


_AVOIDED = {"purge", "flush", "bust", "factory", "grace", "manager", "helper", "helpers", "util", "utils", "impl"}
# Words that libraries gave: sending what is buffered is a flush for libpq and for every stream.
_GIVEN = {"PQflush"}
_GIVEN_IN = {"lib/postgres/": {"flush"}, "app/": {"flush"}}
_GIVEN_BY_BEAST = re.compile(r"on_\w+_impl")  # what its parser calls on those who derive from it


def a_name_has_none_of_the_avoided_words():
    """STYLE: say what it does instead. (`purge` may come with the CDN's hooks; then allow it there.)"""
    wrong = []
    for path in cpp():
        given = _GIVEN.union(*(words for start, words in _GIVEN_IN.items() if path.startswith(start)))
        for word in set(re.findall(r"[A-Za-z_]\w*", re.sub(r"#include[^\n]*", "", code(path)))) - given:
            if _AVOIDED & set(word.lower().split("_")) and not _GIVEN_BY_BEAST.fullmatch(word):
                wrong += places(path, rf"\b{word}\b")[:1]
        stem = os.path.splitext(os.path.basename(path))[0]
        if _AVOIDED & set(stem.split("_")):
            wrong.append(f"{path}: the file's name")
        wrong += places(path, r"\bnamespace\s+(?:\w+::)*(detail|details|internal|impl)\b")
    return wrong


# (where, pattern, why)
_BANNED = [
    (("lib",), r"(?<!\w)(?:context|ioc|io_context|io)_?(?:\.|->)stop\s*\(", "stopping the context drops requests in flight"),
    (("lib", "app", "tests"), r"\basio::detached\b|\bdetached\b\s*\)", "swallows exceptions: a handler that logs"),
    (("lib", "app", "tests"), r"\bco_spawn\s*\([^,;]*,\s*\[[^\]]", "a capturing lambda dies at its first suspension"),
    (("lib", "app", "tests"), r"awaitable_operators", "`||` waits for a success: parallel_group"),
    (("lib", "app"), r"\bthis_thread::sleep\w*|\busleep\s*\(", "blocks a worker: a timer"),
    (("lib", "app"), r"\bgetaddrinfo\s*\(|\bPQconnectdb\w*\s*\(|\bPQexec\w*\s*\(|\bredisConnect\w*\s*\(",
     "blocks a worker"),
    (("lib", "app"), r"\bs?printf\s*\(|\bstrcpy\s*\(|\bstrcat\s*\(|\batoi\s*\(|\brand\s*\(",
     "fmt, charconv, random_token"),
    (("lib",), r"\bstd::c(?:out|err)\b|\bfmt::print\s*\(", "log"),
    (("lib", "app"), r"\bdeadline_timer\b|\bio_service\b", "removed from newer Boost"),
    (("lib", "app", "tests"), r"\busing namespace std\s*;", "say whose name it is"),
]


def no_call_that_this_project_has_banned():
    """Each has a reason and a replacement, in the rule itself."""
    return [f"{found}: {why}" for folders, pattern, why in _BANNED for path in cpp(*folders)
            for found in places(path, pattern)]


def no_test_sleeps_to_wait_for_a_state():
    """Poll the state with a bound. Inside such a polling loop a short sleep is right: tests/support has it."""
    wrong = [found for path in cpp("tests") if not path.startswith("tests/support/")
             for found in places(path, r"\bthis_thread::sleep\w*|\busleep\s*\(")]
    service = [f for f in files() if f.startswith("tests/service/test_") and f.endswith(".py")]
    return wrong + [found for path in service for found in places(path, r"\btime\.sleep\s*\(|asyncio\.sleep\s*\(", of=text)]


def redis_is_never_asked_for_keys():
    """KEYS walks the whole database: known keys, tags, or SCAN in maintenance."""
    pattern = r"\"KEYS\b|'KEYS'|\"keys\"\s*,|redis\.call\(\s*['\"]keys['\"]"
    return [found for path in cpp("lib", "app") if "/redis/" in path or "/adapters/" in path
            for found in places(path, pattern, of=text)]


def every_error_value_is_provoked_by_a_test():
    """errc: an answer that nobody tests is an answer that nobody acts on."""
    body = re.search(r"enum class errc \{(.*?)\};", code("lib/base/include/weir/base/error.hpp"), re.S).group(1)
    tests = "\n".join(code(path) for path in cpp("tests"))
    return [f"errc::{name} is in no test" for name in re.findall(r"\b([a-z_]+)\b(?=\s*(?:=\s*\d+\s*)?(?:,|$))", body.strip())
            if f"errc::{name}" not in tests]


def every_header_begins_by_saying_what_it_is():
    """A comment before the first line of code: what, who owns it, on which executor, what a cancellation does. A source
    without a header of its name says it itself."""
    names = {os.path.basename(f) for f in cpp("lib", "app")}
    return [path for path in cpp("lib", "app")
            if os.path.basename(path).replace(".cpp", ".hpp") not in names - {os.path.basename(path)} or path.endswith(".hpp")
            if not text(path).lstrip().startswith("//")]


def nothing_is_left_to_do():
    """An issue remembers; a comment does not."""
    words = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"])
    return [found for path in files() if not path.endswith((".png", ".xz")) for found in places(path, rf"\b(?:{words})\b", of=text)]


def nothing_names_a_place_on_somebodys_machine():
    """A clone works anywhere."""
    pattern = r"(?<![\w.$}])/(?:home|root|work|Users)/\w+"
    return [found for path in files() if not path.endswith((".png", ".xz")) for found in places(path, pattern, of=text)]


def a_test_name_is_plain_words():
    """ctest's discovery breaks at commas, brackets, quotes and backslashes."""
    return [found for path in cpp("tests") for found in places(path, r'TEST_CASE(?:_METHOD\(\w+,\s*|\()"(?:\\.|[^"\\])*"', of=text)
            if re.search(r'[,\[\]\\;]', found.split('"', 1)[1])]


def a_test_file_has_a_namespace_of_its_own():
    """Some builds compile eight files as one. Call it as the file, with the folder's name in front if another has that name:
    namespace weir::l1_index_test."""
    wrong, seen = [], {}
    for path in cpp("tests"):
        if path.split("/")[1] not in ("unit", "contract", "integration") or not path.endswith("_test.cpp"):
            continue
        stem = os.path.splitext(os.path.basename(path))[0]
        own = re.search(rf"^namespace weir::((?:\w+::)*(?:\w+_)?{stem}) {{$", text(path), re.MULTILINE)
        if not own or own.group(1) in seen:
            wrong.append(f"{path}: " + (f"{seen[own.group(1)]} has its namespace" if own else f"no namespace weir::{stem}"))
        else:
            seen[own.group(1)] = path
    return wrong


def a_using_declaration_is_used():
    """clang-tidy sees eight files as one, and there it cannot tell."""
    return [f"{path}: {name}" for path in cpp() if path.endswith(".cpp") for name in re.findall(r"^\s*using (?:\w+::)+(\w+);", code(path), re.MULTILINE)
            if len(re.findall(rf"\b{name}\b", code(path))) < 2]


def _documents():
    return [f for f in files() if f.endswith(".md")]


# What strangers read first.
_READ_FIRST = ("README.md", "docs/freshness.md", "docs/performance.md")
_AVERAGE_WORDS_MAX = 22  # a sentence
_WORDS_MAX = 40


def what_is_read_first_has_short_sentences():
    """One fact a sentence: split it."""
    wrong = []
    for path in _READ_FIRST:
        average = documents.average_words(text(path))
        if average >= _AVERAGE_WORDS_MAX:
            wrong.append(f"{path}: {average:.1f} words a sentence on average; under {_AVERAGE_WORDS_MAX}")
        wrong += [f"{path}: over {_WORDS_MAX} words: {found}" for found in documents.sentences_over(text(path), _WORDS_MAX)]
    return wrong


def a_line_of_a_document_has_at_most_160_characters():
    """Break it. Tables, code blocks and the targets of links may be wider."""
    return [f"{path}:{number}: {length} characters" for path in _documents()
            for number, length in documents.lines_over(text(path), 160)]


def a_link_of_a_document_leads_somewhere():
    """To a file of the project, and to a heading of it where the link names one."""
    wrong = []
    for path in _documents():
        for number, target in documents.links(text(path)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            there = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            if not os.path.exists(os.path.join(ROOT, there)):
                wrong.append(f"{path}:{number}: there is no {there}")
            elif anchor and anchor not in documents.anchors(text(there)):
                wrong.append(f"{path}:{number}: {there} has no heading #{anchor}")
    return wrong


_FOLDERS = ("app", "bench", "cmake", "config", "docker", "docs", "lib", "scripts", "tests", ".ci", ".github")


def a_path_that_a_document_names_exists():
    """Documents follow the code."""
    return [f"{path}:{number}: there is no {found}" for path in _documents()
            for number, found in documents.paths(text(path), _FOLDERS) if not glob.glob(os.path.join(ROOT, found))]


def the_overview_lists_the_layers_of_the_build():
    """CMakeLists.txt from below, with what each row names."""
    told = documents.listed_layers(text("docs/architecture/overview.md"))
    built = [(layer, others) for layer, others in reversed(layer_rows().items())]
    return [f"docs/architecture/overview.md: {row} is not in CMakeLists.txt" for row in told if row not in built] + [
        f"CMakeLists.txt: {row} is not in docs/architecture/overview.md" for row in built if row not in told] or (
        ["docs/architecture/overview.md: the order of the layers is another one"] if told != built else [])


# (document, heading, the most compilation units)
_TO_FOLLOW = (("docs/architecture/read.md", "A GET that hits L1", 24), ("docs/architecture/read.md", "A GET that misses", 40),
              ("docs/architecture/write.md", "An admin POST", 24))


def a_request_is_followed_through_few_files_that_exist():
    """Follow the code by hand, top to bottom, and correct the list. If it has grown too long, a part was split too far."""
    return [f"{path}:{number}: {heading}: {what}" for path, heading, units_max in _TO_FOLLOW for number, what in
            documents.problems_of_list(documents.listed_files(text(path), heading),
                                       lambda name: os.path.isfile(os.path.join(ROOT, name)), units_max)]


# Files, and folders by their beginning.
_IN_PLAIN_WORDS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/", "lib/", "app/", "bench/", "scripts/",
                   "docker", "config/weir.toml", "config/schema.sql", "dev", "CMakeLists.txt", "cmake/")


def a_text_has_none_of_the_words_that_strangers_stumble_over():
    """Sockets, nodes and requests are things, and things have the names of their field: see documents.BANNED_WORDS."""
    read = [f for f in files() if f.startswith(_IN_PLAIN_WORDS) and not f.endswith((".png", ".xz", ".json"))]
    return [f"{path}:{number}: {word}" for path in read for number, word in documents.banned(text(path))] + [
        f"{path}: the file's name: {word}" for path in read for word in documents.banned_in_name(path)]


def the_comment_of_a_function_begins_with_a_verb():
    """Say what it does: "Returns whether …", "Waits until …". Who calls it, and what may be null, comes after that."""
    return [f"{path}:{number}: {first}" for path in cpp("lib", "app")
            for number, first in documents.comments_without_a_verb(text(path))]


_COMMENT_WORDS_MAX = 35  # a sentence; most have under 25


def a_comment_has_short_sentences():
    """One fact a sentence: split it. A diagram, a table or an example is indented."""
    return [f"{path}:{number}: over {_COMMENT_WORDS_MAX} words: {found}" for path in cpp("lib", "app")
            for number, comment in documents.comments(text(path))
            for found in documents.sentences_over(comment, _COMMENT_WORDS_MAX)]


def every_source_is_formatted():
    """./dev format"""
    program = shutil.which("clang-format-14")
    if not program:
        print("clang-format 14 is not installed, and other versions format differently")
        sys.exit(SKIPPED)
    done = run([program, "--dry-run", "--Werror", *cpp()])
    return [line for line in done.stderr.splitlines() if "error:" in line]


def _source_of(header, sources):
    """A library's public header stands in include/, its source in src/; those of app/ stand side by side."""
    folder = "app" if header.startswith("app/") else "/".join(header.split("/")[:2])
    name = os.path.basename(header).replace(".hpp", ".cpp")
    return next((s for s in sources if os.path.basename(s) == name and s.startswith(folder + "/")), None)


def a_source_includes_its_own_header_first():
    """So that building it shows that the header includes what it uses."""
    sources = [f for f in cpp() if f.endswith(".cpp")]
    found = []
    for header in (f for f in cpp() if f.endswith(".hpp")):
        source = _source_of(header, sources)
        first = re.search(r'^#include [<"](.*)[>"]', text(source), re.M) if source else None
        if first and os.path.basename(first.group(1)) != os.path.basename(header):
            found.append(f"{source}: {first.group(0)}")
    return found


def every_header_without_a_source_compiles_alone():
    """It includes what it uses."""
    folder_flags = {"/".join(path.split("/")[:2]): flags for path, flags in flags_of_sources().items()}
    sources = [f for f in cpp() if f.endswith(".cpp")]
    headers = [f for f in cpp() if f.endswith(".hpp")]
    jobs = []
    for header in (f for f in headers if not _source_of(f, sources)):
        folder = "/".join(header.split("/")[:2])
        plain, precompiled = folder_flags.get(folder) or folder_flags["app/main.cpp"]
        flags = precompiled if includes_asio(header, headers, set()) else plain
        jobs.append((header, [*flags, "-include", header, "-x", "c++", "/dev/null"]))
    return all_compile(jobs)


def every_source_compiles_alone():
    """The builds compile eight as one, and the debug build one by one: it must not miss an #include, or shadow a name."""
    return all_compile([(path, [*precompiled, path]) for path, (_, precompiled) in flags_of_sources().items()
                         if path.startswith(("lib/", "app/"))])


RULES = {name: rule for name, rule in list(globals().items())
         if getattr(rule, "__module__", "") == "__main__" and not name.startswith("_")}


def main():
    if len(sys.argv) == 1:
        print("\n".join(RULES))
        return
    rule = RULES[sys.argv[1]]
    wrong = rule()
    if wrong:
        print(f"{sys.argv[1].replace('_', ' ')}: broken {len(wrong)} times.\n{rule.__doc__.strip()}\n")
        print("\n".join(wrong))
        sys.exit(1)


main()

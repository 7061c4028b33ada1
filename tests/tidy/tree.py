"""The source tree as the rules see it: files, code without comments and strings, functions with their lengths."""

import functools
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SKIPPED = {"build", "var", ".git", "__pycache__", "corpus"}  # made, not written; corpus: inputs that a fuzzer found


@functools.cache
def files():
    """Every written file of the project, as paths from its root."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in sorted(names)]
    return found


def cpp(*folders):
    return [f for f in files() if f.endswith((".cpp", ".hpp")) and f.split("/")[0] in (folders or ("app", "bench", "lib", "tests"))]


@functools.cache
def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


_NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^()\\ ]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def _blank(match):
    """As many lines as before, so that line numbers stay true; a string keeps its quotes."""
    found = match.group(0)
    if found.startswith("'") and match.start() and match.string[match.start() - 1].isalnum():
        return found  # a digit separator: 10'000
    filler = "" if found.startswith(("//", "/*")) else '""'
    return filler + "\n" * found.count("\n")


@functools.cache
def code(path):
    return _NOT_CODE.sub(_blank, re.sub(r"(?<=\d)'(?=\d)", "", text(path)))


def places(path, pattern, of=code):
    """'path:line: matched text' for every match."""
    content = of(path)
    return [f"{path}:{content.count(chr(10), 0, m.start()) + 1}: {' '.join(m.group(0).split())[:100]}"
            for m in re.finditer(pattern, content, re.S)]


_NOT_A_FUNCTION = re.compile(r"\b(namespace|class|struct|enum|union|extern)\b")


def functions(path):
    """(first line, lines, header) of every function body: a brace after a parenthesis, not inside another function. What
    is inside a function (lambdas, loops) counts to it."""
    content = code(path)
    opened, header_start, found = [], 0, []
    for match in re.finditer(r"[{};]|#[^\n]*\n", content):
        mark, at = match.group(0), match.start()
        if mark == "{":
            header = content[header_start:at]
            inside = any(is_function for is_function, _, _ in opened)
            is_function = not inside and ")" in header and not _NOT_A_FUNCTION.search(header.split("(")[0])
            opened.append((is_function, at, " ".join(header.split())))
        elif mark == "}" and opened:
            is_function, start, header = opened.pop()
            if is_function:
                first = content.count("\n", 0, start) + 1
                found.append((first, content.count("\n", start, at) + 1, header[-80:]))
        header_start = match.end()
    return found


def _declares_a_function(header):
    """A type may have parentheses, too, but in angle brackets. A brace in a list of arguments comes after the name."""
    plain = re.sub(r"\boperator\s*(?:\(\)|[^\s\w(]+)", "operator_", header)
    plain = re.sub(r"\b(?:alignas|decltype|static_assert)\s*\([^()]*\)", "", plain)
    while (shorter := re.sub(r"<[^<>]*>", "", plain)) != plain:
        plain = shorter
    return bool(re.match(r"[\w~\[:]", plain.strip()) and re.search(r"\w\(", plain.split("=")[0]))


def private_functions(path):
    """(first line, name, functions that its private parts declare) of every class and struct. What a class inside a private
    part declares counts, too."""
    content = code(path)
    opened, found, start = [], [], 0
    for match in re.finditer(r"[{};]|#[^\n]*\n|\b(?:public|protected|private)\s*:(?!:)", content):
        mark, header = match.group(0), content[start:match.start()]
        start = match.end()
        kind = re.search(r"(?<!enum )\b(class|struct)\s+(\w+)\s*(?:final\s*)?(?::[^()]*)?$", header) if mark == "{" else None
        if mark in "{;" and not kind and opened and opened[-1]["name"] and _declares_a_function(header):
            for around in opened:
                around["functions"] += around["is_private"]
        if mark == "{":
            opened.append({"name": kind and kind.group(2), "is_private": bool(kind and kind.group(1) == "class"),
                           "line": content.count("\n", 0, match.start()) + 1, "functions": 0})
        elif mark == "}" and opened:
            gone = opened.pop()
            found += [(gone["line"], gone["name"], gone["functions"])] if gone["name"] else []
        elif mark.endswith(":") and opened:
            opened[-1]["is_private"] = mark.startswith("private")
    return found


def layer_of(path):
    """lib/cache/… → cache; lib/adapters/redis/… → adapters/redis."""
    parts = path.split("/")
    return "/".join(parts[1:3]) if parts[1] == "adapters" else parts[1]


def layer_rows():
    """{layer: the layers that its row names}, in the order of the weir_layer rows of CMakeLists.txt."""
    rows = {}
    for name, row in re.findall(r"^weir_layer\(([\w/]+)(.*?)\)", text("CMakeLists.txt"), re.S | re.M):
        named = re.search(r"\bLAYERS((?:\s+[a-z0-9/]+)+)", row)
        rows[name] = named.group(1).split() if named else []
    return rows


def layers():
    """{layer: layers it may include}; what a row links it passes on."""
    rows = layer_rows()

    def reach(name):
        return {name.split("/")[0]}.union(*(reach(other) for other in rows[name]))

    return {name: reach(name) for name in rows}


def run(argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, **more)

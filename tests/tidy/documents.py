"""Texts as the rules see them: the prose of a Markdown document, its sentences, lines, links and paths, and words that a text
should not have. Every function takes text, so test_documents.py can show each rule failing."""

import re

_FENCED = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1[ \t]*$", re.S | re.M)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]*)\)")
_STARTS_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+")


def _blank(match):
    """As many lines as before, so that line numbers stay true."""
    return "\n" * match.group(0).count("\n")


def _without_blocks(markdown):
    return _COMMENT.sub(_blank, _FENCED.sub(_blank, markdown))


def _is_table(line):
    return line.lstrip().startswith("|")


def paragraphs(markdown):
    """The running text, a string for each paragraph and list item. Headings, tables, code blocks and pictures are left out;
    inline code counts as one word, a link as its text."""
    found, current = [], []

    def close():
        if current:
            found.append(" ".join(current))
            current.clear()

    text = _CODE.sub("Code", _without_blocks(markdown))
    text = _LINK.sub(lambda m: "" if m.group(1) else m.group(2), text)
    for line in text.split("\n"):
        if not line.strip() or line.startswith("#") or _is_table(line):
            close()
            continue
        if _STARTS_ITEM.match(line):
            close()
        current.append(_STARTS_ITEM.sub("", line, count=1).strip())
    close()
    return found


_ABBREVIATED = re.compile(r"\b(e\.g|i\.e|vs|etc)\.", re.I)
_ENDS_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]*_]*\s+(?=[\"'(\[*_]*[A-Z0-9])")


def sentences(markdown):
    """A colon or a semicolon ends no sentence; the end of a paragraph or of a list item does."""
    found = []
    for paragraph in paragraphs(markdown):
        found += _ENDS_SENTENCE.split(_ABBREVIATED.sub(lambda m: m.group(1).replace(".", ""), paragraph))
    return [sentence for sentence in found if words(sentence)]


def words(sentence):
    return [word for word in sentence.split() if re.search(r"\w", word)]


def average_words(markdown):
    lengths = [len(words(sentence)) for sentence in sentences(markdown)]
    return sum(lengths) / len(lengths) if lengths else 0.0


def sentences_over(markdown, words_max):
    return [sentence for sentence in sentences(markdown) if len(words(sentence)) > words_max]


def lines_over(markdown, characters_max):
    """[(line number, length)]. Tables and code blocks may be wider, and a link's target does not count."""
    found = []
    for number, line in enumerate(_FENCED.sub(_blank, markdown).split("\n"), 1):
        if not _is_table(line):
            length = len(_LINK.sub(lambda m: f"[{m.group(2)}]", line))
            if length > characters_max:
                found.append((number, length))
    return found


def links(markdown):
    """[(line number, target)], pictures included."""
    text = _CODE.sub(_blank, _FENCED.sub(_blank, markdown))
    return [(text.count("\n", 0, m.start()) + 1, m.group(3)) for m in _LINK.finditer(text)]


def anchors(markdown):
    """What #… may name: the headings, spelt as GitHub spells them."""
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*$", _FENCED.sub(_blank, markdown), re.M):
        plain = _LINK.sub(lambda m: m.group(2), heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = sum(1 for other in found if re.fullmatch(re.escape(slug) + r"(-\d+)?", other))
        found.add(f"{slug}-{number}" if number else slug)
    return found


def paths(markdown, folders):
    """[(line number, path)] for every path that begins with one of the project's own folders, in code or in prose. A link's
    target is left to links()."""
    text = _LINK.sub(lambda m: m.group(2) + "\n" * m.group(0).count("\n"), markdown)
    names = "|".join(re.escape(folder) for folder in folders)
    pattern = rf"(?<![\w/.$}}~+-])(?:{names})/(?:[\w./*+-]*[\w/*])?"
    return [(text.count("\n", 0, m.start()) + 1, m.group(0)) for m in re.finditer(pattern, text)]


def listed_files(markdown, heading):
    """[(line number, path)] of the list items under a heading that begin with a path in code."""
    found, is_inside = [], False
    for number, line in enumerate(_without_blocks(markdown).split("\n"), 1):
        if line.startswith("#"):
            is_inside = line.lstrip("#").strip() == heading
        item = re.match(r"\s*(?:[-*+]|\d+\.)\s+`([\w./-]+)`", line)
        if is_inside and item:
            found.append((number, item.group(1)))
    return found


def listed_layers(markdown):
    """[(layer, the layers that it may include)] of a table whose rows begin with a folder of lib/."""
    rows = re.findall(r"^\| `lib/([\w/]+)` \| ([^|]*) \|", markdown, re.M)
    return [(layer, re.findall(r"`([\w/]+)`", others)) for layer, others in rows]


def problems_of_list(listed, exists, units_max):
    """What is wrong with a list of files to open: [(line number, what)]. `exists` says whether there is a file."""
    paths_seen, wrong = set(), []
    for number, path in listed:
        if not exists(path):
            wrong.append((number, f"there is no {path}"))
        if path in paths_seen:
            wrong.append((number, f"{path} is listed twice"))
        paths_seen.add(path)
    units = sum(path.endswith(".cpp") for path in paths_seen)
    if not 0 < units <= units_max:
        wrong.append((listed[0][0] if listed else 1, f"{units} compilation units; 1 to {units_max}"))
    return wrong


# Names of this project that mean nothing to a reader, and persons where there are only sockets and nodes.
BANNED_WORDS = ("desk", "pen", "aloft", "passengers", "seated_by", "company", "be_told", "honest", "heard",
                "nobody", "somebody", "someone", "whoever", "everybody", "everyone", "anybody", "not to be had", "is to be had", "past Weir")


def _pattern(phrase):
    """A phrase may go on in the next line of a comment. An underscore ends a word, so that identifiers are looked into."""
    inside = r"(?:\s+|\s*\n\s*(?://+|\#|\*)\s*)".join(re.escape(word) for word in phrase.split())
    plural = "s?" if " " not in phrase and "_" not in phrase and not phrase.endswith("s") else ""
    return rf"(?<![A-Za-z0-9]){inside}{plural}(?![A-Za-z0-9])"


_BANNED = re.compile("|".join(map(_pattern, BANNED_WORDS)), re.I)


def banned(content):
    """[(line number, word)] of a document, or of source text with its comments, strings and identifiers."""
    return [(content.count("\n", 0, m.start()) + 1, " ".join(m.group(0).split())) for m in _BANNED.finditer(content)]


_COMMENT_BLOCK = re.compile(r"(?:^[ \t]*//[^\n]*\n)+", re.M)


def comments(source):
    """[(line number, text)] of every comment that has lines of its own. What is indented in it (a diagram, a table, an
    example) is left out, and so is what is not to be formatted."""
    found = []
    for block in _COMMENT_BLOCK.finditer(source):
        lines = [re.sub(r"^[ \t]*//", "", line) for line in block.group(0).splitlines()]
        if any("clang-format off" in line for line in lines):
            continue
        prose = [line[1:] for line in lines if not line.startswith(("   ", "\t"))]
        found.append((source.count("\n", 0, block.start()) + 1, "\n".join(prose)))
    return found


# Up to the name and its parenthesis. What begins otherwise is a type, a variable or a statement.
_TYPED_FUNCTION = re.compile(r"(?:template\s*<[^;{]*?>\s*)?(?!(?:return|co_return|co_await|co_yield|else|new|delete|throw|case|using|friend|class|"
                             r"struct|enum|union|namespace|typedef|static_assert|if|for|while|switch|do)\b)"
                             r"[\w:\[][\w:<>,*&\[\]\s]*?[\s*&](?:operator\s*[^\s\w(]+|~?\w+(?:::~?\w+)*)\s*\(")
_CONVERSION = re.compile(r"(?:explicit\s+)?operator\s+[\w:]+\s*\(")
_CONSTRUCTOR = re.compile(r"(?:explicit\s+)?(?:(\w+)::)?~?(\w+)\s*\(")


def _is_function(declaration, classes):
    typed = _TYPED_FUNCTION.match(declaration)
    if typed or _CONVERSION.match(declaration):
        return True
    made = _CONSTRUCTOR.match(declaration)
    return bool(made) and (made.group(2) == made.group(1) or (not made.group(1) and made.group(2) in classes))


_VERB = re.compile(r"[A-Z][a-z]+s\b(?!')")
_NO_VERBS = {"This", "Its", "Always", "Less", "Others", "Perhaps", "Is", "Was", "Has", "Whereas"}


def comments_without_a_verb(source):
    """[(line number, first line)] of the comments of functions that do not begin with a verb such as "Returns"."""
    classes = set(re.findall(r"\b(?:class|struct)\s+(\w+)", source))
    found = []
    for block in _COMMENT_BLOCK.finditer(source):
        rest = source[block.end():]
        if not rest.strip() or rest.startswith("\n") or not _is_function(rest.lstrip(), classes):
            continue
        first = re.sub(r"^[\s/]+", "", block.group(0)).split("\n")[0]
        verb = _VERB.match(first)
        if not verb or verb.group(0) in _NO_VERBS:
            found.append((source.count("\n", 0, block.start()) + 1, first))
    return found


def banned_in_name(path):
    return [found for _, found in banned(path.replace("/", " ").replace(".", " "))]

"""The tests of files in languages other than Python, found by their shape."""

import re
from collections.abc import Callable, Iterator

from kiro_worker.expression import expression
from kiro_worker.gate.tamper.lex import arguments, blanked, closings, line_at
from kiro_worker.gate.tamper.scan_checks import checks_in
from kiro_worker.gate.tamper.test import Skip, TestFile, WrittenTest

_TITLED = {"javascript", "typescript", "dart"}
_LINES = {"ruby", "elixir"}
_MARKED = {"java", "kotlin", "scala", "groovy", "csharp", "php", "rust", "go", "swift", "c", "cpp"}
#: The languages that can be read.
LANGUAGES = frozenset(_TITLED | _LINES | _MARKED)

_TITLE = expression(
    r"(?<![\w.$])(?P<word>[xf]?(?:it|test|describe|specify|context|suite)|group|testWidgets)(?P<more>(?:\.\w+)*)\s*(?=[(`])"
)
_JS_SKIP = expression(
    r"\bthis\.skip\(\)|\b(?:t|test|context|ctx)\.(?:skip|todo|fixme)\(|(?:^|[{,]\s*)(?:skip|todo)\s*:\s*(?:true|['\"`])"
)
_RUBY = expression(
    r"^(?P<indent>[ \t]*)(?:(?P<word>[xf]?(?:it|specify|example|scenario|test|describe|context|feature)|pending|skip)"
    r"[ (]+(?P<title>['\"][^'\"\n]*['\"]|[\w:]+)[^\n]*\bdo\b[^\n]*|def[ ](?P<name>\w+)[^\n]*)$",
    re.MULTILINE,
)
_GROUPS = {"describe", "context", "suite", "feature", "group"}
# Tests do not nest; what nests deeper than this is text in which nothing is closed, and costs its length for each.
_DEEPEST = 8
_NAME = {
    "go": expression(r"^func\s+(?:\([^)]*\)\s*)?(?P<name>\w+)\s*\([^)]*\)[^{\n]*\{", re.MULTILINE),
    "rust": expression(r"^[ \t]*(?:pub(?:\([^)]*\))?\s+)?(?:async\s+)?fn\s+(?P<name>\w+)[^{;]*\{", re.MULTILINE),
    "php": expression(
        r"^[ \t]*(?:(?:public|private|protected|static|final)\s+)*function\s+(?P<name>\w+)[^{;]*\{", re.MULTILINE
    ),
    "swift": expression(
        r"^[ \t]*(?:(?:public|private|internal|override|@\w+)\s+)*func\s+(?P<name>\w+)[^{]*\{", re.MULTILINE
    ),
    "c": expression(r"^[ \t]*(?:TEST\w*|BOOST_\w+|TYPED_TEST)\s*\((?P<name>[^)\n]+)\)\s*\{", re.MULTILINE),
}
_METHOD = expression(
    r"^[ \t]*(?:(?:public|private|protected|static|final|suspend|internal|override|async|virtual|open|inline)\s+)*"
    r"(?:fun\s+|def\s+|[\w<>\[\],.?]+\s+)(?P<name>`[^`\n]+`|[\"'][^\"'\n]+[\"']|\w+)"
    r"\s*\([^)]*\)[^;{\n]*(?:\n[ \t]*)?\{",
    re.MULTILINE,
)
_TEST_MARKS = {
    "java": r"@\s*(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property)\b",
    "rust": r"#\[\s*(?:[\w:]+::)?(?:test|rstest|test_case|quickcheck|proptest)\b",
    "csharp": r"\[\s*(?:\w+\s*\([^\]]*\)\s*,\s*)*(?:Fact|Theory|Test|TestCase|TestMethod|DataTestMethod|Property)\b",
    "php": r"#\[\s*Test\b|@test\b",
}
_SKIP_MARKS = expression(
    r"@\s*(?:Disabled|Ignore)(?!\w*If)\b[^\n]*|#\[\s*ignore\b[^\n]*|\[\s*(?:Ignore|Explicit)\b[^\n]*"
    r"|Skip\s*=\s*\"[^\n]*|enabled\s*=\s*false"
)
_SOMETIMES = expression(
    r"@\s*(?:Disabled|Enabled)(?:If|On|For)\w*[^\n]*|@\s*Requires\b[^\n]*|#\[\s*cfg_attr\([^\n]*ignore[^\n]*"
)
_FAIR = expression(r"#\[\s*should_panic\b[^\n]*|@Test\s*\([^)\n]*expected\s*=[^)\n]*\)|@expectedException\w*[^\n]*")
_ROWS = expression(
    r"\[\s*(?:InlineData|TestCase|DataRow|Values|Arguments)\s*\([^\n]*\)\s*\]|#\[\s*(?:case|test_case|TestWith)\b[^\n]*"
)
_SOURCES = expression(r"@\s*(?:CsvSource|ValueSource|EnumSource|FieldSource)\s*\([^)]*\)")
_ROW_TEXT = expression(r"\"(?:[^\"\\]|\\.)*\"|'[^'\n]*'|(?<![\w.])-?\d[\d_.]*")
_GO_KEY = expression(r"(?<![\"`\w])[A-Za-z_]\w*:\s*")
_GO_LIST = expression(r"[\w.*&\[\]]*\{")
_GO_ROW = expression(r"^[ \t]*(?:(?P<key>\"[^\"\n]*\")[ \t]*:[ \t]*)?\{(?P<row>[^\n]+)\},?[ \t]*$", re.MULTILINE)
_LEFT_OUT = expression(r"#\[cfg\((?:any\(\)|FALSE|never|not\(test\)|disabled)\)\]\s*(?:pub\s+)?mod\b[^\n]*")
_SKIP_CALLS = expression(
    r"\bassume(?:True|False|That)\(|\bt\.Skip\w*\(|\bassumeTrue\(\s*false|\bAssumptions\.abort|\bAssert\.(?:Ignore|Inconclusive|Skip)\(|\bSkip\.(?:If|IfNot)\("
    r"|->markTest(?:Skipped|Incomplete)\(|\bthrow\s+(?:new\s+)?(?:XCTSkip|SkipException)|\bGTEST_SKIP\(|\bt\.SkipNow\("
)


def read_scanned(path: str, text: str, language: str) -> TestFile:
    """Every test of a file.

    >>> [test.name for test in read_scanned("a.test.js", "suite('a', () => it('b', f))", "javascript").tests]
    ['a > b']
    """
    plain = blanked(text, language)
    read: Callable[[_Text], Iterator[WrittenTest]] = _functions
    if language in _TITLED:
        read = _titled
    elif language in _LINES:
        read = _blocks
    skips = tuple(_file_skips(text, language))
    return TestFile(path, tuple(read(_Text(path, text, plain, language))), skips=skips)


class _Text:
    def __init__(self, path: str, text: str, plain: str, language: str) -> None:
        self.path, self.text, self.plain, self.language = path, text, plain, language
        self.bare = blanked(text, language, keep_strings=True)
        self._closings = closings(plain)
        # Where the tests end that the last one lies in.
        self._ends: list[int] = []

    def closing(self, opened: int) -> int:
        """One behind where a bracket is closed; the end of the text where it is not."""
        return self._closings.get(opened, len(self.plain))

    def test(self, name: str, start: int, end: int, **more: object) -> WrittenTest:
        body = self.bare[start:end]
        lines = tuple(
            flat for line in body.splitlines() if (flat := re.sub(r"\s+", " ", line).strip()) and flat not in "{}();"
        )
        return WrittenTest(
            name=name,
            path=self.path,
            line=line_at(self.text, start),
            end=line_at(self.text, end),
            body=lines[1:] if len(lines) > 1 else lines,
            checks=tuple(checks_in(self.bare, self.plain, start, self._reached(start, end), self.language)),
            names=frozenset(re.findall(r"[A-Za-z_$]\w*", self.plain[start:end])),
            literals=frozenset(re.findall(r"\"[^\"\n]*\"|'[^'\n]*'|(?<![\w.])\d[\d_.]*", body)),
            **more,  # type: ignore[arg-type]
        )

    def nests(self, start: int, end: int) -> bool:
        """Whether a test lies in as many others as tests may; to be asked of each in their order."""
        self._ends = [each for each in self._ends if each > start]
        if len(self._ends) >= _DEEPEST:
            return True
        self._ends.append(end)
        return False

    def _reached(self, start: int, end: int) -> int:
        """Up to a `return` that stands in the body itself: nothing behind it is run."""
        depth, place = 0, start
        for line in self.plain[start:end].splitlines(keepends=True):
            if depth == 1 and re.fullmatch(r"\s*return\s*;?\s*", line):
                return place
            depth += line.count("{") - line.count("}")
            place += len(line)
        return end


def _titled(source: _Text) -> Iterator[WrittenTest]:
    groups = list[tuple[int, int, str, tuple[Skip, ...], bool]]()
    seen: dict[str, int] = {}
    for found in _TITLE.finditer(source.plain):
        opened, cases = found.end(), ""
        word, more = found["word"], found["more"].split(".")[1:]
        if "each" in more or "for" in more or "runIf" in more or "skipIf" in more or "if" in more:
            opened = _behind_table(source, opened)
            cases = source.text[found.end() : opened].strip()
        if source.plain[opened : opened + 1] != "(":
            continue
        end = source.closing(opened)
        title = re.match(
            r"\(\s*(?P<quote>['\"`])(?P<title>(?:(?!(?P=quote))[\s\S])*)(?P=quote)", source.text[opened:end]
        )
        if title is None:
            continue
        around = [group for group in groups if group[0] < found.start() < group[1]]
        skips = _title_skips(source, found, word, more)
        only = "only" in more or word.startswith("f")
        if word.lstrip("xf") in _GROUPS:
            groups.append((found.start(), end, title["title"], skips, only))
            continue
        if source.nests(found.start(), end):
            continue
        name = " > ".join([*(group[2] for group in around), title["title"]])
        seen[name] = seen.get(name, 0) + 1
        inner = tuple(
            Skip(text=skip[0].strip("{, "), line=line_at(source.text, skip.start()))
            for skip in _JS_SKIP.finditer(source.bare, opened, end)
        )
        yield source.test(
            name if seen[name] == 1 else f"{name} ({seen[name]})",
            found.start(),
            end,
            skips=(*(skip for group in around for skip in group[3]), *skips, *inner),
            only=only or any(group[4] for group in around),
            cases=_rows(cases),
            swallows=tuple(_swallows(source, opened, end)),
        )


def _rows(table: str) -> tuple[str, ...]:
    """The rows of the table of `it.each`."""
    inner = table.strip("()\n\t ")
    if inner.startswith("`") or not inner.startswith("["):
        return tuple(line.strip() for line in inner.strip("`").splitlines()[1:] if "|" in line)
    inner = inner[1:-1]
    rows = arguments(inner, blanked(inner, "javascript"))
    return tuple(re.sub(r"\s+", " ", row) for row in rows)


def _title_skips(source: _Text, found: re.Match[str], word: str, more: list[str]) -> tuple[Skip, ...]:
    line = line_at(source.text, found.start())
    if word.startswith("x") or {"skip", "todo", "failing", "fails", "fixme", "fail"} & set(more):
        return (Skip(text=found[0].strip(), line=line),)
    if {"skipIf", "runIf", "if"} & set(more):
        return (Skip(text=found[0].strip(), line=line, sure=False),)
    return ()


def _behind_table(source: _Text, place: int) -> int:
    """Behind the table of `it.each`, a list in brackets or a template."""
    plain = source.plain
    end = plain.find("`", place + 1) + 1 if plain[place : place + 1] == "`" else source.closing(place)
    while plain[end : end + 1].isspace():
        end += 1
    return end


def _swallows(source: _Text, start: int, end: int) -> Iterator[tuple[int, str]]:
    """`try { expect(…) } catch { }` with nothing in it that fails."""
    for found in re.compile(r"\btry\s*(?=\{)").finditer(source.plain, start, end):
        stop = source.closing(found.end())
        handler = re.compile(r"\s*catch\s*(?:\([^)]*\))?\s*(?=\{)").match(source.plain, stop, end)
        if handler is None or not any(checks_in(source.bare, source.plain, found.end(), stop, source.language)):
            continue
        body = source.plain[handler.end() : source.closing(handler.end())]
        if not re.search(r"\bthrow\b|\bfail\b|expect|assert|reject|\bt\.\w+\(", body):
            yield line_at(source.text, stop), handler[0].strip()


def _blocks(source: _Text) -> Iterator[WrittenTest]:
    groups = list[tuple[int, int, str, tuple[Skip, ...]]]()
    for found in _RUBY.finditer(source.plain):
        close = re.compile(rf"^{found['indent']}end\b", re.MULTILINE).search(source.plain, found.end())
        end = close.end() if close else len(source.text)
        line = line_at(source.text, found.start())
        around = [group for group in groups if group[0] < found.start() < group[1]]
        word = found["word"] or ""
        marks = (Skip(text=f"{word} …", line=line),) if word[:1] == "x" or word in {"pending", "skip"} else ()
        if word.lstrip("xf") in _GROUPS:
            groups.append(
                (found.start(), end, source.text[found.start("title") : found.end("title")].strip("'\""), marks)
            )
            continue
        if source.nests(found.start(), end):
            continue
        title = found["name"] or source.text[found.start("title") : found.end("title")].strip("'\"")
        before = source.plain[: found.start()].rstrip().rsplit("\n", 1)[-1]
        tags = [before.strip()] if re.search(r"@(?:tag|moduletag)\s*:?\s*:?skip", before) else []
        tags += re.findall(r",\s*((?::skip|:pending|skip:|pending:)\s*(?!\s*false)[^,\n]*?)\s*do\b", found[0])
        tagged = tuple(Skip(text=tag, line=line) for tag in tags)
        inner = tuple(
            Skip(text=skip[0].strip(), line=line_at(source.text, skip.start()))
            for skip in re.compile(r"^[ \t]*(?:skip|pending)\b[^\n]*", re.MULTILINE).finditer(
                source.bare, found.end(), end
            )
        )
        collected = not found["name"] or title.startswith("test")
        yield source.test(
            " > ".join([*(group[2] for group in around), title]),
            found.start(),
            end,
            skips=(*(skip for group in around for skip in group[3]), *marks, *tagged, *inner),
            only=word in {"fit", "fspecify", "fexample"},
            collected=collected,
            why_not="" if collected else "its name does not begin with `test`",
        )


def _functions(source: _Text) -> Iterator[WrittenTest]:
    language = source.language
    pattern = _NAME.get("c" if language == "cpp" else language, _METHOD)
    for found in pattern.finditer(source.plain):
        opened = found.end() - 1
        end = source.closing(opened)
        name = source.text[found.start("name") : found.end("name")].strip("`\"'")
        marks = _marks_above(source, found.start("name"))
        if name in {"if", "for", "while", "switch", "catch", "return", "new"} or source.nests(found.start(), end):
            continue
        why = _left_out(language, name, marks)
        yield source.test(
            name,
            found.start("name"),
            end,
            skips=tuple(_function_skips(source, marks, name, opened, end)),
            cases=(*(row.strip() for row in _ROWS.findall(marks)), *_listed(source, marks, opened, end)),
            collected=not why,
            why_not=why,
            swallows=tuple(_swallows(source, opened, end)),
        )


def _listed(source: _Text, marks: str, opened: int, end: int) -> Iterator[str]:
    """Rows that stand in a list: of Java's sources of parameters, and of the tables of Go's tests."""
    for found in _SOURCES.finditer(marks):
        yield from (row.strip() for row in _ROW_TEXT.findall(found[0].partition("(")[2]))
    if source.language == "go":
        for found in _GO_ROW.finditer(source.bare, opened, end):
            # Like a row of Python, so that its input is told from what is expected.
            row = _GO_LIST.sub("[", _GO_KEY.sub("", found["row"])).replace("}", "]").strip().rstrip(",")
            yield f"({found['key'] or ''}{',' if found['key'] else ''}{row},)"


def _marks_above(source: _Text, place: int) -> str:
    """The annotations and attributes right above a function, and its doc comment for PHP."""
    lines = source.bare[:place].split("\n")
    above = [lines[-1]]
    for line in reversed(lines[:-1]):
        flat = line.strip()
        if not flat and above[-1:] != [""] and source.language == "php":
            continue
        if (
            not flat
            or not (flat.startswith(("@", "#[", "[")) or flat.endswith((")", "]", ",")))
            or flat.endswith(("{", ";"))
        ):
            break
        above.append(line)
    marks = "\n".join(reversed(above))
    if source.language == "php":
        comment = re.search(r"/\*\*(?:(?!\*/)[\s\S])*\*/\s*[^\n]*\Z", source.text[max(0, place - 2000) : place])
        marks += comment[0] if comment else ""
    return marks


def _left_out(language: str, name: str, marks: str) -> str:
    if language == "go":
        taken = re.match(r"(?:Test|Fuzz|Example|Benchmark)(?![a-z])", name)
        return "" if taken else "its name does not begin with `Test`"
    if language == "swift":
        return "" if name.startswith("test") or "@Test" in marks else "its name does not begin with `test`"
    if language in {"c", "cpp"}:
        return ""
    key = "java" if language in {"kotlin", "scala", "groovy"} else language
    if re.search(_TEST_MARKS[key], marks) or (language in {"java", "php", "groovy"} and name.startswith("test")):
        return ""
    if language == "groovy" and " " in name:
        return ""
    return "no mark says that it is a test"


def _function_skips(source: _Text, marks: str, name: str, opened: int, end: int) -> Iterator[Skip]:
    line = line_at(source.text, opened)
    for found in _SKIP_MARKS.finditer(marks):
        yield Skip(text=found[0].strip(), line=line)
    for found in _FAIR.finditer(marks):
        yield Skip(text=found[0].strip(), line=line, fair=True)
    for found in _SOMETIMES.finditer(marks):
        yield Skip(text=found[0].strip(), line=line, sure=False, foreign=True)
    if "DISABLED_" in name:
        yield Skip(text=name, line=line)
    for found in _SKIP_CALLS.finditer(source.plain, opened, end):
        above = source.plain[opened : found.start()]
        guarded = above.count("{") - above.count("}") > 1
        before = source.plain[: found.start()].rstrip().rstrip("{").rstrip().rsplit("\n", 1)[-1]
        foreign = bool(re.search(r"GOOS|Short\(\)|LookPath|GOARCH|os\.|Platform|IsWindows", before))
        text = source.bare[found.start() : source.bare.find("\n", found.start())]
        yield Skip(
            text=text.strip(), line=line_at(source.text, found.start()), sure=not guarded, foreign=guarded and foreign
        )


def _file_skips(text: str, language: str) -> Iterator[Skip]:
    if language == "rust":
        for found in _LEFT_OUT.finditer(text):
            yield Skip(text=found[0].replace("\n", " "), line=line_at(text, found.start()))
    if language == "go":
        for found in re.finditer(r"^//go:build\s+(?:ignore|never|skip|disabled)\b[^\n]*", text, re.MULTILINE):
            yield Skip(text=found[0], line=line_at(text, found.start()))
    if language in {"java", "kotlin", "csharp", "groovy"}:
        for found in re.finditer(r"^(?:@Disabled|@Ignore|\[Ignore)[^\n]*", text, re.MULTILINE):
            yield Skip(text=found[0], line=line_at(text, found.start()))

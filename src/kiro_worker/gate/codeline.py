"""Which lines of a source hold code, and which of them a coverage tool would count: judged by the text alone.

What a report says of a file is always better. This is for files that no report knows, and for telling comments from
code in reports that count every line.
"""

import ast
import re
from collections.abc import Iterator

from kiro_worker.expression import expression
from kiro_worker.gate.kind import language_of
from kiro_worker.gate.syntax import syntax_of

_HASH = frozenset(
    {"python", "ruby", "shell", "perl", "r", "julia", "nim", "elixir", "terraform", "powershell", "graphql"}
)
_DASHES = frozenset({"sql", "lua", "haskell"})
_OTHER_COMMENTS = {"erlang": r"%[^\n]*", "clojure": r";[^\n]*", "ocaml": r"\(\*.*?(?:\*\)|\Z)"}
_SLASHES = r"//[^\n]*|/\*.*?(?:\*/|\Z)"

# None of these can fail once its first sign is there, so that no text is read twice. A quotation ends with its line.
_LONG = r'"""(?:.*?)(?:"""|\Z)'
_QUOTED = r'"(?:\\.|[^"\\\n])*"?' + r"|'(?:\\.|[^'\\\n])*'?"
_RUST_QUOTED = r'"(?:\\.|[^"\\])*"?' + r"|'(?:\\[^\n]|[^'\\\n])'"
_BACKTICK = r"`(?:\\.|[^`\\])*`?"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# Languages whose declarations alone are never run: only what stands in the body of a function is.
_BODIES_ONLY = frozenset({"go", "rust", "java", "kotlin", "scala", "groovy", "csharp", "swift", "c", "cpp", "dart"})
_FUNCTION = expression(r"\b(?:func|fn|fun|def|function)\b")
_TYPE = expression(
    r"\b(?:class|interface|struct|enum|trait|impl|namespace|object|record|extension|protocol|package|import|union|mod"
    r"|extern|annotation|module|type)\b"
)
_BODY = expression(
    r"\)|=>|->|\b(?:init|get|set|static|finally|do|else|try|unsafe|async|loop|deinit|willSet|didSet)\s*$"
)
_EMPTY_TYPE = expression(r"\b(?:interface|struct)[ \t]*\{[ \t]*\}")
_EXPRESSION_BODY = expression(r"\b(?:fun|def)\b[^=]*=\s*[^\s{]")
_ONLY_TYPES = expression(r"\b(?:interface|declare)\b|\btype\s+\w+[^=;]*=")
_NO_STATEMENT = expression(
    r"\s*(?:import\b|export\s+(?:type|interface|\*|\{)|type\b|interface\b|declare\b|\||@\w+\s*$)"
)
_WORDS = expression(r"""[\w"'`$@]""")

_RUST_TESTS = expression(r"#\[cfg\(test\)\]\s{0,99}(?:#\[[^\]\n]{0,200}\]\s{0,99}){0,5}(?:pub\s+)?mod\s+\w+\s*(?=\{)")


def code_lines(path: str, text: str) -> frozenset[int]:
    r"""The numbers of the lines that hold code: not blank, no comment, not only brackets.

    >>> sorted(code_lines("a.js", "// one\nlet a = 1\n}\n/* two\nthree */ b()\n"))
    [2, 5]
    """
    language = language_of(path)
    if language == "python" and (tree := syntax_of(text)) is not None:
        return _held(tree, text)
    return frozenset(_with_words(_without_comments(text, language)))


def executable_lines(path: str, text: str) -> frozenset[int]:
    r"""The numbers of the lines that a coverage tool would most likely count.

    >>> sorted(executable_lines("a.py", "import os\n# why\n\nX = (\n    1\n)\n"))
    [1, 4]
    >>> sorted(executable_lines("a.go", "type T struct {\n\ta int\n}\n\nfunc f() int {\n\treturn 1\n}\n"))
    [6]
    """
    language = language_of(path)
    if language == "python" and (tree := syntax_of(text)) is not None:
        return frozenset(_statements(tree))
    bare = _without_comments(text, language)
    lines = frozenset(_with_words(bare))
    if language in _BODIES_ONLY:
        return lines & _in_blocks(bare, language) - lines_of_tests(path, text)
    if language in {"typescript", "javascript", "component"}:
        split = bare.split("\n")
        statements = (line for line in lines if not _NO_STATEMENT.match(split[line - 1]))
        return frozenset(statements) - _of_types(bare)
    return lines


def empty_lines(path: str, text: str) -> frozenset[int]:
    r"""The numbers of the lines that are blank or comments.

    >>> sorted(empty_lines("a.js", "// one\nlet a = 1\n\n}\n"))
    [1, 3, 5]
    """
    bare = _without_comments(text, language_of(path))
    return frozenset(number for number, line in enumerate(bare.split("\n"), start=1) if not line.strip())


def lines_of_tests(path: str, text: str) -> frozenset[int]:
    """The numbers of the lines that are tests, in a file that holds code as well: Rust's modules of tests."""
    if language_of(path) != "rust" or "cfg(test)" not in text:
        return frozenset()
    bare = _without_comments(text, "rust")
    found: set[int] = set()
    for match in _RUST_TESTS.finditer(bare):
        first = bare.count("\n", 0, match.start()) + 1
        found.update(range(first, bare.count("\n", 0, _closing(bare, match.end())) + 2))
    return frozenset(found)


def _closing(bare: str, start: int) -> int:
    depth = 0
    for at in range(start, len(bare)):
        depth += {"{": 1, "}": -1}.get(bare[at], 0)
        if depth == 0:
            return at
    return len(bare)


def _is_text(node: ast.stmt) -> bool:
    """A docstring, or a text that stands for a comment."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _statements(tree: ast.Module) -> Iterator[int]:
    """Where each statement begins, decorators included."""
    unrun = {id(inner) for node in ast.walk(tree) if isinstance(node, _FUNCTIONS) for inner in ast.walk(node)
             if isinstance(inner, ast.AnnAssign) and inner.value is None}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield from (decorator.lineno for decorator in node.decorator_list)
        if isinstance(node, ast.match_case):
            yield node.pattern.lineno
        elif isinstance(node, ast.ExceptHandler) or (isinstance(node, ast.stmt) and _is_run(node, unrun)):
            yield node.lineno


def _is_run(node: ast.stmt, unrun: set[int]) -> bool:
    return not (isinstance(node, ast.Global | ast.Nonlocal) or _is_text(node) or id(node) in unrun)


def _held(tree: ast.Module, text: str) -> frozenset[int]:
    """All lines of statements, without those of texts that stand alone, blank ones and comments."""
    lines = text.split("\n")
    alone: set[int] = set()
    held: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            whole = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            (alone if _is_text(node) else held).update(whole)
    held.update(_statements(tree))
    return frozenset(
        line
        for line in held - alone
        if (bare := lines[line - 1].strip()) and not bare.startswith("#") and _WORDS.search(bare)
    )


def _without_comments(text: str, language: str) -> str:
    """The text with its comments and what is quoted taken out; the lines stay where they are."""
    comments = (
        r"\#[^\n]*"
        if language in _HASH
        else r"--[^\n]*"
        if language in _DASHES
        else _OTHER_COMMENTS.get(language) or (rf"\#(?!\[)[^\n]*|{_SLASHES}" if language == "php" else _SLASHES)
    )
    quoted = _RUST_QUOTED if language == "rust" else _QUOTED
    long = rf"{_LONG}|'''(?:.*?)(?:'''|\Z)" if language == "python" else _LONG
    ticks = f"|{_BACKTICK}" if language in {"javascript", "typescript", "component", "go"} else ""
    return re.sub(f"{long}|{comments}|{quoted}{ticks}", _blanked, text, flags=re.DOTALL)


def _blanked(match: re.Match[str]) -> str:
    found = match[0]
    lines = "\n" * found.count("\n")
    if found[0] not in "\"'`":
        return lines
    # Every line of a long text is a part of its statement; none is a statement of its own.
    return f'""{lines}'


def _with_words(bare: str) -> Iterator[int]:
    return (number for number, line in enumerate(bare.split("\n"), start=1) if _WORDS.search(line))


def _in_blocks(bare: str, language: str) -> frozenset[int]:
    """Lines in bodies of functions: what stands in braces whose head is a function's."""
    bare = _EMPTY_TYPE.sub("any", bare) if language == "go" else bare
    inside: set[int] = set()
    stack: list[bool] = []
    number, head, began = 1, "", False
    short = language in {"kotlin", "scala"}
    for piece in re.split(r"([{};\n])", bare):
        if piece == "\n":
            number += 1
            head += " "
            began = bool(stack) and stack[-1]
            continue
        if piece == "{":
            stack.append((bool(stack) and stack[-1]) or _opens_body(head))
        elif piece == "}" and stack:
            stack.pop()
        elif _WORDS.search(piece) and (began or (stack and stack[-1]) or (short and _EXPRESSION_BODY.search(piece))):
            inside.add(number)
        head = "" if piece in {"{", "}", ";"} else (head + piece)[-2000:]
    return frozenset(inside)


def _opens_body(head: str) -> bool:
    if _FUNCTION.search(head):
        return True
    return not _TYPE.search(head) and _BODY.search(head) is not None


def _of_types(bare: str) -> frozenset[int]:
    """Lines in blocks that only declare types."""
    found: set[int] = set()
    stack: list[bool] = []
    number, head = 1, ""
    for piece in re.split(r"([{};\n])", bare):
        if piece == "\n":
            number += 1
            # A statement of TypeScript may end with its line.
            head = head if head.rstrip().endswith(("=", "|", "&", ",")) or _ONLY_TYPES.search(head) else ""
        elif piece == "{":
            stack.append((bool(stack) and stack[-1]) or _ONLY_TYPES.search(head) is not None)
        elif piece == "}" and stack:
            stack.pop()
        if stack and stack[-1]:
            found.add(number)
        head = "" if piece in {"{", "}", ";"} else (head + piece)[-2000:]
    return frozenset(found)

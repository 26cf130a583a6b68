"""Commands that people wrote: run as they are, and with a pipe that cannot hide a failure."""

from collections.abc import Iterator
from pathlib import Path

from kiro_worker.expression import expression
from kiro_worker.gate.fault import NoPipefail
from kiro_worker.gate.port import Finding
from kiro_worker.value import dataclass

Words = str | tuple[str, ...]
# Assignments of plain words, then a name, then what cannot go on with it.
_BEGINS = expression(r"\s*(?:(?!PATH=)[A-Za-z_]\w*=[\w.,:/@%+-]*[ \t]+)*([A-Za-z][\w.+-]*)(?=[\s;]|$)(?!\s*\()")
_OF_THE_SHELL = """
alias bg break builtin case cd command continue declare do done echo elif else enable esac eval exec exit export false
fg fi for function getopts hash if in jobs kill let local popd printf pushd pwd read readonly return select set shift
shopt source test then time times trap true type typeset ulimit umask unalias unset until wait while
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A command from the settings as an argument list, and what is to be said of it."""

    argv: tuple[str, ...]
    note: Finding | None = None


def spell(words: Words, *, path: str) -> Spelled:
    """Turn a setting into an argument list: a list is run as it is, a string is its author's shell text.

    The status of `pytest | tee log` is that of `tee`: green whatever the tests said. So a string with a pipe is
    given to bash with `pipefail`; where there is no bash, the note says what is not seen.

    Args:
        words: the setting.
        path: the search path of the environment that the command will get.

    >>> spell("make test", path="").argv
    ('/bin/sh', '-c', 'make test')
    >>> spell(("make", "test"), path="").argv
    ('make', 'test')
    """
    if not isinstance(words, str):
        return Spelled(argv=tuple(words))
    if not has_pipe(words):
        return Spelled(argv=("/bin/sh", "-c", words))
    bash = find_program("bash", path)
    if bash is None:
        return Spelled(argv=("/bin/sh", "-c", words), note=NoPipefail(command=words).finding())
    return Spelled(argv=(bash, "--posix", "-o", "pipefail", "-c", words))


def spell_script(commands: tuple[str, ...]) -> tuple[str, ...]:
    r"""A buildspec's commands as one script that stops at the first failure, in one shell as CodeBuild runs them.

    >>> spell_script(("export A=1", "make"))
    ('/bin/sh', '-e', '-c', 'export A=1\nmake')
    """
    return ("/bin/sh", "-e", "-c", "\n".join(commands))


def has_pipe(text: str) -> bool:
    r"""Whether shell text joins two commands with a pipe; `||` and quoted bars are none.

    >>> has_pipe("pytest | tee log"), has_pipe("a || b"), has_pipe("grep 'a|b' x"), has_pipe(r"a \| b")
    (True, False, False, False)
    """
    bare = "".join(_unquoted(text)).replace("||", "  ").replace(">|", "  ")
    return "|" in bare


def named_program(text: str) -> str:
    r"""The program that shell text plainly begins with; empty where only a shell could tell.

    >>> [named_program(text) for text in ("npm test", "CI=1 npx jest --ci", "tox; true", "make\nmake test")]
    ['npm', 'npx', 'tox', 'make']
    >>> [named_program(text) for text in ("./run", "cd app && make", "$RUNNER", "(make)", "a=$(b) make")]
    ['', '', '', '', '']
    """
    found = _BEGINS.match(text)
    name = found[1] if found else ""
    return "" if name in _OF_THE_SHELL.split() else name


def find_program(name: str, path: str) -> str | None:
    """Where a program is on a search path; relative entries of the path are never looked at.

    A hostile tree may hold a program of any name, and a relative entry would find it there.
    """
    import shutil

    return shutil.which(name, path=safe_path(path))


def safe_path(path: str, *, outside: Path | None = None) -> str:
    """A search path without empty and relative entries, and without entries inside a hostile folder.

    >>> safe_path("/usr/bin::.:bin:/bin")
    '/usr/bin:/bin'
    """
    kept = (entry for entry in path.split(":") if entry.startswith("/"))
    if outside is None:
        return ":".join(kept)
    root = outside.resolve()
    return ":".join(entry for entry in kept if not Path(entry).resolve().is_relative_to(root))


def _unquoted(text: str) -> Iterator[str]:
    """The characters of shell text that are not quoted, escaped or in a comment."""
    quote = ""
    escaped = False
    previous = " "
    comment = False
    for char in text:
        if comment:
            comment = char != "\n"
        elif escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#" and previous.isspace():
            comment = True
        else:
            yield char
        previous = char

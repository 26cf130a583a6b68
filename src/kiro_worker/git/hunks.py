"""Which lines a patch changes, read from git's own diff without context."""

from collections.abc import Iterator, Mapping

from kiro_worker.changeset import Hunk
from kiro_worker.expression import expression

_HEAD = expression(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPES = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
_ESCAPE = expression(rb'\\([0-7]{3}|[abtnvfr"\\])')


def hunks_of(patch: bytes, *, every: bool = False) -> Mapping[bytes, tuple[Hunk, ...]]:
    """The changed lines of each path, from `git diff -U0 --no-renames` with git's own `a/` and `b/` before the names.

    Files without lines (binary ones, a changed mode) are left out, unless `every` path is wanted.
    """
    found: dict[bytes, list[Hunk]] = {}
    old: bytes | None = None
    path: bytes | None = None
    lines = iter(patch.split(b"\n"))
    for line in lines:
        if line.startswith(b"--- "):
            old = _path(line[4:])
        elif line.startswith(b"+++ "):
            path = _path(line[4:]) or old
        elif path is not None and (head := _HEAD.match(line)):
            hunk = Hunk(int(head[1]), _count(head[2]), int(head[3]), _count(head[4]))
            found.setdefault(path, []).append(hunk)
            # What follows is the files' own lines, which may look like anything.
            _skip(lines, hunk.old_count + hunk.new_count)
        elif line.startswith(b"diff --git "):
            old = path = None
            if every and (named := _named(line)):
                found.setdefault(named, [])
    return {name: tuple(hunks) for name, hunks in found.items()}


def _named(line: bytes) -> bytes | None:
    r"""The path in the first line of a file's patch, which says it twice.

    >>> _named(b"diff --git a/x y.bin b/x y.bin"), _named(b'diff --git "a/\\303\\244" "b/\\303\\244"')
    (b'x y.bin', b'\xc3\xa4')
    """
    twice = line.removeprefix(b"diff --git ")
    return _path(twice[: len(twice) // 2])


def _skip(lines: Iterator[bytes], count: int) -> None:
    for _ in range(count):
        next(lines, None)


def _count(digits: bytes | None) -> int:
    return 1 if digits is None else int(digits)


def _path(words: bytes) -> bytes | None:
    r"""A path as a patch's head has it; None for a file that is not there.

    >>> _path(b"a/src/x.py"), _path(b'"b/a\\"\\303\\244.py"'), _path(b"/dev/null"), _path(b"b/a b.py\t")
    (b'src/x.py', b'a"\xc3\xa4.py', None, b'a b.py')
    """
    if words.startswith(b'"'):
        words = _ESCAPE.sub(lambda found: bytes([_sign(found[1])]), words.rstrip(b"\t")[1:-1])
    else:
        # Git ends a name that holds spaces with a tab, so that older tools find its end.
        words = words.removesuffix(b"\t")
    return None if words == b"/dev/null" else words.partition(b"/")[2]


def _sign(escaped: bytes) -> int:
    return _ESCAPES[escaped] if escaped in _ESCAPES else int(escaped, 8)

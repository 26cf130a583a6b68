"""Languages with braces: an early exit in each changed function, and other constants than the new ones."""

from collections.abc import Iterator, Mapping

from kiro_worker.expression import expression
from kiro_worker.gate.bite.bodies import Body, bodies, changed_bodies
from kiro_worker.gate.bite.exits import exit_of
from kiro_worker.gate.bite.pymutate import Without
from kiro_worker.gate.kind import language_of

_LANGUAGES = frozenset({"javascript", "typescript", "go", "rust", "java"})

# One process runs all tests of a package, and a panic ends it.
_DIES = frozenset({"go"})

_BRINGS_IN = expression(r"\b(?:import|require|from|use|package|mod|extern|include)\b|^\s*(?://|\*|/\*|#)")
_NUMBER = expression(r"(?<![\w.$])\d+(?:\.\d+)?(?![\w.]*\w)")
_TEXT = expression(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.){2,}'""")
_TRUTH = expression(r"(?<![\w.$])(true|false)(?!\w)")


def has_functions(path: str) -> bool:
    """Whether early exits can be put into this language's functions."""
    return language_of(path) in _LANGUAGES


def dies(path: str) -> bool:
    """Whether a failing function ends the tests of others too."""
    return language_of(path) in _DIES


def mutate(path: str, old: str, new: str, without: Without, *, back: bool = False) -> str | None:
    """A file whose changed functions do something else; None when there is none, or none that can.

    Args:
        path: of the file.
        old: its text at the merge base.
        new: its text now.
        without: what the functions are to do.
        back: whether those that were there before, and are called as they were, are to be as they were.
    """
    language = language_of(path)
    if language not in _LANGUAGES:
        return None
    before = _before(path, old) if back and old else {}
    changed = False
    for body in sorted(_own(language, new, changed_bodies(path, old, new)), key=lambda it: it.start, reverse=True):
        was = before.get(body.name) if body.name else None
        if was is not None and was.called == body.called:
            put, end = was.inner, body.start + len(body.inner)
        else:
            put, end = exit_of(language, body, without), body.end or body.start
            put = f" {put}" if put and not body.end else put
        if put:
            changed = True
            new = new[: body.start] + put + new[end:]
    return new if changed else None


def _before(path: str, old: str) -> Mapping[str, Body]:
    """The functions that stand in a file once, by name."""
    found: dict[str, Body | None] = {}
    for body in bodies(path, old):
        found[body.name] = None if body.name in found else body
    return {name: body for name, body in found.items() if body is not None}


def rest_taken_back(path: str, old: str, new: str) -> str | None:
    """A file whose new lines outside of functions have other constants; None when there are none."""
    inside = {line for body in bodies(path, new) for line in range(body.first, body.last + 1)}
    known = set(old.splitlines())
    kept, changed = [], False
    for number, line in enumerate(new.splitlines(keepends=True), start=1):
        bare = line.rstrip("\r\n")
        other = bare if number in inside or bare in known or _BRINGS_IN.search(bare) else _other(bare)
        changed = changed or other != bare
        kept.append(other + line[len(bare) :])
    return "".join(kept) if changed else None


def _own(language: str, text: str, found: tuple[Body, ...]) -> Iterator[Body]:
    """Without those of a file's own tests, which Rust has beside the code."""
    tests = text.find("#[cfg(test)]") if language == "rust" else -1
    outer: tuple[int, int] = (-1, -1)
    for body in sorted(found, key=lambda it: (it.start, -it.end)):
        if 0 <= tests < body.start or (body.end and outer[0] <= body.start < outer[1]):
            continue
        if body.end:
            outer = (body.start, body.end)
        yield body


def _other(line: str) -> str:
    """A line with other constants.

    >>> _other("export const LIMIT = 5;"), _other('  name: "a",'), _other("const ok = true")
    ('export const LIMIT = 6;', '  name: "a_other",', 'const ok = false')
    """
    pieces, last = [], 0
    for hit in _TEXT.finditer(line):
        pieces += [_numbers(line[last : hit.start()]), f"{hit[0][:-1]}_other{hit[0][-1]}"]
        last = hit.end()
    return "".join((*pieces, _numbers(line[last:])))


def _numbers(text: str) -> str:
    text = _TRUTH.sub(lambda hit: "false" if hit[0] == "true" else "true", text)
    return _NUMBER.sub(lambda hit: str(int(hit[0]) + 1) if hit[0].isdigit() else f"{hit[0]}1", text)

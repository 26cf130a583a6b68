"""The built-in look for secrets: in the lines that a branch adds, and told without the secret.

The shapes of well-known tokens are those by which the worker keeps secrets out of what it writes: one list, in
`kiro_worker.redact`. Besides, a value that stands beside a telling name in code or settings. What is obviously made up
is none, wherever it stands; among tests, in comments and in prose only a well-known provider's token blocks.
"""

from bisect import bisect_right
from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet
from kiro_worker.gate.check.assigned import assigned
from kiro_worker.gate.check.madeup import is_made_up
from kiro_worker.gate.check.rarer import rarer
from kiro_worker.gate.codeline import code_lines
from kiro_worker.gate.kind import OF_TESTS, FileKind, kind_of
from kiro_worker.gate.port import Color, Finding, GateResult
from kiro_worker.redact.search import Search
from kiro_worker.value import dataclass

# Tests and prose are full of harmless ones of these.
_OFTEN_HARMLESS = frozenset({"jwt", "authorization", "url-password", "private-key", "password", "login"})
_PROSE = frozenset({FileKind.DOCS, FileKind.SPEC})
_MOST_SHOWN = 100
_LONGEST_LINE = 4000
_CURE = (
    "Revoke it if it is a real one, take it out of every commit of the branch, and read it from the environment; "
    "one that is made up should say so, such as by EXAMPLE in it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret:
    """What looks like one; `value` never leaves this module."""

    what: str
    path: str
    line: int
    value: bytes
    blocks: bool


def judge_secrets(change: ChangeSet) -> GateResult:
    """What the branch adds that looks like a secret. One that was on the base already is told and does not block."""
    search = Search(())
    before = b"\n".join(file.before for file in change if file.before is not None)
    found = [one for file in change.there if file.after is not None for one in _secrets(file, search)]
    blocking = [one for one in found if one.blocks and one.value not in before]
    told = [one for one in found if one not in blocking]
    findings = [_finding(one, "secrets.found") for one in blocking[:_MOST_SHOWN]]
    findings += [_finding(one, "secrets.told", known=one.value in before) for one in told[:_MOST_SHOWN]]
    unread = [file.path for file in change.there if file.left_out and file.after is None]
    findings += [_not_read(path) for path in unread[:_MOST_SHOWN]]
    if blocking:
        summary = f"{len(blocking)} added {'line looks' if len(blocking) == 1 else 'lines look'} like a secret"
    else:
        left = len(told) + len(unread)
        summary = f"no secret found; {left} to be looked at" if left else "no secret found"
    color = Color.RED if blocking else Color.GREEN
    return GateResult(gate="secrets", color=color, summary=summary, findings=tuple(findings))


def _secrets(file: ChangedFile, search: Search) -> Iterator[_Secret]:
    body, kind = file.after or b"", kind_of(file.path)
    if b"\0" in body:
        return
    aside = kind in OF_TESTS or kind in _PROSE
    spoken = code_lines(file.path, file.text) if kind is FileKind.CODE else None
    lines = _Lines(body)
    seen: set[int] = set()
    for span in () if search.sees_nothing(body) else search.scan(body, final=True).spans:
        first, last = lines.number(span.origin), lines.number(max(span.start, span.end - 1))
        added = [line for line in range(first, last + 1) if line in file.added]
        value = body[span.start : span.end]
        if not added or added[0] in seen or is_made_up(value, span.label, after=body[span.end : span.end + 80]):
            continue
        seen.add(added[0])
        is_said = aside or (spoken is not None and spoken.isdisjoint(added))
        blocks = not (is_said and span.label in _OFTEN_HARMLESS)
        yield _Secret(what=span.label, path=file.path, line=added[0], value=value, blocks=blocks)
    for number in sorted(file.added - seen):
        said = spoken is not None and number not in spoken
        yield from _of_line(file.path, number, lines.line(number), kind, aside=aside, is_said=said)


def _of_line(path: str, number: int, line: bytes, kind: FileKind, *, aside: bool, is_said: bool) -> Iterator[_Secret]:
    """At most one secret of a line: a rarer token, or what is assigned to a telling name."""
    if len(line) > _LONGEST_LINE:
        return
    for name, value in rarer(line):
        if not is_made_up(value, name):
            blocks = name not in _OFTEN_HARMLESS or not (aside or is_said)
            yield _Secret(what=name, path=path, line=number, value=value, blocks=blocks)
            return
    if aside or kind is FileKind.GENERATED:
        return
    for name, text in assigned(line.decode("utf-8", "replace"), quoted=kind is FileKind.CODE):
        if not is_made_up(text.encode(), "assigned"):
            yield _Secret(what=f"value of {name}", path=path, line=number, value=text.encode(), blocks=not is_said)
            return


class _Lines:
    """Which line a byte is in."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._starts = [0]
        at = body.find(b"\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = body.find(b"\n", at + 1)

    def number(self, at: int) -> int:
        return bisect_right(self._starts, at)

    def line(self, number: int) -> bytes:
        if not 1 <= number <= len(self._starts):
            return b""
        end = self._starts[number] if number < len(self._starts) else len(self._body)
        return self._body[self._starts[number - 1] : end]


def _not_read(path: str) -> Finding:
    title = "This file is too large to be looked at for secrets."
    return Finding(code="secrets.told", title=title, cure="Look at it, or keep it out of the repository.", path=path)


def _finding(secret: _Secret, code: str, *, known: bool = False) -> Finding:
    besides = "; it was on the base already" if known else ""
    return Finding(
        code=code,
        title=f"What is added here looks like a secret: {secret.what}{besides}.",
        cure=_CURE,
        path=secret.path,
        line=secret.line,
    )

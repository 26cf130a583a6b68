"""Inspect: look at what the agent changed, put the spec back, and undo what it may not change."""

from collections.abc import Iterator

from kiro_worker.evidence.work import beside_spec
from kiro_worker.gate.port import Finding
from kiro_worker.run.facts import CommitKind, Inspect, Inspected
from kiro_worker.run.junk import gathered, is_junk, told_junk
from kiro_worker.run.steps.judge import judge, take_out
from kiro_worker.run.steps.leak import leaks
from kiro_worker.run.steps.spend import changes_charged
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.workspace.port import Change, ChangeKind, Hazard

_PIECE = 1024 * 1024
_LONGEST_MARK = 256

_HAZARDS = {
    Hazard.LINK_LEAVES: (
        "change.link-leaves",
        "a link that leads out of the repository",
        "Keep links inside the tree.",
    ),
    Hazard.SUBMODULE: (
        "change.submodule",
        "another repository inside this one",
        "Submodules are a person's to change.",
    ),
    Hazard.FILTERED: (
        "change.filtered",
        "a file that a filter such as Git LFS has to convert, which the worker does not run",
        "Let a person commit this file.",
    ),
    Hazard.CASE_COLLISION: (
        "change.case-collision",
        "a name that differs from another only in upper and lower case, or in how its signs are composed",
        "Choose another name.",
    ),
}


async def inspect(work: Undertaking, step: Inspect) -> Inspected:
    """Judge every changed path; what may not stay is restored, and the rest is what the next commit holds.

    The spec is frozen: a change of it is a claim of the agent and is put back without counting as a violation.
    """
    changes = await work.tree.changes()
    if step.drop:
        await work.tree.restore(tuple(change.path for change in changes))
        work.changed = ()
        return Inspected(changed=0)
    claims = tuple(change.path for change in changes if _in_spec(work, change.path))
    junk = tuple(change.path for change in changes if change.kind is ChangeKind.ADDED and is_junk(change.path))
    task = step.leaf.id if step.leaf else ""
    undone = tuple(_violations(work, tuple(change for change in changes if change.path not in junk)))
    apart = {*claims, *junk, *(finding.path for finding in undone)}
    undone = (*undone, *await leaks(work, tuple(change for change in changes if change.path not in apart)))
    apart.update(finding.path for finding in undone)
    judged = await judge(work, task, tuple(change for change in changes if change.path not in apart))
    undone = (*undone, *judged.denied)
    restored = tuple(dict.fromkeys((*claims, *junk, *(finding.path for finding in undone))))
    if restored:
        await work.tree.restore(restored)
    asks = await _unapproved(work, step, judged.asks)
    apart = {*restored, *(finding.path for finding in asks)}
    left = tuple(change for change in changes if change.path not in apart)
    work.journal.write(
        "changes.inspected",
        task=task,
        files=[_told(change) for change in left],
        undone=[{"code": each.code, "title": each.title, "path": each.path} for each in undone],
        claims=list(claims),
        junk=list(gathered(junk)),
        asks=[{"code": each.code, "title": each.title, "path": each.path} for each in judged.asks],
    )
    if untold := tuple(path for path in junk if path not in claims):
        work.journal.write("run.noted", note=told_junk(untold))
    work.changed = left
    over = changes_charged(work, task, left)
    saved = 0 if left or step.leaf is None or not step.leaf.begun else await _saved(work, task)
    return Inspected(changed=len(left), undone=undone, over=str(over or ""), asks=judged.asks, saved=saved)


async def _saved(work: Undertaking, task: str) -> int:
    """How many paths still differ from the base by what was saved of a task; a person may have taken it back since."""
    base = work.merge_base
    assert base is not None
    ours = (
        each
        for each in await work.tree.commit_lines(base)
        if (each.commit.trailer("Kiro-Task"), each.commit.trailer("Kiro-Kind")) == (task, CommitKind.PARTIAL.value)
        and (each.commit.trailer("Kiro-Spec") or work.plan.name) == work.plan.name
    )
    paths = frozenset(beside_spec(ours))
    return sum(change.path in paths for change in await work.tree.changed_since(base)) if paths else 0


async def _unapproved(work: Undertaking, step: Inspect, asks: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What was taken out because nobody can be asked about it now: nobody is there, or the turn was cut off."""
    if not asks or (work.approver is not None and not step.salvage):
        return ()
    await take_out(work, asks)
    return asks


def _in_spec(work: Undertaking, path: str) -> bool:
    return path == work.spec_folder or path.startswith(f"{work.spec_folder}/")


def _violations(work: Undertaking, changes: tuple[Change, ...]) -> Iterator[Finding]:
    for change in changes:
        for hazard in sorted(change.hazards):
            code, what, cure = _HAZARDS[hazard]
            yield Finding(
                code=code, title=f"{change.path} is {what}.", detail=change.target, cure=cure, path=change.path
            )
        if change.kind is ChangeKind.DELETED:
            continue
        named = _names_secret(work, change)
        if named or (not change.hazards and _holds_secret(work, change)):
            yield Finding(
                code="change.secret",
                title=f"{change.path} {'is named after' if named else 'holds'} a credential of this run.",
                cure="Read it from the environment at run time.",
                path=change.path,
            )


def _names_secret(work: Undertaking, change: Change) -> bool:
    """Whether a known secret stands in a path, or in the text of a link: both are pushed as much as any content."""
    words = f"{change.path}\0{change.target}"
    clean = work.redactor.text(words)
    return any(clean.count(mark) > words.count(mark) for mark in _marks(work))


def _marks(work: Undertaking) -> tuple[str, ...]:
    """What the redactor puts in the place of each secret that is known."""
    return tuple(f"[redacted:{secret.label}]" for secret in work.secrets)


def _holds_secret(work: Undertaking, change: Change) -> bool:
    """Whether a file holds a known secret; what only looks like one is for `leaks`, since tests are full of those."""
    path = work.tree.path / change.path
    if not work.secrets or path.is_symlink() or not path.is_file():
        return False
    marks = tuple(mark.encode() for mark in _marks(work))
    stream = work.redactor.stream()
    before = after = 0
    carried = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            before += _count(piece, marks)
            clean = stream.feed(piece)
            after += _count(carried + clean, marks) - _count(carried, marks)
            carried = clean[-_LONGEST_MARK:]
    after += _count(carried + stream.finish(), marks) - _count(carried, marks)
    return after > before


def _count(text: bytes, marks: tuple[bytes, ...]) -> int:
    return sum(text.count(mark) for mark in marks)


def _told(change: Change) -> dict[str, object]:
    return {"path": change.path, "kind": change.kind.value, "added": change.added, "deleted": change.deleted}

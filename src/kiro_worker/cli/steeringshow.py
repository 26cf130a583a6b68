"""How the `steering` verbs tell what they found, for people and as documents."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kiro_worker.cli.terminal import Ink, columns, counted
from kiro_worker.steering.judge import Judged, State

if TYPE_CHECKING:
    from kiro_worker.power.lock import Lock
    from kiro_worker.spec.spec import Spec
    from kiro_worker.steering.render import Resolved
    from kiro_worker.steering.sync import Sync

_TONES = {
    State.CURRENT: "good", State.LOCAL: "good", State.OBSOLETE: "soft", State.MISSING: "bad", State.OUTDATED: "wait",
    State.BOTH: "wait", State.FOREIGN: "bad", State.CONFLICT: "bad", State.BROKEN: "bad",
}  # fmt: skip
_WORDS = {
    State.LOCAL: "up to date, and changed here",
    State.MISSING: "is not here",
    State.OUTDATED: "is of an older version",
    State.BOTH: "was changed here, and in the power",
    State.FOREIGN: "is of that name, and not from the power",
}
_INSTALL = "kiro-worker power install"


def visible(text: str) -> str:
    """A text of the repository as a terminal may have it."""
    if text.isprintable():
        return text
    from kiro_worker.forge.escape import visible as without_codes

    return without_codes(text)


def check_document(lock: "Lock", found: tuple[Judged, ...], missing: tuple[str, ...]) -> dict[str, Any]:
    """What `check --json` says."""
    return {
        "schema": "kiro-worker/steering-check/1",
        "good": not missing and all(one.is_good for one in found),
        "powers": [{"name": power.name, "version": power.version} for power in lock.powers],
        "not_installed": list(missing),
        "files": [
            {
                "path": one.path,
                "power": one.power,
                "state": one.state.value,
                "reason": one.reason,
                "local_regions": one.regions,
            }
            for one in found
        ],
    }


def check_lines(lock: "Lock", found: tuple[Judged, ...], missing: tuple[str, ...], ink: Ink) -> list[str]:
    """What `check` says; files that are as they should be are only counted."""
    told = [f"{ink('bad', 'missing')}  the power {name}; bring it with: {_INSTALL}" for name in missing]
    told += [_line(one, ink) for one in found if one.state is not State.CURRENT]
    if not lock.powers and not missing:
        return [f"No power is installed here, so no steering file is required. Install one with: {_INSTALL} SOURCE"]
    good = sum(one.is_good for one in found)
    powers = ", ".join(f"{power.name} {power.version}" for power in lock.powers)
    told.append(f"{good} of {len(found)} steering files of {powers or 'no power'} are up to date.")
    if good < len(found):
        told.append("Bring the others with: kiro-worker steering sync")
    return told


def _line(one: Judged, ink: Ink) -> str:
    why = "; ".join(filter(None, (_WORDS.get(one.state, ""), one.reason)))
    return f"{ink(_TONES[one.state], f'{one.state.value:<8}')}  {visible(one.path)}: {visible(why)}"


def sync_document(plan: "Sync", *, written: bool) -> dict[str, Any]:
    """What `sync --json` says."""
    return {
        "schema": "kiro-worker/steering-sync/1",
        "written": written,
        "settled": plan.is_settled,
        "files": [{"path": one.path, "outcome": one.outcome.value, "clashes": one.clashes} for one in plan.done],
        "waiting": [{"path": one.path, "state": one.state.value, "reason": one.reason} for one in plan.waiting],
        "current": sum(one.is_good for one in plan.found),
    }


def sync_lines(plan: "Sync", *, written: bool) -> list[str]:
    """What `sync` says."""
    lines = [f"{one.outcome.value:<8}  {visible(one.path)}{_settle(one.clashes)}" for one in plan.done]
    lines += [f"{one.state.value:<8}  {visible(one.path)}: {visible(one.reason)}" for one in plan.waiting]
    if not plan.found:
        return [f"No power is installed here. Install one with: {_INSTALL} SOURCE"]
    if not lines:
        one = len(plan.found) == 1
        return [
            "The one steering file is up to date." if one else f"All {len(plan.found)} steering files are up to date."
        ]
    done = len(plan.writes)
    was = ("was" if done == 1 else "were") if written else "would be"
    lines.append(f"{counted(done, 'file')} {was} written; commit {'it' if done == 1 else 'them'} with the lock.")
    return lines


def _settle(clashes: int) -> str:
    if not clashes:
        return ""
    return f": {clashes} {'place' if clashes == 1 else 'places'} for you to settle, then delete it"


def explain_document(spec: str, task: str, sent: "Resolved") -> dict[str, Any]:
    """What `explain --json` says."""
    from kiro_worker.steering.render import BUDGET

    return {
        "schema": "kiro-worker/steering-explain/1",
        "spec": spec,
        "task": task,
        "budget": BUDGET,
        "sent": [
            {
                "path": one.path,
                "why": one.rank.name.lower(),
                "reason": one.reason,
                "characters": len(one.text),
                "of": one.whole,
            }
            for one in sent.sent
        ],
        "left_out": [{"path": one.path, "reason": one.reason, "offered": one.offered} for one in sent.left],
    }


def explain_lines(spec: "Spec", task: str, sent: "Resolved", ink: Ink) -> list[str]:
    """What `explain` says."""
    from kiro_worker.steering.render import BUDGET

    leaf = spec.tasks.find(task) if task else None
    what = f"task {leaf.id} {leaf.title}" if leaf else "the spec as a whole"
    used = sum(len(one.text) for one in sent.sent)
    lines = [
        ink("strong", visible(f"{spec.name}: {what}")),
        f"Sent, {used:,} of {BUDGET:,} characters:" if sent.sent else "No steering file is sent.",
    ]
    return [*lines, *_rows(_sent_rows(sent)), *_left_lines(sent)]


def _sent_rows(sent: "Resolved") -> Iterator[tuple[str, str, str]]:
    for one in sent.sent:
        size = f"{len(one.text):,}{f' of {one.whole:,}' if one.cut else ''}"
        yield one.path, size, one.reason


def _left_lines(sent: "Resolved") -> list[str]:
    if not sent.left:
        return []
    rows = [(one.path, "named" if one.offered else "", one.reason) for one in sent.left]
    return ["Not sent (what is named, the agent can read itself):", *_rows(rows)]


def _rows(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    cells = [tuple(visible(cell).replace("\n", " ") for cell in row) for row in rows]
    return [f"  {line}" for line in columns(cells, most={0: 60})] if cells else []

"""The tamper report: every sign that checks were weakened, with who asked for it."""

from collections.abc import Iterable, Iterator
from typing import Literal

from kiro_worker.changeset import ChangeSet
from kiro_worker.gate.port import Color, Finding, GateResult
from kiro_worker.gate.tamper.asked import Asked, nobody_asks
from kiro_worker.gate.tamper.commands import command_signs
from kiro_worker.gate.tamper.fixtures import fixture_signs
from kiro_worker.gate.tamper.insight import insight_signs
from kiro_worker.gate.tamper.plumbing import plumbing_signs
from kiro_worker.gate.tamper.settings import setting_signs
from kiro_worker.gate.tamper.sign import Sign, Weight
from kiro_worker.gate.tamper.snapshots import snapshot_signs
from kiro_worker.gate.tamper.suppressions import suppression_signs
from kiro_worker.gate.tamper.tests import test_signs

_MOST = 200
_READERS = (
    test_signs,
    fixture_signs,
    setting_signs,
    command_signs,
    plumbing_signs,
    snapshot_signs,
    suppression_signs,
    insight_signs,
)


def judge_tamper(
    change: ChangeSet, setting: Literal["block", "tell"], *, asked: Asked = nobody_asks, more: Iterable[Sign] = ()
) -> GateResult:
    """Say what a branch does to the checks that judge it.

    What a task asks for, and what honest changes do as well, is told and does not block.

    Args:
        change: all that the branch does.
        setting: `gates.tamper`.
        asked: which task asks for a sign; see `asked_by`.
        more: signs that the runs themselves showed; see `lost_tests`.
    """
    return judge_signs([*signs_of(change), *more], setting, asked=asked)


def judge_signs(signs: list[Sign], setting: Literal["block", "tell"], *, asked: Asked = nobody_asks) -> GateResult:
    """The same of signs that are found already."""
    signs = list(_once(signs))
    asking = [(sign, asked(sign)) for sign in signs]
    told = [(sign, task) for sign, task in asking if task or sign.weight is Weight.TOLD]
    blocking = [(sign, task) for sign, task in asking if not task and sign.weight is Weight.BLOCKS]
    color = Color.RED if blocking and setting == "block" else Color.GREEN
    findings = tuple(_finding(sign, task, blocks=color is Color.RED and pair in blocking) for pair in [*blocking, *told]
                     for sign, task in [pair])[:_MOST]  # fmt: skip
    return GateResult(
        gate="tamper", color=color, summary=_summary(len(blocking), len(told), setting), findings=findings
    )


def signs_of(change: ChangeSet) -> Iterator[Sign]:
    """All signs of a change, by whoever reads that part of it."""
    for read in _READERS:
        yield from read(change)


def _once(signs: list[Sign]) -> Iterator[Sign]:
    """A test that is skipped by a mark is also skipped in the run: one finding is enough."""
    seen = set[tuple[str, str]]()
    for sign in signs:
        key = (sign.code, sign.subject) if sign.subject else (sign.code, f"{sign.path}:{sign.line}:{sign.now}")
        if key not in seen:
            seen.add(key)
            yield sign


def _summary(blocking: int, told: int, setting: str) -> str:
    if not blocking and not told:
        return "no check was weakened"
    parts = [f"{blocking} {'sign' if blocking == 1 else 'signs'} that checks were weakened"] if blocking else []
    parts += [f"{told} to look at"] if told else []
    return ", ".join(parts) + (" (told only: gates.tamper)" if blocking and setting == "tell" else "")


def _finding(sign: Sign, task: str, *, blocks: bool) -> Finding:
    parts = [f"before: {sign.before}"] if sign.before else []
    parts += [f"now: {sign.now}"] if sign.now else []
    if task:
        parts.append(f"asked for by task {task}" if task[:1].isdigit() else f"asked for by {task}")
    elif not blocks:
        parts.append("told only")
    return Finding(
        code=sign.code,
        title=sign.title,
        detail="\n".join(parts),
        cure="" if task else sign.cure,
        path=sign.path,
        line=sign.line,
    )

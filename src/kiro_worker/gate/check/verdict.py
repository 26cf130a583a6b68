"""From what a check told to its gate's result; pure."""

from kiro_worker.changeset import ChangeSet
from kiro_worker.gate.check.compare import Compared, compare
from kiro_worker.gate.check.model import FOUND, BaseLook, Found, Level, Look, level_of
from kiro_worker.gate.check.redefined import redefined
from kiro_worker.gate.fault import one_line
from kiro_worker.gate.port import Color, Finding, GateResult
from kiro_worker.value import replace

_MOST_SHOWN = 100
_MOST_TOLD = 20

# Their levels say how bad something is, and not what the tool would fail for.
_WEIGHED = frozenset({"security", "dependencies", "licence"})


def least_of(look: Look) -> Level:
    """The least level that blocks.

    `fails_at` where it is set. Otherwise what ESLint calls an error, and what others call a warning; a tool that fails
    for less (`--max-warnings 0`) is taken at its word, unless it weighs risks.
    """
    check = look.planned.check
    if check.fails_at:
        return level_of(check.fails_at)
    usual = Level.ERROR if check.format == "eslint" else Level.WARNING
    if look.status and check.kind not in _WEIGHED and not any(one.level >= usual for one in look.found):
        return Level.NOTE
    return usual


def needs_base(look: Look) -> bool:
    """Whether it hangs on the merge base what this check says."""
    if look.over is not None:
        return look.over.color is Color.ERROR and not look.planned.named
    least = least_of(look)
    return look.planned.check.baseline and any(one.level >= least for one in look.found)


def result_of(look: Look, base: BaseLook | None, change: ChangeSet) -> GateResult:
    """What the check's gate says.

    Args:
        look: at the branch's head.
        base: the same check of the merge base; None where that was not asked.
        change: what the branch changes.
    """
    if look.over is not None:
        return _not_asked_for(look.over, look, base)
    check, least = look.planned.check, least_of(look)
    compared = compare(look.found, base, change, kind=check.kind) if check.baseline else Compared(new=look.found)
    blocking = sorted((one for one in compared.new if one.level >= least), key=_by_weight)
    told = sorted((one for one in compared.new if one.level < least), key=_by_weight)
    findings = [_finding(one, FOUND[check.kind], look) for one in blocking[:_MOST_SHOWN]]
    if len(blocking) > _MOST_SHOWN:
        title = f"{len(blocking) - _MOST_SHOWN} more findings of {check.name}."
        findings.append(Finding(code=FOUND[check.kind], title=title, cure=_cure(look)))
    findings += [_finding(one, "check.told", look) for one in told[:_MOST_TOLD]]
    if (other := redefined(look.planned, change)) is not None:
        findings.append(other)
    return GateResult(
        gate=check.name,
        color=Color.RED if blocking else Color.GREEN,
        summary=_summary(len(blocking), len(told), compared, base_known=base is None or base.known),
        findings=tuple(findings),
        seconds=look.seconds,
        output=look.output,
        command=look.planned.command_line(),
    )


def _not_asked_for(over: GateResult, look: Look, base: BaseLook | None) -> GateResult:
    """A tool that nobody named and that could not look at the merge base either is no reason to stop this branch."""
    if look.planned.named or over.color is not Color.ERROR or base is None or base.known:
        return over
    return replace(over, color=Color.NOT_APPLICABLE, summary=f"{over.summary} Neither could it on the base.")


def _by_weight(found: Found) -> tuple[int, str, int, str]:
    return -found.level, found.path, found.line, found.rule


def _finding(found: Found, code: str, look: Look) -> Finding:
    title = f"{found.rule}: {found.message}" if found.rule and found.message else found.rule or found.message
    return Finding(code=code, title=one_line(title), cure=_cure(look), path=found.path, line=found.line)


def _cure(look: Look) -> str:
    return f"Mend it; this shows it: {one_line(look.planned.command_line(), 200)}"


def _summary(blocking: int, told: int, compared: Compared, *, base_known: bool) -> str:
    said = f"{_many(blocking, 'new finding')}" if blocking else ("nothing new" if compared.old else "nothing found")
    besides = []
    if told:
        besides.append(f"{told} that do not block")
    if compared.old:
        besides.append(f"{len(compared.old)} {'was' if len(compared.old) == 1 else 'were'} there before")
    if not base_known:
        besides.append("the base could not be looked at")
    return f"{said} ({', '.join(besides)})" if besides else said


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")

"""Why a check could not look, as one tree of faults; each is told as a finding, and none is ever green.

* CheckFault
  + CheckNotRun           its program is not there, or not to be started
  + CheckTimedOut         it did not end in time
  + CheckCrashed          it ended in a way that says nothing about the code
  + CheckSilent           it wrote no report
  + CheckLookedAtNothing  it ran, and looked at no file, package or case
  + CheckDisagrees        its exit status and its report say different things
"""

from kiro_worker.gate.fault import GateFault

_SETTING = "`checks:` in .kiro/worker.yaml on the base branch"


class CheckFault(GateFault):
    """A check said nothing that could be believed."""

    code = "check.fault"


class CheckNotRun(CheckFault):
    """The program of a check is not there."""

    code = "check.not-run"

    def __init__(self, *, name: str, command: str, why: str) -> None:
        super().__init__(
            f"{name} could not be run: {command}: {why}.",
            next_step=f"Let the set-up install it, or correct {_SETTING}.",
        )


class CheckTimedOut(CheckFault):
    """A check did not come to its end."""

    code = "check.timed-out"

    def __init__(self, *, name: str, seconds: float, output: str) -> None:
        super().__init__(
            f"{name} was ended after {seconds:,.0f} s; it had not come to its end.",
            next_step="Let it look at less, or raise `limits.checks`.",
            detail=output,
        )


class CheckCrashed(CheckFault):
    """A check ended in a way that says nothing about the code."""

    code = "check.crashed"

    def __init__(self, *, name: str, ended: str, output: str) -> None:
        super().__init__(
            f"{name} {ended}, which is not how it says what it found.",
            next_step=f"See its output for the reason; correct its settings, or {_SETTING}.",
            detail=output,
        )


class CheckSilent(CheckFault):
    """A check wrote no report."""

    code = "check.no-report"

    def __init__(self, *, name: str, where: str, status: int, output: str) -> None:
        super().__init__(
            f"{name} wrote no report to {where}; it ended with status {status}.",
            next_step=f"See its output for the reason; `format` and `report` say what it writes and where: {_SETTING}.",
            detail=output,
        )


class CheckLookedAtNothing(CheckFault):
    """A check ran and looked at nothing."""

    code = "check.looked-at-nothing"

    def __init__(self, *, name: str, why: str, output: str) -> None:
        super().__init__(
            f"{name} looked at nothing: {why}.",
            next_step=f"Name the files that it is to look at, in its settings or in {_SETTING}.",
            detail=output,
        )


class CheckDisagrees(CheckFault):
    """A check failed, and its report tells of nothing."""

    code = "check.disagrees"

    def __init__(self, *, name: str, status: int, output: str) -> None:
        super().__init__(
            f"{name} ended with status {status}, and its report tells of nothing that would be wrong.",
            next_step=f"See its output for the reason; correct its settings, or {_SETTING}.",
            detail=output,
        )

"""A build that takes too long is killed without a word: the run ends by itself before that."""

from datetime import datetime, timedelta

from kiro_worker.clock import Clock, stamp
from kiro_worker.run.facts import Cause
from kiro_worker.run.shell import Stop
from kiro_worker.run.verdict import Verdict


async def end_before(moment: datetime, *, margin: timedelta, stop: Stop, clock: Clock) -> None:
    """Ask for the run's end in good time.

    Args:
        moment: when the build is killed.
        margin: how long before; what was begun is committed, pushed and reported in that time.
        stop: asks.
        clock: waits.
    """
    await clock.sleep(max(0.0, (moment - margin - clock.now()).total_seconds()))
    cause = Cause(
        verdict=Verdict.INTERRUPTED,
        code="build.deadline",
        message=f"The build that this run is part of is ended at {stamp(moment)}, so the run was ended before it.",
        kept="Whatever was done so far is committed and pushed.",
        next_step="It is gone on with by the next build; the project's timeout sets how much one can do.",
    )
    stop.ask(cause, terminated=True)

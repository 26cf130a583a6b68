"""Going on with an old session: what agents do with one they do not have is anybody's guess."""

import asyncio
import contextlib

from kiro_worker.agent.acp.ending import TurnOver
from kiro_worker.agent.acp.hearing import Hearing
from kiro_worker.agent.acp.session import Session
from kiro_worker.agent.port import SessionId, TurnOutcome

# Seconds. Some replay an old session only after they said that it is loaded.
_REPLAY_PAUSE = 0.1
_REPLAY_MOST = 2.0


class SessionLost(Exception):  # not a WorkerError: the turn goes on in a new process
    """The process ended or fell silent over an old session; a new process can begin a new one."""


async def resumed(session: Session, hearing: Hearing, old: SessionId, *, most: float) -> bool:
    """Continue an old session; False when the agent says that it cannot. Its history is not heard as events.

    Args:
        session: the conversation, greeted.
        hearing: what is heard of it.
        old: the session to continue.
        most: seconds to wait for it.

    Raises:
        SessionLost: when the agent ended, or said nothing, instead of saying that it cannot.
    """
    hearing.muted = True
    try:
        async with asyncio.timeout(most):
            found = await session.resume(old)
    except TimeoutError as error:
        raise SessionLost from error
    except TurnOver as over:
        if over.outcome in {TurnOutcome.CRASHED, TurnOutcome.NOT_STARTED}:
            raise SessionLost from over
        raise
    if found:
        await _replayed(hearing)
    hearing.muted = False
    return found


async def _replayed(hearing: Hearing) -> None:
    """Wait until the history has stopped coming."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_REPLAY_MOST):
            seen = -1
            while seen != hearing.updates:
                seen = hearing.updates
                await asyncio.sleep(_REPLAY_PAUSE)

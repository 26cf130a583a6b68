"""From the lines of one turn to the turns of a cassette."""

import re
from collections.abc import Callable
from pathlib import Path

from kiro_worker.agent.acp.connection import Tap
from kiro_worker.agent.port import Agent, Hear, Turn, TurnEnd
from kiro_worker.agent.record.changes import changes, look
from kiro_worker.agent.record.cleaning import Cleaning
from kiro_worker.agent.record.effects import with_effects
from kiro_worker.agent.record.tape import Tape, TapedTurn
from kiro_worker.agent.replay.cassette import Cassette, RecordedTurn
from kiro_worker.agent.replay.notation import parse, render
from kiro_worker.redact import Redactor
from kiro_worker.value import dataclass

_TASK = re.compile(r"^Task ID: .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What came of a turn that was recorded.

    Attributes:
        cassette: the recording, without secrets.
        end: how the turn ended.
        left_out: what happened and could not be recorded, for people.
    """

    cassette: Cassette
    end: TurnEnd
    left_out: tuple[str, ...] = ()


async def record(agent_with: Callable[[Tap], Agent], turn: Turn, hear: Hear, *, redactor: Redactor) -> Recording:
    """Run a turn and record it.

    The recorded turn is played for prompts with the same `Task ID:` line; for any prompt when this one has none.

    Args:
        agent_with: makes the agent, with a tap on its wire.
        turn: the turn to run; its workspace is compared before and after.
        hear: hears the turn's events, as always.
        redactor: takes the secrets out of everything that is kept.
    """
    tape = Tape(turn.workspace)
    before = look(turn.workspace)
    end = await agent_with(tape.take).turn(turn, hear)
    changed, too_large = changes(turn.workspace, before)
    taped = with_effects(tape.turns, changed, turn.workspace)
    cassette = Cassette(
        agent=tape.agent,
        session=tape.session,
        loads=tape.loads,
        turns=tuple(_recorded(one) for one in taped),
    )
    return Recording(
        cassette=_clean(cassette, redactor, turn.workspace), end=end, left_out=(*tape.left_out, *too_large)
    )


def _recorded(taped: TapedTurn) -> RecordedTurn:
    task = _TASK.search(taped.prompt)
    if task is not None:
        return RecordedTurn(name=task[0].strip(), regex=_line(task[0]), steps=tuple(taped.steps))
    first = taped.prompt.strip().partition("\n")[0][:200]
    return RecordedTurn(
        name=first or "any prompt", regex=_line(first) if taped.is_continued else "", steps=tuple(taped.steps)
    )


def _line(line: str) -> str:
    return rf"^{re.escape(line.strip())}\s*$"


def _clean(cassette: Cassette, redactor: Redactor, workspace: Path) -> Cassette:
    """The cassette without secrets, read back from its own notation, so that it can be played for certain."""
    return parse(render(Cleaning(redactor, workspace).cassette(cassette)), name="the recording")

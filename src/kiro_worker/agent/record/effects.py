"""Where in a recorded turn each change of a file belongs."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kiro_worker.agent.record.changes import Change
from kiro_worker.agent.record.tape import TapedTurn
from kiro_worker.agent.replay.cassette import WORKSPACE, Step


def with_effects(turns: Sequence[TapedTurn], changes: Iterable[Change], workspace: Path) -> tuple[TapedTurn, ...]:
    """The turns with each change put where the tool call that named its file was done.

    A change that no call named comes at the end of the last turn, where nothing can undo it.
    """
    if not turns:
        return ()
    inserted: list[tuple[int, int, Step]] = []
    for change in changes:
        turn, call = _owner(turns, change.path, workspace)
        place = turns[turn].places[call] if call else _end(turns[turn])
        needs = call if call in turns[turn].asked else ""
        inserted.extend((turn, place, step) for step in _steps(change, needs))
    # From the back, so that earlier places stay what they are.
    for turn, place, step in sorted(inserted, key=lambda one: one[:2], reverse=True):
        turns[turn].steps.insert(place, step)
    return tuple(turns)


def _owner(turns: Sequence[TapedTurn], path: str, workspace: Path) -> tuple[int, str]:
    """The turn and the tool call that named a file last; no call when none did."""
    names = {path, str(workspace / path), str(workspace.resolve() / path)}
    for number in range(len(turns) - 1, -1, -1):
        turn = turns[number]
        for call, facts in reversed(turn.named.items()):
            named = names & set(facts.paths) or (facts.command is not None and path in facts.command)
            if named and call in turn.places:
                return number, call
    return len(turns) - 1, ""


def _end(turn: TapedTurn) -> int:
    ends = (number for number, step in enumerate(turn.steps) if step.kind in {"end", "fail"})
    return next(ends, len(turn.steps))


def _steps(change: Change, needs: str) -> list[Step]:
    silent: dict[str, Any] = {"silent": True}
    if change.deleted:
        return [Step(kind="delete", value=change.path, more=silent, needs=needs)]
    if change.target is not None:
        return [Step(kind="link", value=change.path, more={"target": change.target, **silent}, needs=needs)]
    mode = {} if change.executable is None else {"executable": change.executable}
    if change.content is None:
        return [Step(kind="chmod", value=change.path, more={**mode, **silent}, needs=needs)] if mode else []
    return [
        Step(kind="write", value=change.path, more={**content_facts(change.content), **mode, **silent}, needs=needs)
    ]


def content_facts(content: bytes) -> dict[str, str]:
    """A file's content as a cassette writes it: as text where it is one, and means nothing else there."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    is_text = "\0" not in text and WORKSPACE not in text
    return {"content": text} if is_text else {"base64": b64encode(content).decode()}

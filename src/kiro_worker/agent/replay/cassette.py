"""A cassette: what an agent did, turn by turn; `notation` reads and writes it as JSON lines.

The executable that plays a cassette starts anew for every turn, and `dataclasses` would be a third of its start-up:
hence named tuples, and one class for all kinds of step.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

# Stands for the session's folder wherever a recording names it.
WORKSPACE = "${workspace}"

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Condition(NamedTuple):
    """What must (or must not) be true of the workspace for a turn to be played.

    Attributes:
        file: a path inside the session's folder.
        contains: text that the file holds; empty asks only for the file.
    """

    file: str
    contains: str = ""

    def holds(self, folder: Path) -> bool:
        """Whether it is true there now; a file that cannot be read contains nothing."""
        path = folder / self.file
        try:
            return path.exists() if not self.contains else self.contains in path.read_text("utf-8", "replace")
        except OSError:
            return False


class Step(NamedTuple):
    """One thing the agent did.

    Attributes:
        kind: the name of the step, one of docs/reference/cassette.md.
        value: what stands under that name.
        more: the line's other keys.
        needs: the tool call that must have been allowed in this turn for the step to be played.
    """

    kind: str
    value: Any
    more: Mapping[str, Any] = _NOTHING
    needs: str = ""


class RecordedTurn(NamedTuple):
    """What the agent does with one kind of prompt.

    Attributes:
        text: a part of the prompt; empty fits every prompt.
        regex: a pattern that is found in the prompt.
        attempt: plays only for the session's nth prompt that fits so far; 0 plays for each.
    """

    name: str
    text: str = ""
    regex: str = ""
    attempt: int = 0
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    steps: tuple[Step, ...] = ()

    def fits(self, prompt: str) -> bool:
        """Whether the prompt is one that this turn answers."""
        return self.text in prompt and (not self.regex or re.search(self.regex, prompt, re.MULTILINE) is not None)

    def is_due(self, folder: Path) -> bool:
        """Whether the workspace is as this turn wants it."""
        return all(one.holds(folder) for one in self.when) and not any(one.holds(folder) for one in self.unless)


class Cassette(NamedTuple):
    """A whole recording.

    Attributes:
        agent: who was recorded: `name`, `version`.
        session: what `session/new` answered besides the id: modes and configuration options.
        loads: whether `session/load` is offered.
    """

    agent: Mapping[str, Any] = _NOTHING
    session: Mapping[str, Any] = _NOTHING
    loads: bool = False
    turns: tuple[RecordedTurn, ...] = ()

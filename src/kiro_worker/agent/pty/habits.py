"""What is known of a terminal program's screen, as data: how it looks when it waits, asks, works and is done."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from kiro_worker.agent.profile import Profile, ProfileUnreadable
from kiro_worker.error import Fault, WorkerError


class ScreenUnknown(WorkerError):
    """A command is to be driven in a terminal, and nothing is known of how its screen looks."""

    code = "agent.screen-unknown"
    fault = Fault.CONFIG

    def __init__(self, *, command: str) -> None:
        self.command = command
        super().__init__(
            f"{command} cannot be driven in a terminal: it is not known how its screen looks when it takes a prompt "
            "and when it has answered.",
            kept="Nothing was spent and nothing was changed.",
            next_step="A command that takes a prompt and ends when it is done needs no terminal: --protocol headless. "
            "For one that talks in a terminal, write a profile with `ready` and `done`: docs/how-to/add-an-agent.md",
        )


_PATTERNS = ("ready", "done", "approval", "busy")


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question before the first prompt, such as whether a folder is trusted, and the keys that answer it."""

    pattern: str
    answer: str


class Habits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    r"""The `settings` of a terminal program's profile.

    Patterns are regular expressions over what is visible, line by line; `^`, `$` and `\Z` are a line's and the
    text's. In a program that draws, all of the screen is looked at; otherwise what was printed after the prompt.

    Attributes:
        ready: it takes a prompt. Text that is typed earlier is lost in many programs.
        done: the turn is over.
        busy: the turn goes on, whatever else is visible.
        approval: it asks for a permission; the groups `command`, `path` and `question` say for what.
        allow: the keys for yes, this time only.
        reject: the keys for no.
        submit: the key that sends a prompt.
        quit: keys that end the program after a turn, for programs that save something then.
        model: the flag that takes a model's id.
        questions: what may be asked before the first prompt.
        draws: it redraws a screen rather than print line after line.
        columns: the width of its screen; wide, because a command that is wrapped cannot be judged.
        aside: the width of a panel at the right edge, which is not looked at: its words would stand in the same rows
            as a question's.
        debounce: seconds for which a sign must hold; programs that redraw show it for a moment too early.
        settle: seconds between what a program that draws shows and the key that answers it: most take a key that
            follows a text at once for a part of the text, and some ignore one that follows a question at once.
        patience: seconds after which a program that was never seen to be busy may be done.
    """

    ready: str
    done: str
    busy: str = ""
    approval: str = ""
    allow: str = "\r"
    reject: str = "\x1b"
    submit: str = "\r"
    quit: str = ""
    model: str = "--model"
    questions: tuple[Question, ...] = ()
    draws: bool = True
    columns: int = 160
    aside: int = 0
    rows: int = 50
    debounce: float = 0.05
    settle: float = 0.3
    patience: float = 1.0


def habits_of(profile: Profile) -> Habits:
    """Read a profile's settings.

    Raises:
        ScreenUnknown: when there are none, as for a plain command.
        ProfileUnreadable: when they do not say how the program looks, or a pattern is none.
    """
    source = f"The profile {profile.name}"
    settings: Mapping[str, Any] = profile.settings
    if not settings:
        raise ScreenUnknown(command=profile.name)
    try:
        habits = msgspec.convert(dict(settings), Habits)
    except msgspec.ValidationError as error:
        raise ProfileUnreadable(source, f"a terminal program's settings: {error}") from error
    if not 0 <= habits.aside < habits.columns:
        raise ProfileUnreadable(source, "`aside` leaves nothing of the screen to look at")
    for name in _PATTERNS:
        _check(source, name, getattr(habits, name))
    for question in habits.questions:
        _check(source, "questions", question.pattern)
    return habits


def _check(source: str, name: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ProfileUnreadable(source, f"`{name}` is not a pattern: {error}") from error

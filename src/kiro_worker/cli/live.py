"""The live view on a terminal: finished things scroll by, and one line tells what is going on now."""

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live as Screen
from rich.spinner import Spinner
from rich.text import Text

from kiro_worker.agent.port import AgentEvent, AgentSaid, AgentThought, ToolCalled
from kiro_worker.cli.progress import LONGEST, Story
from kiro_worker.forge.escape import line
from kiro_worker.run.journal import Event
from kiro_worker.run.report.words import duration

_MINUTE = 60
_GOOD = ("commit.made", "pull-request.published")


class Live:
    """See `kiro_worker.cli.progress.Progress`."""

    def __init__(self, out: TextIO) -> None:
        self._console = Console(file=out, highlight=False)
        self._story = Story()
        self._doing = "starting"
        self._tool = ""
        self._spinner = Spinner("dots")
        # The line is asked for as soon as the screen is made.
        self._screen = Screen(console=self._console, refresh_per_second=8, transient=True, get_renderable=self._line)

    def __enter__(self) -> Self:
        """Begin to show."""
        self._screen.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the moving line away."""
        self._screen.stop()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """See `Progress.paused`."""
        self._screen.stop()
        try:
            yield
        finally:
            self._screen.start()

    def event(self, event: Event) -> None:
        """Show what happened, and remember what is going on."""
        self._doing = Story.doing(event) or self._doing
        if event.name == "turn.started":
            self._doing, self._tool = "the agent is working", ""
        if sentence := self._story.tell(event):
            style = "green" if event.name in _GOOD else ""
            self._console.print(Text(line(sentence, limit=LONGEST), style=style))

    def agent(self, event: AgentEvent) -> None:
        """Remember the agent's tool call; show what was refused."""
        match event:
            case ToolCalled():
                self._tool = line(event.title, limit=60) if event.status in {"pending", "in_progress"} else ""
            case AgentSaid() | AgentThought():
                self._tool = ""
            case _:
                pass
        if sentence := self._story.hear(event):
            self._console.print(Text(line(sentence, limit=LONGEST), style="yellow"))

    def _line(self) -> Spinner:
        story = self._story
        parts = [self._doing]
        if story.total:
            parts.insert(0, f"task {max(story.number, 1)} of {story.total}")
        if self._tool:
            parts.append(self._tool)
        parts.append(_clock(_since(story)))
        if story.credits is not None:
            parts.append(f"{story.credits:.2f} credits")
        self._spinner.update(text=Text(" · ".join(parts), style="dim", overflow="ellipsis", no_wrap=True))
        return self._spinner


def _clock(seconds: float) -> str:
    """Time that runs on before somebody's eyes: whole seconds.

    >>> [_clock(seconds) for seconds in (0.4, 59.9, 61)]
    ['0 s', '59 s', '1 min 1 s']
    """
    return f"{int(seconds)} s" if seconds < _MINUTE else duration(seconds)


def _since(story: Story) -> float:
    import time

    return time.monotonic() - story.began

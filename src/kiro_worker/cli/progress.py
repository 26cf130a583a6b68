"""Shows a run while it goes on: one live line on a terminal, plain lines elsewhere, JSON lines for machines."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from kiro_worker.agent.port import AgentEvent, PermissionDecided, ToolCalled, UsageSeen
from kiro_worker.forge.escape import line
from kiro_worker.run.journal import Event
from kiro_worker.run.report.words import STEP_WORDS, counted, duration

# A sentence is one line, whatever stands in it: a second one could pass for the worker's own.
LONGEST = 1000
# The gates whose words are always worth a reader's time.
_TOLD = frozenset({"tests", "coverage"})


class Progress(Protocol):
    """Something that a person or a program follows a run by."""

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        ...

    def paused(self) -> AbstractContextManager[None]:
        """Draw nothing meanwhile: somebody is asked at the same terminal."""
        ...

    def event(self, event: Event) -> None:
        """Something happened in the run."""
        ...

    def agent(self, event: AgentEvent) -> None:
        """Something happened in the agent."""
        ...


def progress_for(*, as_json: bool, quiet: bool, out: TextIO | None = None, err: TextIO | None = None) -> Progress:
    """The fitting one: JSON goes to standard output, everything for people to standard error."""
    err = err or sys.stderr
    if as_json:
        return Unbroken(JsonLines(out or sys.stdout))
    if err.isatty() and not quiet:
        from kiro_worker.cli.live import Live

        return Unbroken(Live(err))
    return Unbroken(Lines(err, quiet=quiet))


class Unbroken:
    """Goes silent when nobody can be told any more: a terminal that was closed, or a `head` that has seen enough.

    The run is paid for and goes on; what it did is in its receipt.
    """

    def __init__(self, shown: Progress) -> None:
        self.shown = shown
        self._heard = True

    def __enter__(self) -> Self:
        """See `Progress`."""
        self.shown.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `Progress`."""
        with contextlib.suppress(OSError):
            self.shown.__exit__(kind, error, trace)

    def paused(self) -> AbstractContextManager[None]:
        """See `Progress`."""
        return self.shown.paused() if self._heard else contextlib.nullcontext()

    def event(self, event: Event) -> None:
        """See `Progress`."""
        self._tell(lambda: self.shown.event(event))

    def agent(self, event: AgentEvent) -> None:
        """See `Progress`."""
        self._tell(lambda: self.shown.agent(event))

    def _tell(self, say: Callable[[], None]) -> None:
        if self._heard:
            try:
                say()
            except OSError:
                self._heard = False


class JsonLines:
    """Each event of the run as one JSON line, flushed as it comes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __enter__(self) -> Self:
        """See `Progress`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `Progress`."""

    def paused(self) -> AbstractContextManager[None]:
        """See `Progress`."""
        return contextlib.nullcontext()

    def event(self, event: Event) -> None:
        """See `Progress`."""
        self._put({"n": event.number, "at": event.at, "event": event.name, **event.facts})

    def agent(self, event: AgentEvent) -> None:
        """See `Progress`."""
        if isinstance(event, ToolCalled):
            self._put({"event": "tool.called", "title": event.title, "kind": event.kind, "status": event.status})

    def _put(self, body: Mapping[str, Any]) -> None:
        self._out.write(json.dumps(body, ensure_ascii=False) + "\n")
        self._out.flush()


class Story:
    """Turns events into the few sentences that are worth a line of their own."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.task = ""
        self.number = 0
        self.total = 0
        self._spent: float | None = None
        self._spending: float | None = None
        self._titles: dict[str, str] = {}
        self._seen: list[str] = []

    @property
    def credits(self) -> float | None:
        """What the agent says that all turns so far cost; None where it says nothing."""
        told = [each for each in (self._spent, self._spending) if each is not None]
        return sum(told) if told else None

    def elapsed(self) -> str:
        """Time since the beginning."""
        return duration(time.monotonic() - self.began)

    def tell(self, event: Event) -> str | None:
        """The sentence for an event, None when it is not worth one."""
        facts = event.facts
        if event.name == "turn.ended":
            self._end_turn(facts.get("usage") or {})
        elif event.name == "commit.made":
            # A checkpoint whose tests are green needs no turn, and is one of the tasks all the same.
            self._count(str(facts.get("task") or ""))
        match event.name:
            case "run.started":
                return f"run {facts['run']} with {facts['agent']}"
            case "run.admitted":
                self.total = len(facts["plan"])
                self._titles = {task["id"]: task["title"] for task in facts["plan"]}
                return (
                    f"{facts['spec']} on {facts['branch'] or 'a new branch'}: {counted(self.total, 'open task')} to do"
                )
            case "workspace.prepared":
                behind = f", {counted(facts['behind'], 'commit')} behind {facts['base']}" if facts.get("behind") else ""
                return f"workspace ready at {facts['head'][:10]}{behind}"
            case "steering.synced" if facts["files"] or facts["waiting"]:
                done = [f"{file['path']} {file['outcome']}" for file in facts["files"]]
                done += [f"{file['path']} {file['state']}" for file in facts["waiting"]]
                return f"steering files: {', '.join(done)}"
            case "turn.started":
                return self._turn(facts)
            case "turn.ended" if facts["outcome"] != "ended":
                return f"the agent's turn ended as {facts['outcome']}{': ' if facts['detail'] else ''}{facts['detail']}"
            case "changes.inspected" if facts["undone"]:
                return "undone: " + "; ".join(finding["title"] for finding in facts["undone"])
            case "commit.made":
                return f"committed {facts['oid'][:10]} {facts['subject']} (+{facts['added']} -{facts['deleted']})"
            case "gates.judged":
                return _of_gates(facts["results"])
            case "pull-request.published":
                return f"pull request {facts['change']}: {facts['url']}"
            case "run.stopping":
                return f"stopping: {facts['message']}"
            case "run.noted":
                return str(facts["note"])
            case "run.decided":
                return f"{facts['verdict']}"
            case _:
                return None

    def _end_turn(self, usage: Mapping[str, Any]) -> None:
        """What a turn cost is told while it goes on, of that turn alone, and once more when it is over."""
        if usage.get("credits") is not None:
            self._spent = (self._spent or 0.0) + usage["credits"]
        self._spending = None

    def _turn(self, facts: Mapping[str, Any]) -> str:
        self.task = str(facts.get("task") or "")
        self._count(self.task)
        why = "" if facts["ask"] == "first" else f" ({facts['ask'].replace('-', ' ')})"
        if not self.task:
            return f"repair round {facts['round']}: the agent mends what the gates found"
        return f"task {self.number} of {self.total}: {self.task} {self._titles.get(self.task, '')}{why}"

    def _count(self, task: str) -> None:
        if task in self._titles and task not in self._seen:
            self._seen.append(task)
        self.number = len(self._seen)

    def hear(self, event: AgentEvent) -> str | None:
        """The sentence for something the agent did; only refusals are worth a line, the rest is passing."""
        match event:
            case UsageSeen(usage) if usage.credits is not None:
                self._spending = usage.credits
            case PermissionDecided(request=request, permission=permission) if not permission.allowed:
                return f"refused: {request.command or request.title} ({permission.reason})"
            case _:
                pass
        return None

    @staticmethod
    def doing(event: Event) -> str | None:
        """What the run is at now, for the passing line."""
        return STEP_WORDS.get(event.facts["step"]) if event.name == "step.started" else None


def _of_gates(results: Sequence[Mapping[str, Any]]) -> str:
    """Tests, coverage and whatever is not well in full; the names of the rest will do."""
    full = [each for each in results if each["gate"] in _TOLD or each["color"] not in {"green", "not-applicable"}]
    told = [f"{each['gate']} {each['color']}: {each['summary']}" for each in full]
    if green := [each["gate"] for each in results if each["color"] == "green" and each not in full]:
        told.append(f"{', '.join(green)} green")
    return "; ".join(told)


class Lines:
    """One plain line for each thing worth knowing; nothing moves, so it reads well in a build's log."""

    def __init__(self, out: TextIO, *, quiet: bool) -> None:
        self._out = out
        self._quiet = quiet
        self._story = Story()

    def __enter__(self) -> Self:
        """See `Progress`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `Progress`."""

    def paused(self) -> AbstractContextManager[None]:
        """See `Progress`."""
        return contextlib.nullcontext()

    def event(self, event: Event) -> None:
        """See `Progress`."""
        self._put(self._story.tell(event))

    def agent(self, event: AgentEvent) -> None:
        """See `Progress`."""
        self._put(self._story.hear(event))

    def _put(self, sentence: str | None) -> None:
        if sentence and not self._quiet:
            self._out.write(f"[{self._story.elapsed():>10}] {line(sentence, limit=LONGEST)}\n")
            self._out.flush()

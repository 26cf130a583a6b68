"""What the agent does during a turn, put where it belongs: transcript, receipt, and the screen."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from kiro_worker.agent.port import AgentEvent, AgentStarted, PermissionDecided, ToolCalled
from kiro_worker.redact import Redactor
from kiro_worker.run.journal import Journal
from kiro_worker.run.quote import shortened
from kiro_worker.run.transcript import Transcript

_OVER = frozenset({"completed", "failed"})

# How many of each a turn may put into the receipt; a flood is counted. The transcript has room for more of them.
_MOST = {"tools": 500, "allowed": 500, "refused": 200}
_WORDS, _COMMAND, _PATHS, _ID = 300, 4_000, 50, 100


class Hearing:
    """Listens to one turn.

    Attributes:
        tools: how many tool calls came to an end.
        model: the model that served last, as the agent says.
        left_out: how many of each kind the receipt does not hold one by one.
    """

    def __init__(
        self,
        task: str,
        *,
        journal: Journal,
        transcript: Transcript,
        redactor: Redactor,
        show: Callable[[AgentEvent], None],
    ) -> None:
        self.tools = 0
        self.model = ""
        self.left_out: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._task, self._journal, self._transcript = task, journal, transcript
        self._redactor, self._show = redactor, show

    def __call__(self, event: AgentEvent) -> None:
        """Take in one event."""
        self._transcript.hear(event)
        match event:
            case AgentStarted():
                self._started(event)
            case PermissionDecided():
                self._decided(event)
            case ToolCalled(status=status) if status in _OVER:
                self.tools += 1
                self._tool(event)
            case _:
                pass
        self._show(self._shown(event))

    def _started(self, event: AgentStarted) -> None:
        self.model = event.model or self.model
        self._journal.write(
            "agent.started",
            name=event.name,
            version=event.version,
            mode=event.mode,
            model=event.model,
            session=event.session or "",
        )

    def _decided(self, event: PermissionDecided) -> None:
        request, permission = event.request, event.permission
        if not self._has_room("allowed" if permission.allowed else "refused"):
            return
        self._journal.jot(
            "permission.allowed" if permission.allowed else "permission.refused",
            task=self._task,
            call=request.call[:_ID],
            kind=request.kind.value,
            asked=shortened(request.command or request.title or ", ".join(request.paths[:_PATHS]), _COMMAND),
            paths=[path[:_COMMAND] for path in request.paths[:_PATHS]],
            rule=permission.rule,
            reason=shortened(permission.reason, _COMMAND),
        )

    def _tool(self, event: ToolCalled) -> None:
        if not self._has_room("tools"):
            return
        self._journal.jot(
            "tool.ended",
            task=self._task,
            call=event.call[:_ID],
            kind=event.kind.value,
            title=shortened(event.title, _WORDS),
            status=event.status,
            output=len(event.output),
        )

    def _has_room(self, what: str) -> bool:
        if self._kept[what] < _MOST[what]:
            self._kept[what] += 1
            return True
        self.left_out[what] += 1
        return False

    def _shown(self, event: AgentEvent) -> AgentEvent:
        """The event as the screen may have it: what the agent puts into words of its own is redacted."""
        text = self._redactor.text
        match event:
            case ToolCalled():
                return replace(event, title=text(event.title), output="")
            case PermissionDecided(request=request):
                asked = replace(request, title=text(request.title), command=text(request.command or "") or None)
                return replace(event, request=asked)
            case _:
                return event

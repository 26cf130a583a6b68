"""What the agent does during a turn, put where it belongs: transcript, receipt, and the screen."""

from collections.abc import Callable
from dataclasses import replace

from kiro_worker.agent.port import AgentEvent, AgentStarted, PermissionDecided, ToolCalled
from kiro_worker.redact import Redactor
from kiro_worker.run.journal import Journal
from kiro_worker.run.transcript import Transcript

_OVER = frozenset({"completed", "failed"})


class Hearing:
    """Listens to one turn.

    Attributes:
        tools: how many tool calls came to an end.
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
        self._task, self._journal, self._transcript = task, journal, transcript
        self._redactor, self._show = redactor, show

    def __call__(self, event: AgentEvent) -> None:
        """Take in one event."""
        self._transcript.hear(event)
        match event:
            case AgentStarted():
                self._journal.write(
                    "agent.started",
                    name=event.name,
                    version=event.version,
                    mode=event.mode,
                    model=event.model,
                    session=event.session or "",
                )
            case PermissionDecided(request=request, permission=permission):
                if not permission.allowed:
                    asked = request.command or request.title or ", ".join(request.paths)
                    self._journal.write(
                        "permission.refused",
                        task=self._task,
                        asked=asked,
                        rule=permission.rule,
                        reason=permission.reason,
                    )
            case ToolCalled(status=status) if status in _OVER:
                self.tools += 1
            case _:
                pass
        self._show(self._shown(event))

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

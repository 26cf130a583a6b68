"""How an agent's requests are answered while it works in a folder."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from kiro_worker.agent.port import Consult, Permission, Permit, ToolRequest
from kiro_worker.expression import expression
from kiro_worker.policy import Answer, Decision, Kind, Policy, Request, Scope, paths_named
from kiro_worker.run.approval import Approver, Question
from kiro_worker.run.excerpt import design_excerpt
from kiro_worker.spec.spec import Spec

_URL = expression(r"[a-z][a-z0-9+.-]*://[^\s'\"`<>)]+", re.IGNORECASE)

# What the agent is told where nobody is asked; a person who is asked needs only what comes before it.
_NOBODY = "; a person would have to allow it, and none is asked while you work"

#: Told of each request that only a person could allow.
Asked = Callable[[ToolRequest, Decision], None]


def permit_under(
    policy: Policy, folder: Path, *, scope: Scope | None = None, asked: Asked | None = None, scratch: str = ""
) -> Permit:
    """Allow what a policy allows in a folder, links followed to where they lead at that moment.

    What needs a person is rejected like what is denied, for nobody is asked during a turn: the agent is told why, and
    `asked` hears of it, for the run may have to end with a question. `scratch` is the TMPDIR that the agent was given.
    """
    root, own = os.path.realpath(folder), os.path.realpath(scratch) if scratch else ""

    def permit(request: ToolRequest) -> Permission:
        told = policy.decide(
            _request(request), root=root, resolve=os.path.realpath, scope=scope or Scope(), scratch=own
        )
        if told.answer is Answer.ASK:
            if asked is not None:
                asked(request, told)
            return Permission(allowed=False, rule=told.rule, reason=f"{told.reason}{_NOBODY}", asks=True)
        return Permission(allowed=told.allowed, rule=told.rule, reason=told.reason)

    return permit


def consulting(approver: Approver, task: str) -> Consult:
    """Ask a person about each request that a policy leaves to one."""

    async def consult(request: ToolRequest, permission: Permission) -> Permission:
        what = request.command or request.title or ", ".join(request.paths)
        reason = permission.reason.removesuffix(_NOBODY)
        answer = await approver.allow(Question(task=task, what=what, reason=reason, rule=permission.rule))
        said = f"{answer.by or 'a person'} {'allowed' if answer.allowed else 'rejected'} it"
        return Permission(allowed=answer.allowed, rule=permission.rule, reason=said)

    return consult


def scope_of(spec: Spec, task_id: str) -> Scope:
    """The paths that a task, its details and its design name, and all that the spec names; a repair has no task."""
    texts = {task.id: "\n".join((task.title, *map(str, task.details))) for task in spec.tasks.tasks}
    everything = (*texts.values(), *(section.text for section in spec.design.sections))
    own = texts.get(task_id, "")
    named = paths_named(f"{own}\n{design_excerpt(spec.design, own)}") if own else ()
    return Scope(task=named, spec=paths_named("\n".join(everything)))


def _request(request: ToolRequest) -> Request:
    kind = Kind.MCP if request.server else Kind(request.kind.value)
    found = _URL.search(request.title) if kind is Kind.FETCH else None
    return Request(
        kind=kind,
        command=request.command,
        paths=request.paths,
        url=found[0] if found else "",
        server=request.server,
        tool=request.tool,
        readable=request.readable,
        title=request.title,
    )

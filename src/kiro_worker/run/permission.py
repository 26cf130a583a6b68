"""How an agent's requests are answered while it works in a folder."""

import os
from pathlib import Path

from kiro_worker.agent.port import Permission, Permit, ToolRequest
from kiro_worker.policy import judge_inside


def permit_inside(folder: Path) -> Permit:
    """Allow what stays inside a folder, links followed to where they lead at that moment."""

    def permit(request: ToolRequest) -> Permission:
        answer = judge_inside(
            readable=request.readable,
            command=request.command,
            paths=request.paths,
            root=os.path.realpath(folder),
            resolve=os.path.realpath,
        )
        return Permission(allowed=answer.allowed, rule=answer.rule, reason=answer.reason)

    return permit

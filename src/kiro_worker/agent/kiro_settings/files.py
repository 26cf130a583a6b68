"""Which files a profile's Kiro reads its limits from, below its HOME."""

import json
from typing import Literal

from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.v2 import agent_v2
from kiro_worker.agent.kiro_settings.v3 import agent_v3, permissions

Format = Literal["", "kiro-v2", "kiro-v3"]


def settings_files(form: Format, name: str, fence: Fence) -> dict[str, str]:
    """The files, by their path below HOME.

    Args:
        form: the engine's format; empty for an agent that has none, and no file.
        name: the agent's; nobody must be able to guess it, as an agent of the workspace goes before one of the HOME.
        fence: what it may do.
    """
    match form:
        case "kiro-v2":
            return {_agent(name, "json"): json.dumps(agent_v2(name, fence), indent=1)}
        case "kiro-v3":
            return {
                _agent(name, "md"): agent_v3(name, fence),
                ".kiro/settings/permissions.yaml": json.dumps(permissions(fence), indent=1),
            }
        case _:
            return {}


def _agent(name: str, ending: str) -> str:
    return f".kiro/agents/{name}.{ending}"

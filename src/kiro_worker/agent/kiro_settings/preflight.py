"""Whether Kiro takes the agent that the worker wrote for it, seen before anything is spent.

A file with a key that this version does not know is dropped without a fault, and the default agent answers, trusted as
its own settings say.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kiro_worker.agent.acp.located import located
from kiro_worker.agent.ansi import plain
from kiro_worker.agent.port import AgentCheck, TurnOutcome
from kiro_worker.agent.profile import Profile
from kiro_worker.expression import expression
from kiro_worker.process import Children, Command, Limits, NotStarted

_LIMITS = Limits(wall=30.0, kept_output=64 * 1024)
_REFUSED = expression(
    r"^\s*error\b|malformed|unknown field|additional propert|invalid agent", re.IGNORECASE | re.MULTILINE
)
_NO_SUCH_COMMAND = expression(r"(unrecognized|unexpected|unknown|invalid) (subcommand|argument|command)", re.IGNORECASE)
_CURE = "Update kiro-cli, or report its version: it does not take the limits that the worker wrote."


async def looked_at(
    found: AgentCheck, profile: Profile, children: Children, environment: Mapping[str, str], name: str
) -> AgentCheck:
    """What was found of an agent, or that its own settings are not taken.

    Of engine V3 no command is known that would tell; there the answer itself has to.
    """
    file = Path(environment.get("HOME", "/")) / f".kiro/agents/{name}.json"
    if found.outcome is not None or not name or profile.settings_format != "kiro-v2" or not file.is_file():
        return found

    async def asked(*arguments: str) -> tuple[bool, str] | None:
        program = located(profile.command[0], environment)
        try:
            over = await children.run(
                Command(argv=(program, "agent", *arguments), cwd=file.parent, environment=environment), _LIMITS
            )
        except NotStarted:
            return None
        told = plain((over.stdout + b"\n" + over.stderr).decode("utf-8", "replace"))
        return None if not over.ok and _NO_SUCH_COMMAND.search(told) else (over.ok, told)

    validated = await asked("validate", "--path", str(file))
    if validated is not None and (not validated[0] or _REFUSED.search(validated[1])):
        return replace(found, outcome=TurnOutcome.CONFIG, detail=_told("refuses", validated[1]), cure=_CURE)
    listed = await asked("list")
    if listed is not None and listed[0] and name not in listed[1]:
        return replace(found, outcome=TurnOutcome.CONFIG, detail=_told("does not list", listed[1]), cure=_CURE)
    return found


def _told(deed: str, words: str) -> str:
    return f"Kiro {deed} the agent that the worker wrote for it: {' '.join(words.split())[:600]}"


def shadowed(workspace: Path, name: str) -> str:
    """Why an agent of the workspace would answer in the place of the one in the HOME; empty when none would."""
    for ending in ("json", "md"):
        if name and (workspace / f".kiro/agents/{name}.{ending}").exists():
            return f"The workspace has an agent {name} of its own, which Kiro would take before the worker's."
    return ""

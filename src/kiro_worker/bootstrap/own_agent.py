"""The agent that the worker writes into Kiro's HOMEs, and the MCP servers that an agent gets."""

import hashlib
import re
import secrets
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.files import settings_files
from kiro_worker.agent.kiro_settings.shipped import DENIED_COMMANDS, TRUSTED_COMMANDS
from kiro_worker.agent.mcp import MCP_FILE, Admission, McpServer, admitted, all_expanded, joined, read_servers
from kiro_worker.agent.profile import AgentProtocol, ArgumentRefused, Profile
from kiro_worker.bootstrap.machine import Machine
from kiro_worker.config.settings import Config
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.policy import Policy
    from kiro_worker.policy.decision import Answer
    from kiro_worker.policy.rule import Rule
    from kiro_worker.workspace.port import Snapshot, Workspaces

_HOST = re.compile(r"(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# Nobody can know an agent's name before the run: one of that name in the workspace would go before the worker's.
_SALT = secrets.token_bytes(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAgent:
    """The agent with the worker's limits; without a name there is none."""

    name: str = ""
    files: tuple[tuple[str, str], ...] = ()


def own_agent(profile: Profile, fence: Fence, folder: Path) -> OwnAgent:
    """The agent for the HOMEs in a folder, where the profile's program takes one.

    Raises:
        ArgumentRefused: the command line names another agent, whose limits nobody knows.
    """
    if not profile.settings_format:
        return OwnAgent()
    for word in profile.command:
        if word.partition("=")[0] == "--agent":
            raise ArgumentRefused(profile.name, word)
    digest = hashlib.sha256(_SALT + str(folder).encode()).hexdigest()
    name = f"kiro-worker-{digest[:12]}"
    return OwnAgent(name=name, files=tuple(settings_files(profile.settings_format, name, fence).items()))


def fence_for(config: Config, profile: Profile, servers: Iterable[McpServer], policy: "Policy") -> Fence:
    """What an agent may do by its own settings: what of the policy these can express, and never more.

    Where nobody answers, what a person would be asked about is denied. A permission for paths opens only what it
    spells as the rule does that closes it: Kiro knows no exception from a denial.
    """
    from kiro_worker.policy.decision import Answer
    from kiro_worker.policy.shipped import path_rules

    answered = profile.protocol is AgentProtocol.ACP
    commands, network = policy.rules.get("commands", ()), policy.rules.get("network", ())
    paths = (*(rule for rule in path_rules() if rule.name not in policy.without), *policy.rules.get("paths", ()))
    allowed, opened = _patterns(commands, Answer.ALLOW), _patterns(paths, Answer.ALLOW)
    denied = (*(one for one in DENIED_COMMANDS if one not in allowed), *_patterns(commands, Answer.DENY))
    by_approval = (pattern for approval in policy.approvals for pattern in approval.files)
    return Fence(
        answered=answered,
        trusted_commands=(*TRUSTED_COMMANDS, *allowed, *_test_command(config)),
        denied_commands=denied if answered else (*denied, *_patterns(commands, Answer.ASK)),
        asked_paths=tuple(one for one in (*_patterns(paths, Answer.ASK), *by_approval) if one not in opened),
        hidden_paths=(".git/**", *_patterns(paths, Answer.DENY)),
        hosts=tuple(host for host in _patterns(network, Answer.ALLOW) if _HOST.fullmatch(host)),
        servers=tuple(servers),
    )


def allowed_servers(policy: "Policy") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns of MCP servers and tools that are allowed, and those that are not, or not without a person."""
    from kiro_worker.policy.decision import Answer

    rules = policy.rules.get("mcp", ())
    return _patterns(rules, Answer.ALLOW), (*_patterns(rules, Answer.ASK), *_patterns(rules, Answer.DENY))


def _patterns(rules: "Iterable[Rule]", answer: "Answer") -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule.pattern for rule in rules if rule.answer is answer))


def _test_command(config: Config) -> tuple[str, ...]:
    """The project's own tests, where they are one command: words, and nothing that only a shell understands."""
    wanted = config.gates.test_command
    if not isinstance(wanted, str):
        return (shlex.join(wanted),) if wanted else ()
    try:
        words = shlex.split(wanted)
    except ValueError:
        return ()
    return (wanted,) if words and "\n" not in wanted and shlex.join(words) == wanted.strip() else ()


async def servers_at(
    machine: Machine, workspaces: "Workspaces", snapshot: "Snapshot", policy: "Policy", profile: Profile
) -> Admission:
    """The MCP servers of the base branch and the operator's own, as far as the policy allows them.

    The branch that is worked on names none: whoever can push to it would have a program started.

    Raises:
        McpUnreadable: a file that names servers cannot be used.
    """
    content = None
    if snapshot.base is not None:
        content = (await workspaces.read(snapshot.base, (MCP_FILE,))).get(MCP_FILE)
    of_base = read_servers(content, MCP_FILE) if content is not None else ()
    file = machine.settings / "mcp.json"
    ours = read_servers(file.read_bytes(), str(file)) if file.is_file() else ()
    allowed, denied = allowed_servers(policy)
    return admitted(joined(of_base, ours), allowed, denied, judged=profile.protocol is AgentProtocol.ACP)


def given_servers(
    admission: Admission, profile: Profile, machine: Machine, config: Config
) -> tuple[tuple[McpServer, ...], tuple[str, ...]]:
    """The servers in the form in which the agent gets them, and a word of each that it does not get."""
    notes = list(admission.notes)
    if profile.protocol is AgentProtocol.ACP:
        return admission.servers, tuple(notes)  # their variables are filled in with the session's
    if not profile.settings_format:
        notes += [f"The MCP server {one.name} is not started: {profile.name} takes none." for one in admission.servers]
        return (), tuple(notes)
    known = known_to_servers(profile, machine.environment, config.agent.variables)
    return all_expanded(admission.servers, known, notes.append), tuple(notes)


def known_to_servers(profile: Profile, source: Mapping[str, str], more: Iterable[str]) -> dict[str, str]:
    """What of an environment a server may know: what the agent gets, but for the agent's own credential."""
    given = {**profile.environment_from(source), **{name: source[name] for name in more if name in source}}
    return {name: value for name, value in given.items() if name not in profile.credentials}

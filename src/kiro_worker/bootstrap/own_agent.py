"""The agent that the worker writes into Kiro's HOMEs, and the MCP servers that an agent gets."""

import hashlib
import secrets
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.files import settings_files
from kiro_worker.agent.mcp import MCP_FILE, Admission, McpServer, admitted, all_expanded, joined, read_servers
from kiro_worker.agent.profile import AgentProtocol, ArgumentRefused, Profile
from kiro_worker.bootstrap.machine import Machine
from kiro_worker.config.settings import Config
from kiro_worker.value import dataclass, replace

if TYPE_CHECKING:
    from kiro_worker.workspace.port import Snapshot, Workspaces

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


def fence_for(config: Config, profile: Profile, servers: Iterable[McpServer]) -> Fence:
    """What an agent may do by its own settings."""
    plain = Fence(answered=profile.protocol is AgentProtocol.ACP, servers=tuple(servers))
    return replace(plain, trusted_commands=(*plain.trusted_commands, *_test_command(config)))


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
    machine: Machine, workspaces: "Workspaces", snapshot: "Snapshot", allowed: Iterable[str], denied: Iterable[str]
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
    return admitted(joined(of_base, ours), allowed, denied)


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

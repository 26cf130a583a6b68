"""What is known of one coding agent, as data: how to start it, what to hand it, and its habits.

A profile is a TOML file in `profiles/`; a command that none describes gets the plain one, which assumes nothing.
"""

import shlex
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, Literal

from kiro_worker.error import Fault, WorkerError
from kiro_worker.value import dataclass, field, replace

# What any program needs of the environment it came from: where programs are, the language, the way out.
_PLAIN_VARIABLES = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "USER", "LOGNAME", "SHELL",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE",
)  # fmt: skip

# Names that agents use for a mode that asks before it writes or runs anything; none means "yes to all".
PLAIN_ASKING_MODES = ("ask", "default", "manual", "normal", "suggest", "build")

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class AgentProtocol(StrEnum):
    """How the worker and an agent talk."""

    ACP = "acp"  #: the Agent Client Protocol on standard input and output
    HEADLESS = "headless"  #: one process for each prompt, an answer on standard output
    PTY = "pty"  #: a terminal program, driven in a pseudo-terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How to look at an agent without spending anything.

    Attributes:
        version: arguments that make the program tell its version; empty when it has none.
        login: arguments that make it tell who is logged in; empty when only a paid prompt would show it.
        logged_out: words in that answer that mean nobody is.
        cure: what a person does about a missing program or login.
    """

    version: tuple[str, ...] = ()
    login: tuple[str, ...] = ()
    logged_out: tuple[str, ...] = ()
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Where an agent departs from its protocol.

    Attributes:
        calls_stay_open: it never says that a tool call is over, so one counts only until the agent talks again.
        usage_of_session: the tokens it reports are those of the session so far and not of one prompt.
        over_texts: messages after which the answer to the prompt never comes.
    """

    calls_stay_open: bool = False
    usage_of_session: bool = False
    over_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One coding agent.

    Attributes:
        command: the program and its arguments.
        aliases: other names, and other beginnings of a command line, that mean this agent.
        asking_modes: its modes that ask before acting, best first; the first that it offers is set.
        offers_files: whether reading and writing files is done for it, over the protocol.
        offers_terminals: whether commands are run for it, over the protocol.
        login_methods: ids of the protocol's login methods that need no person.
        credentials: variables that hold its own credential; commands that it has run for it do not get them.
        variables: further variables handed in, such as an endpoint or a model's name.
        home_files: files of its own HOME handed in, relative to it.
        tool_folders: folders of its own HOME that hold the tool's unpacked data; to be bound read-only.
        environment: fixed variables; those given for a turn win.
        settings_format: in which form it takes the limits of an agent from files below its HOME; empty is in none.
        refused_args: options that a person cannot add: they would undo trust, or change the engine or the output.
        settings: what only the adapter of its protocol reads.
    """

    name: str
    command: tuple[str, ...]
    protocol: AgentProtocol = AgentProtocol.ACP
    about: str = ""
    aliases: tuple[str, ...] = ()
    asking_modes: tuple[str, ...] = PLAIN_ASKING_MODES
    offers_files: bool = False
    offers_terminals: bool = False
    login_methods: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    home_files: tuple[str, ...] = ()
    tool_folders: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    settings_format: Literal["", "kiro-v2", "kiro-v3"] = ""
    refused_args: tuple[str, ...] = ()
    check: Check = field(default_factory=Check)
    quirks: Quirks = field(default_factory=Quirks)
    settings: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def environment_from(self, source: Mapping[str, str]) -> dict[str, str]:
        """What an agent is given of an environment: the allowlist, its credential, and nothing else.

        HOME is not in it: the caller gives the agent one of its own.
        """
        allowed = (*_PLAIN_VARIABLES, *self.variables, *self.credentials)
        return {**self.environment, **{name: source[name] for name in allowed if name in source}}

    def accept(self, args: tuple[str, ...]) -> tuple[str, ...]:
        """Arguments that a person adds, as they are.

        Raises:
            ArgumentRefused: for one that the profile refuses, in whatever way its value is written.
        """
        for arg in args:
            for refused in self.refused_args:
                short = len(refused) == 2 and arg.startswith(refused)  # `-a`, and `-afoo`
                if arg == refused or arg.startswith(f"{refused}=") or short:
                    raise ArgumentRefused(self.name, arg)
        return args


class ArgumentRefused(WorkerError):
    """An argument for the agent would undo what the worker relies on."""

    code = "agent.argument-refused"
    fault = Fault.CONFIG

    def __init__(self, agent: str, argument: str) -> None:
        self.agent, self.argument = agent, argument.split("=", maxsplit=1)[0]
        super().__init__(
            f"{self.argument} cannot be given to {agent}: the worker sets trust, engine and output itself.",
            next_step="Take it out of the agent's arguments (--agent-args, KIRO_AGENT_ARGS or agent.args).",
        )


class ProfileUnknown(WorkerError):
    """No shipped profile has this name."""

    code = "agent.profile-unknown"
    fault = Fault.CONFIG

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        super().__init__(
            f"There is no agent profile called {name!r}; there are {', '.join(known)}.",
            next_step='Choose one of them, or give the agent\'s command line, such as --agent "opencode acp".',
        )


class ProtocolUnknown(WorkerError):
    """An agent's shipped profiles speak other protocols than the one that is wanted."""

    code = "agent.protocol-unknown"
    fault = Fault.CONFIG

    def __init__(self, profile: Profile, protocol: AgentProtocol) -> None:
        self.profile, self.protocol = profile.name, protocol
        super().__init__(
            f"{profile.name} is spoken to as {profile.protocol}; nothing is known of it as {protocol}.",
            next_step=f'Leave --protocol out, or give a command line: --agent "PROGRAM …" --protocol {protocol}',
        )


class ProfileUnreadable(WorkerError):
    """A profile file or a command line does not say what it must."""

    code = "agent.profile-unreadable"
    fault = Fault.CONFIG

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        super().__init__(
            f"{source} does not describe an agent: {reason}.",
            next_step="Correct it; docs/how-to/add-an-agent.md lists what a profile holds.",
        )


def parse_profile(text: str, *, source: str) -> Profile:
    """Read a profile file.

    Args:
        text: the file's TOML.
        source: how to call it in a fault.

    Raises:
        ProfileUnreadable: for what is no TOML, an unknown key, or a wrong type; the reason says where.
    """
    import tomllib

    import msgspec  # not before there is something to read: a command that no profile describes gets the plain one

    try:
        table = tomllib.loads(text)
        _refuse_unknown(table, Profile)
        _refuse_unknown(table.get("check", {}), Check)
        _refuse_unknown(table.get("quirks", {}), Quirks)
        profile = msgspec.convert(table, Profile)
    except ValueError as error:  # what both readers raise
        raise ProfileUnreadable(source, str(error).rstrip(".")) from error
    if not profile.command:
        raise ProfileUnreadable(source, "`command` is empty")
    return profile


def _refuse_unknown(table: Any, shape: type) -> None:
    known = {known.name for known in fields(shape)}
    if isinstance(table, dict) and (unknown := sorted(set(table) - known)):
        raise ValueError(f"unknown key `{unknown[0]}`; {shape.__name__.lower()} keys are {', '.join(sorted(known))}")


@cache
def _shipped_texts() -> Mapping[str, str]:
    """The files that come with the product; each is called as its profile."""
    files = sorted(Path(__file__).with_name("profiles").glob("*.toml"))
    return {file.stem: file.read_text("utf-8") for file in files}


@cache
def _shipped(name: str) -> Profile:
    return parse_profile(_shipped_texts()[name], source=f"{name}.toml")


def shipped_profiles() -> tuple[Profile, ...]:
    """Every profile that comes with the product, by name."""
    return tuple(map(_shipped, _shipped_texts()))


def _mentioning(word: str) -> tuple[Profile, ...]:
    """The shipped profiles in whose file a word stands at all: to parse them all would take longer than a fetch."""
    return tuple(_shipped(name) for name, text in _shipped_texts().items() if word in text)


def profile_named(name: str) -> Profile:
    """The shipped profile of this name or alias.

    Raises:
        ProfileUnknown: when there is none; the fault lists those there are.
    """
    for profile in _mentioning(name):
        if name == profile.name or name in profile.aliases:
            return profile
    raise ProfileUnknown(name, tuple(_shipped_texts()))


# What a profile of the same agent for another protocol has after its name.
_ENDINGS = {AgentProtocol.HEADLESS: "-headless", AgentProtocol.PTY: "-tui"}


def profile_speaking(name: str, protocol: AgentProtocol) -> Profile:
    """The shipped profile of this name or alias, or of the same agent, that speaks a protocol.

    >>> profile_speaking("kiro", AgentProtocol.HEADLESS).name
    'kiro-headless'

    Raises:
        ProfileUnknown: when there is none of that name.
        ProtocolUnknown: when there is one, and none of that agent for the protocol.
    """
    profile = profile_named(name)
    if profile.protocol is protocol:
        return profile
    siblings = {f"{known}{_ENDINGS.get(protocol, '')}" for known in (name, profile.name)}
    for shipped in shipped_profiles():
        if shipped.protocol is protocol and shipped.name in siblings:
            return shipped
    raise ProtocolUnknown(profile, protocol)


def profile_for(command: str, protocol: AgentProtocol | str = AgentProtocol.ACP) -> Profile:
    """The profile of a command line, split as a shell would and never given to one.

    A command that begins like a shipped profile's keeps that profile's knowledge; any other gets the plain profile.

    Raises:
        ProfileUnreadable: for an empty command line, an open quote or an unknown protocol.

    >>> profile_for("./my-agent --serve").command
    ('./my-agent', '--serve')
    """
    try:
        argv, spoken = tuple(shlex.split(command)), AgentProtocol(protocol)
    except ValueError as error:
        raise ProfileUnreadable(f"The command line {command!r}", str(error)) from error
    if not argv:
        raise ProfileUnreadable("The command line", "it is empty")
    program = PurePath(argv[0]).name
    alike = (
        (len(known), shipped)
        for shipped in _mentioning(program)
        for known in (shipped.command, *(tuple(alias.split()) for alias in shipped.aliases))
        if shipped.protocol is spoken and (program, *argv[1 : len(known)]) == known
    )
    if nearest := max(alike, key=lambda found: found[0], default=None):
        return replace(nearest[1], command=argv)
    return Profile(name=program, command=argv, protocol=spoken)

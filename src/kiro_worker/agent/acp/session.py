"""The client's half of a conversation: greet, open a session, choose its mode and model, prompt."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from kiro_worker import __version__
from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.choices import Category, Choice, choices_in
from kiro_worker.agent.acp.connection import CallFailed
from kiro_worker.agent.acp.ending import TurnOver, check_version
from kiro_worker.agent.acp.logins import login_without_a_person
from kiro_worker.agent.acp.servers import passed
from kiro_worker.agent.failure import failure_in
from kiro_worker.agent.mcp import McpServer
from kiro_worker.agent.port import SessionId, TurnOutcome
from kiro_worker.agent.profile import PLAIN_ASKING_MODES, Profile
from kiro_worker.value import dataclass, field

_Part = TypeVar("_Part", bound=msgspec.Struct)


class Ask(Protocol):
    """Calls the agent and waits for its answer."""

    async def __call__(self, method: str, params: msgspec.Struct, shape: type[_Part]) -> _Part:
        """The answer.

        Raises:
            CallFailed: when it is an error.
            TurnOver: when the turn ends first.
        """
        ...


@dataclass(slots=True, kw_only=True)
class Session:
    """One session with one agent process.

    Args:
        ask: calls the agent.
        note: takes a line for the transcript.
        variables: the names in the agent's environment.
        own_agent: the agent that was named on the command line, of those that it offers as modes.
        servers: the MCP servers that it gets.
        told: what of the environment those may know.
    """

    ask: Ask
    note: Callable[[str], None]
    profile: Profile
    workspace: Path
    variables: Collection[str] = ()
    own_agent: str = ""
    servers: tuple[McpServer, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    id: SessionId | None = None
    name: str = ""
    version: str = ""
    mode: str = ""
    model: str = ""
    _abilities: dict[str, Any] = field(default_factory=dict)
    _logins: Any = None
    _passed: tuple[wire.McpProgram | wire.McpPlace, ...] = ()
    _guesses: bool = False
    _opened: wire.SessionOpened = field(default_factory=wire.SessionOpened)

    async def greet(self) -> None:
        """Agree on the protocol and learn who it is.

        Raises:
            TurnOver: when it speaks another version.
        """
        files = self.profile.offers_files
        hello = wire.Initialize(
            protocol_version=wire.PROTOCOL_VERSION,
            client_capabilities=wire.ClientCapabilities(
                wire.FileCapabilities(read_text_file=files, write_text_file=files), self.profile.offers_terminals
            ),
            client_info=wire.Implementation("kiro-worker", __version__),
        )
        answer = await self.ask(wire.INITIALIZE, hello, wire.Initialized)
        check_version(answer.protocol_version)
        told = _table(answer.agent_info)
        self.name, self.version = str(told.get("name") or ""), str(told.get("version") or "")
        self._abilities = _table(answer.agent_capabilities)
        self._logins = answer.auth_methods
        self._passed = passed(self.servers, self.told, self._abilities, self.note)

    @property
    def resumes(self) -> str | None:
        """The method that continues an old session, if it announces one; a promise that not all keep."""
        if "resume" in _table(self._abilities.get("sessionCapabilities")):
            return wire.RESUME_SESSION
        return wire.LOAD_SESSION if self._abilities.get("loadSession") is True else None

    async def resume(self, session: SessionId) -> bool:
        """Continue an old session; False when the agent does not have it."""
        method = self.resumes
        if method is None:
            self.note("the agent cannot continue a session; a new one is begun")
            return False
        again = wire.OpenSession(cwd=str(self.workspace), mcp_servers=self._passed, session_id=session)
        try:
            self._opened = await self.ask(method, again, wire.SessionOpened)
        except CallFailed as failed:
            self.note(f"session {session} could not be continued ({failed.message}); a new one is begun")
            return False
        found = self._opened.session_id
        self.id = SessionId(found) if isinstance(found, str) and found else session
        return True

    async def open(self) -> None:
        """Begin a new session; logs in first where that needs no person.

        Raises:
            CallFailed: when the agent refuses.
            TurnOver: when its answer names no session.
        """
        new = wire.OpenSession(cwd=str(self.workspace), mcp_servers=self._passed)
        try:
            self._opened = await self.ask(wire.NEW_SESSION, new, wire.SessionOpened)
        except CallFailed as failed:
            method = login_without_a_person(self._logins, self.profile.login_methods, self.variables)
            if failure_in(failed.message, failed.code) is not TurnOutcome.LOGGED_OUT or method is None:
                raise
            await self.ask(wire.AUTHENTICATE, wire.Authenticate(method), wire.Done)
            self._opened = await self.ask(wire.NEW_SESSION, new, wire.SessionOpened)
        found = self._opened.session_id
        if not isinstance(found, str) or not found:
            raise TurnOver(TurnOutcome.PROTOCOL, "The agent opened a session without an id.")
        self.id = SessionId(found)

    async def choose_mode(self, wanted: str) -> None:
        """Set the mode that asks before acting, or the one that a person wants.

        Raises:
            TurnOver: when a mode is offered and the agent does not confirm it, or a person's is not offered; when
                another agent answers than the one that was named.
        """
        if self.own_agent and not wanted:
            await self._choose_own_agent()
            return
        words = (wanted,) if wanted else self.profile.asking_modes
        # A person, and who wrote a profile of this very agent, know what its words mean.
        self._guesses = not wanted and words == PLAIN_ASKING_MODES
        self.mode = await self._choose("mode", words, demanded=bool(wanted))

    async def _choose_own_agent(self) -> None:
        """See that the agent with the worker's limits answers, where Kiro tells which one does."""
        offered = [name for way in choices_in(self._opened, "mode") for name in way.offered]
        if self.own_agent in offered:
            self.mode = await self._choose("mode", (self.own_agent,), demanded=True)
            return
        self.mode = await self._choose("mode", (), demanded=False)
        if offered and self.profile.settings_format == "kiro-v2":
            reason = f"The agent {self.own_agent} is not known, and {self.mode or 'another'} would answer in its place."
            raise TurnOver(TurnOutcome.CONFIG, f"{reason} Its limits are not in force, so nothing is asked of it.")

    async def choose_model(self, wanted: str) -> None:
        """Set the model that a person wants; otherwise the agent's own stays.

        Raises:
            TurnOver: when it is not offered or not confirmed.
        """
        self.model = await self._choose("model", (wanted,) if wanted else (), demanded=bool(wanted))

    def prompt(self, text: str) -> wire.Prompt:
        """The message that prompts this session."""
        assert self.id is not None
        # A lone surrogate, as in a file name that is no UTF-8, cannot be sent.
        return wire.Prompt(self.id, (wire.Text(text.encode("utf-8", "replace").decode()),))

    async def _choose(self, category: Category, wanted: tuple[str, ...], *, demanded: bool) -> str:
        ways = choices_in(self._opened, category)
        current = next((way.current for way in ways if way.current), "")
        if not wanted:
            return current
        refusals: list[str] = []
        for way in ways:
            picked = way.pick(wanted, but=way.answering if category == "mode" and self._guesses else frozenset())
            if picked is None:
                continue
            if picked == way.current:
                return picked
            try:
                if await self._set(category, way, picked):
                    return picked
                refusals.append("it kept another")
            except CallFailed as failed:
                refusals.append(failed.message)
        return self._unchosen(category, wanted, ways, refusals, demanded=demanded)

    def _unchosen(
        self,
        category: Category,
        wanted: tuple[str, ...],
        ways: tuple[Choice, ...],
        refusals: list[str],
        *,
        demanded: bool,
    ) -> str:
        offered = ", ".join(dict.fromkeys(number for way in ways for number in way.offered)) or "none"
        if refusals:
            reason = f"The agent did not take the {category} {wanted[0]!r}: {refusals[-1]}."
            raise TurnOver(TurnOutcome.CONFIG, reason)
        if demanded:
            reason = f"The agent has no {category} {wanted[0]!r}; it offers: {offered}."
            raise TurnOver(TurnOutcome.CONFIG, reason)
        current = next((way.current for way in ways if way.current), "")
        if ways:
            self.note(f"none of the agent's modes is known to ask before acting ({offered}); it stays in {current!r}")
        return current

    async def _set(self, category: Category, way: Choice, picked: str) -> bool:
        """Set it; whether the agent confirms."""
        assert self.id is not None
        if way.option is not None:
            wanted = wire.SetConfigOption(self.id, way.option, picked)
            answer = await self.ask(wire.SET_CONFIG_OPTION, wanted, wire.SessionOpened)
            now = [found.current for found in choices_in(answer, category) if found.option == way.option]
            return all(current == picked for current in now)
        if category == "mode":
            await self.ask(wire.SET_MODE, wire.SetMode(self.id, picked), wire.Done)
        else:
            await self.ask(wire.SET_MODEL, wire.SetModel(self.id, picked), wire.Done)
        return True


def _table(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}

"""What is done for the agent when it asks: permissions, files, terminals; everything judged before it is done.

Every request is answered, an unknown one with the protocol's own error: an unanswered request stops most agents for
ever.
"""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.connection import Refused, Reply
from kiro_worker.agent.acp.files import WorkspaceFiles
from kiro_worker.agent.acp.hearing import Hearing
from kiro_worker.agent.acp.terminals import Terminals, command_line
from kiro_worker.agent.mcp import McpServer
from kiro_worker.agent.port import Consult, Permission, Permit, ToolKind, ToolRequest
from kiro_worker.agent.profile import Profile

_UNREADABLE = Permission(
    allowed=False,
    rule="agent.unreadable-request",
    reason="the request names no command and no file that could be judged",
)
_DISABLED = Permission(
    allowed=False, rule="agent.disabled-tool", reason="the file that names the MCP server disables this tool"
)
_NO_SINGLE = Permission(
    allowed=False,
    rule="agent.no-single-approval",
    reason="the agent offers only to allow this for ever, which is never given",
)
_CANCELLED = wire.PermissionAnswer(wire.Outcome("cancelled"))


class Service:
    """Answers one agent during one turn.

    Attributes:
        cancelled: the turn is being stopped; nothing more is allowed.
    """

    def __init__(
        self,
        *,
        profile: Profile,
        permit: Permit,
        hearing: Hearing,
        files: WorkspaceFiles,
        terminals: Terminals,
        servers: Iterable[McpServer] = (),
        consult: Consult | None = None,
    ) -> None:
        self.cancelled = False
        self._consult, self._waiting = consult, 0
        self._disabled = {(server.name, tool) for server in servers for tool in server.disabled_tools}
        self._permit, self._hearing, self._files, self._terminals = permit, hearing, files, terminals
        self._done: dict[str, Callable[[msgspec.Raw], Reply]] = {wire.REQUEST_PERMISSION: self._permission}
        if profile.offers_files:
            self._done |= {wire.READ_FILE: self._read, wire.WRITE_FILE: self._write}
        if profile.offers_terminals:
            self._done |= {
                wire.CREATE_TERMINAL: self._create,
                wire.TERMINAL_OUTPUT: lambda params: terminals.output(_terminal(params)),
                wire.WAIT_FOR_EXIT: lambda params: terminals.wait_for_exit(_terminal(params)),
                wire.KILL_TERMINAL: lambda params: terminals.kill(_terminal(params)),
                wire.RELEASE_TERMINAL: lambda params: terminals.release(_terminal(params)),
            }

    def request(self, method: str, params: msgspec.Raw) -> Reply:
        """See `Peer.request`."""
        do = self._done.get(method)
        if do is None:
            self._hearing.note(f"{method} was asked for, which this worker does not do")
            if "auth" in method.lower():
                self._hearing.fault(f"authentication required: the agent asked this worker for {method}")
            raise Refused(wire.METHOD_NOT_FOUND, f"{method} is not offered")
        return do(params)

    def notice(self, method: str, params: msgspec.Raw) -> None:
        """See `Peer.notice`."""
        self._hearing.notice(method, params)

    def noise(self, line: bytes, reason: str) -> None:
        """See `Peer.noise`."""
        self._hearing.hear_noise(line, reason)

    @property
    def waiting(self) -> bool:
        """Whether a person is being asked."""
        return self._waiting > 0

    def _permission(self, params: msgspec.Raw) -> Reply:
        if self.cancelled:
            return _CANCELLED
        try:
            asked = wire.part(params, wire.PermissionAsked)
        except wire.UNREADABLE:
            asked = wire.PermissionAsked()
        request = self._hearing.calls.request(asked.tool_call)
        return self._judged(request, lambda permission: self._choice(asked, request, permission))

    def _choice(
        self, asked: wire.PermissionAsked, request: ToolRequest, permission: Permission
    ) -> wire.PermissionAnswer:
        if self.cancelled:
            return _CANCELLED
        option = _option(asked.options, ("allow_once",)) if permission.allowed else None
        if permission.allowed and option is None:
            permission = _NO_SINGLE
        if not permission.allowed:
            option = _option(asked.options, ("reject_once", "reject_always"))
            self._hearing.calls.reject(request.call)
        self._hearing.decided(request, permission)
        return _CANCELLED if option is None else wire.PermissionAnswer(wire.Outcome("selected", option))

    def _judged(self, request: ToolRequest, do: Callable[[Permission], Reply]) -> Reply:
        """Do what is to be done with the answer: at once, or when a person has given it."""
        permission = self._judge(request)
        if permission.asks and self._consult is not None:
            return self._after_consulting(self._consult(request, permission), do)
        return do(permission)

    async def _after_consulting(
        self, asking: Awaitable[Permission], do: Callable[[Permission], Reply]
    ) -> msgspec.Struct:
        self._waiting += 1
        try:
            permission = await asking
        finally:
            self._waiting -= 1
        done = do(permission)
        return done if isinstance(done, msgspec.Struct) else await done

    def _judge(self, request: ToolRequest) -> Permission:
        if (request.server, request.tool) in self._disabled:
            return _DISABLED
        return self._permit(request) if request.readable else _UNREADABLE

    def _demand(self, request: ToolRequest, do: Callable[[], Reply]) -> Reply:
        """Do it if it is allowed.

        Raises:
            Refused: it is not, or the turn is being stopped.
        """

        def decided(permission: Permission) -> Reply:
            if self.cancelled:
                raise Refused(wire.REFUSED, "the turn is being stopped")
            self._hearing.decided(request, permission)
            # Unlike a rejected permission request, this answer carries its reason: the agent goes on knowing it.
            self._hearing.ended_on_rejection = False
            if not permission.allowed:
                raise Refused(wire.REFUSED, f"not allowed: {permission.reason}")
            return do()

        if self.cancelled:
            raise Refused(wire.REFUSED, "the turn is being stopped")
        return self._judged(request, decided)

    def _read(self, params: msgspec.Raw) -> Reply:
        asked = wire.part(params, wire.ReadFile)

        def read() -> wire.FileText:
            return wire.FileText(self._files.read(asked.path, asked.line, asked.limit))

        return self._demand_file(wire.READ_FILE, ToolKind.READ, asked.path, read)

    def _write(self, params: msgspec.Raw) -> Reply:
        asked = wire.part(params, wire.WriteFile)

        def write() -> wire.Done:
            self._files.write(asked.path, asked.content)
            return wire.Done()

        return self._demand_file(wire.WRITE_FILE, ToolKind.EDIT, asked.path, write)

    def _demand_file(self, method: str, kind: ToolKind, path: str, do: Callable[[], Reply]) -> Reply:
        place = self._place(method, kind, path)
        # Through a link a file has two names; both are judged.
        paths = tuple(dict.fromkeys((path, str(place))))
        return self._demand(ToolRequest(call=method, kind=kind, title=f"{method} {path}", paths=paths), do)

    def _place(self, method: str, kind: ToolKind, path: str) -> Path:
        try:
            return self._files.place(path)
        except Refused as refusal:
            outside = Permission(allowed=False, rule="agent.outside-workspace", reason=refusal.message)
            request = ToolRequest(call=method, kind=kind, title=f"{method} {path}", paths=(path,))
            self._hearing.decided(request, outside)
            self._hearing.ended_on_rejection = False
            raise

    def _create(self, params: msgspec.Raw) -> Reply:
        asked = wire.part(params, wire.CreateTerminal)
        command = command_line(asked)
        cwd = self._place(wire.CREATE_TERMINAL, ToolKind.EXECUTE, asked.cwd or ".")
        if not _is_folder(cwd):
            raise Refused(wire.NOT_FOUND, f"{asked.cwd} is no folder")
        paths: tuple[str, ...] = (str(cwd),) if asked.cwd else ()
        request = ToolRequest(
            call=wire.CREATE_TERMINAL, kind=ToolKind.EXECUTE, title=command[:500], command=command, paths=paths
        )
        return self._demand(request, lambda: self._terminals.create(asked, cwd))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name longer than the system takes
        return False


def _terminal(params: msgspec.Raw) -> str:
    return wire.part(params, wire.TerminalNamed).terminal_id


def _option(options: Any, kinds: tuple[str, ...]) -> str | None:
    """The id of the first option of the first kind there is.

    By kind and never by label: every agent names its own. Kiro spells `optionId` as `id`, and its older versions say
    no kind, but have it for an id.
    """
    for kind in kinds:
        for option in options if isinstance(options, list) else ():
            if not isinstance(option, dict):
                continue
            number = option.get("optionId") or option.get("id")
            if isinstance(number, str) and option.get("kind", number) == kind:
                return number
    return None

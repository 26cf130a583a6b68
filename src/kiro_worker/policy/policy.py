"""What an agent may do: the rules of a repository over those that are shipped."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from kiro_worker.policy.approval import Approval, ChangeType
from kiro_worker.policy.decision import Answer, Decision, allow, ask, deny, strictest
from kiro_worker.policy.place import Ground, Resolve, below, judge_path
from kiro_worker.policy.request import READING, Kind, Request
from kiro_worker.policy.rule import CommandRules, NameRules, PathRules, Rule
from kiro_worker.policy.scope import Scope, is_named
from kiro_worker.policy.shipped import free_paths, path_rules

if TYPE_CHECKING:
    from kiro_worker.policy.change import ChangeContext, Changed, ChangeDecision

WriteScope = Literal["repository", "spec", "task"]

_NOTHING = Scope()


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Frozen: made once from the documents of the base branch, asked for every request and every change.

    Attributes:
        write_scope: which files may be written: any, those that the spec is about, or those that the task is about.
        rules: all that is written, by what it is about: commands, paths, network, tools, mcp; in no order.
        without: shipped rules that are switched off.
        network_default: what holds for a host that no rule is about.
        tools_default: what holds for a tool that no rule is about.
        approvals: when a person is asked about a change.
        change_types: the repository's own, by name; they replace shipped ones of the same name.
        sources: what it was made from: a path and the hash of its content.
    """

    write_scope: WriteScope = "repository"
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    network_default: Answer = Answer.ASK
    tools_default: Answer = Answer.ASK
    approvals: tuple[Approval, ...] = ()
    change_types: tuple[ChangeType, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()

    @cached_property
    def digest(self) -> str:
        """The hash of all that it was made from, and of the version of what is shipped."""
        from kiro_worker import __version__

        told = "\n".join((f"kiro-worker {__version__}", *(f"{path} {digest}" for path, digest in sorted(self.sources))))
        return hashlib.sha256(told.encode()).hexdigest()

    @cached_property
    def paths(self) -> PathRules:
        """Rules about files."""
        shipped = (rule for rule in path_rules() if rule.name not in self.without)
        asked = (
            Rule(Answer.ASK, "require_approval", pattern, approval.where, writes_only=True)
            for approval in self.approvals
            for pattern in approval.files
        )
        return PathRules((*self.rules.get("paths", ()), *asked), shipped, free_paths())

    @cached_property
    def commands(self) -> CommandRules:
        """Rules about commands."""
        return CommandRules(self.rules.get("commands", ()))

    @cached_property
    def network(self) -> NameRules:
        """Rules about hosts."""
        default = Decision(self.network_default, "network", "a machine on the network that no rule names")
        return NameRules(self.rules.get("network", ()), default)

    @cached_property
    def tools(self) -> NameRules:
        """Rules about tools that are neither commands nor files."""
        return NameRules(self.rules.get("tools", ()), Decision(self.tools_default, "tool", "a tool that no rule names"))

    @cached_property
    def mcp(self) -> NameRules:
        """Rules about MCP servers and their tools."""
        return NameRules(self.rules.get("mcp", ()), deny("mcp.not-allowed", "no rule allows this MCP server or tool"))

    def decide(
        self, request: Request, *, root: str, resolve: Resolve, scope: Scope = _NOTHING, scratch: str = ""
    ) -> Decision:
        """Judge one request.

        Args:
            request: what the agent wants.
            root: the workspace, all links resolved.
            resolve: follows links to where a path really leads.
            scope: what the task is about; only asked when `write_scope` is not the repository.
            scratch: the agent's own folder for what it needs for a moment, all links resolved; empty for none.
        """
        if not request.readable or any("\0" in path for path in request.paths):
            return deny("request.unreadable", "it does not say what it wants to do")
        ground = Ground(root, resolve, scratch)
        told: list[Decision] = []
        if request.command is not None:
            from kiro_worker.policy.command import judge_command

            told.append(judge_command(request.command, self, ground, _places(request)))
        if request.kind is Kind.MCP or request.server:
            told.append(self.judge_mcp(request.server, request.tool))
        if request.url or request.kind is Kind.FETCH:
            told.append(self._fetch(request))
        told.extend(self._file(path, request, ground, scope) for path in request.paths)
        return strictest(told) or self._bare(request)

    def judge_changes(self, changes: "tuple[Changed, ...]", context: "ChangeContext") -> "tuple[ChangeDecision, ...]":
        """Judge what was changed, whoever changed it: one decision for each path, and those about the whole."""
        from kiro_worker.policy.change import judge_changes

        return judge_changes(self, changes, context)

    def judge_mcp(self, server: str, tool: str = "") -> Decision:
        """Whether an MCP server, or one of its tools, may be used; a rule about a server is about all its tools."""
        return self.mcp.judge(f"{server}/{tool}", server) if tool else self.mcp.judge(server or "?")

    def host(self, host: str) -> Decision:
        """Whether a machine may be asked."""
        from kiro_worker.policy.program.remote import is_local

        found = self.network.judge(host)
        return allow("network.local", "this machine") if found.rule == "network" and is_local(host) else found

    def unknown_host(self) -> Decision:
        """What holds for a machine of which the name cannot be told."""
        told = "which machine it would ask cannot be told"
        return deny("network", told) if self.network_default is Answer.DENY else ask("network.unknown", told)

    def in_scope(self, path: str, scope: Scope) -> Decision | None:
        """What the write scope says against a path; None when nothing."""
        if self.write_scope == "repository":
            return None
        named = scope.spec if self.write_scope == "spec" else scope.task or scope.spec
        if is_named(path, named):
            return None
        return deny(
            "path.scope", f"{path} is not named by the {self.write_scope}, and write_scope is {self.write_scope}"
        )

    def _file(self, path: str, request: Request, ground: Ground, scope: Scope) -> Decision:
        # The folder that a command runs in, and what an agent tells of a command's files, is judged as read.
        writes = request.kind not in READING and request.command is None
        removes = request.kind in {Kind.DELETE, Kind.MOVE}
        told = judge_path(path, self.paths, ground, writes=writes, removes=removes)
        if not writes or told.answer is Answer.DENY or told.rule == "path.tick":
            return told
        import posixpath

        inside = below(posixpath.normpath(posixpath.join(ground.root, path)), ground.root)
        return (self.in_scope(inside, scope) if inside is not None else None) or told

    def _fetch(self, request: Request) -> Decision:
        from kiro_worker.policy.program.remote import host_of

        host = host_of(request.url) if request.url else None
        return self.host(host) if host else self.unknown_host()

    def _bare(self, request: Request) -> Decision:
        found = self.tools.judge(*filter(None, (request.tool, request.kind.value)))
        if found.rule == "tool" and request.kind in READING:
            return allow("tool.reads", "it changes nothing")
        return found


def _places(request: Request) -> tuple[str, ...]:
    """A command may run in any of the folders that come with it; files among them do no harm."""
    return ("", *request.paths) if len(request.paths) <= 4 else ("",)

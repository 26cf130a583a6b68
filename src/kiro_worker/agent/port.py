"""The coding agent, as the run sees it: one turn at a time, and never believed."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import NewType, Protocol, TypeVar

from kiro_worker.value import dataclass, field

SessionId = NewType("SessionId", str)

_Number = TypeVar("_Number", int, float)


class TurnOutcome(StrEnum):
    """How a turn ended. `ENDED` says that the agent stopped talking, and nothing about the work."""

    ENDED = "ended"
    REFUSED = "refused"  #: the model declined, or the protocol ended the turn with a refusal
    CUT_SHORT = "cut-short"  #: the model ran into its own limit of tokens or requests
    CANCELLED = "cancelled"  #: this worker asked it to stop
    SILENT = "silent"  #: nothing came for longer than allowed
    TIMED_OUT = "timed-out"  #: the turn took longer than allowed
    OVER_BUDGET = "over-budget"  #: it spent, or said, more than allowed
    NOT_STARTED = "not-started"  #: the program is missing or ended before it spoke
    LOGGED_OUT = "logged-out"  #: no valid login; a person must give one
    CONFIG = "config"  #: the agent does not accept how it was set up
    THROTTLED = "throttled"  #: overloaded or rate limited; trying later helps
    EXHAUSTED = "exhausted"  #: the account's allowance is used up; trying soon does not help
    CRASHED = "crashed"  #: it ended in the middle of a turn
    PROTOCOL = "protocol"  #: what it sent cannot be understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a turn cost, as the agent reports it; None is unknown and never zero."""

    credits: float | None = None
    cost_usd: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    def __add__(self, other: "Usage") -> "Usage":
        """The sum of two turns; unknown and known make known."""
        return Usage(
            credits=_sum(self.credits, other.credits),
            cost_usd=_sum(self.cost_usd, other.cost_usd),
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
        )


def _sum(one: _Number | None, other: _Number | None) -> _Number | None:
    if one is None:
        return other
    return one if other is None else one + other


class ToolKind(StrEnum):
    """What a tool call does; the words of the Agent Client Protocol."""

    READ = "read"
    EDIT = "edit"
    DELETE = "delete"
    MOVE = "move"
    SEARCH = "search"
    EXECUTE = "execute"
    THINK = "think"
    FETCH = "fetch"
    SWITCH_MODE = "switch_mode"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRequest:
    """Something an agent wants to do, put together from all that it said about it.

    Attributes:
        call: the agent's own id of the tool call.
        title: the agent's words; for people, and for policy only when nothing better is there.
        command: the command line, where one could be read.
        paths: files that it names, as it named them.
        server: the MCP server whose tool it is, where the agent says so.
        tool: that tool's name.
        readable: False when there was nothing that could be judged; such a request is rejected.
    """

    call: str
    kind: ToolKind = ToolKind.OTHER
    title: str = ""
    command: str | None = None
    paths: tuple[str, ...] = ()
    server: str = ""
    tool: str = ""
    readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The answer to one request, with the rule that decided and why.

    Attributes:
        asks: a person could allow it; where none is asked, it is rejected.
    """

    allowed: bool
    rule: str
    reason: str
    asks: bool = False


Permit = Callable[[ToolRequest], Permission]

#: Asks a person about one request that the policy leaves to them; the agent waits, and its silence does not count.
Consult = Callable[[ToolRequest, Permission], Awaitable[Permission]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStarted:
    """The agent is up; what it says of itself is recorded, not believed."""

    name: str
    version: str = ""
    mode: str = ""
    model: str = ""
    session: SessionId | None = None


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """A piece of the agent's answer; pieces join without a separator."""

    text: str


@dataclass(frozen=True, slots=True)
class AgentThought:
    """A piece of the agent's reasoning, where it shows any."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """A tool call began or changed; the same `call` comes again with a newer status."""

    call: str
    title: str
    kind: ToolKind = ToolKind.OTHER
    status: str = "pending"  #: pending, in_progress, completed or failed
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionDecided:
    """The agent asked, and was answered."""

    request: ToolRequest
    permission: Permission


@dataclass(frozen=True, slots=True)
class PlanShown:
    """The agent's own plan: pairs of text and status."""

    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UsageSeen:
    """What this turn has cost so far (not a difference)."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class AgentNoted:
    """Anything else worth a line in the transcript: standard error, retries, odd messages."""

    text: str


AgentEvent = (
    AgentStarted | AgentSaid | AgentThought | ToolCalled | PermissionDecided | PlanShown | UsageSeen | AgentNoted
)

Hear = Callable[[AgentEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLimits:
    """What one turn may use.

    Attributes:
        wall: from the prompt until the turn must be over.
        silence: the longest time without an event; a tool call in progress is not silence.
        start: from starting the program until it takes a prompt.
        output: bytes the agent may send in one turn.
    """

    wall: timedelta = timedelta(minutes=30)
    silence: timedelta = timedelta(minutes=5)
    start: timedelta = timedelta(seconds=60)
    output: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One prompt for one agent process.

    Attributes:
        environment: the process's whole environment, its own HOME included.
        resume: a session to continue where the agent can; otherwise a new one is begun.
        model: the model's id; empty is the one that the agent was set up with.
        consult: asks a person; None where nobody is there.
    """

    prompt: str
    workspace: Path
    environment: Mapping[str, str]
    permit: Permit
    limits: TurnLimits = field(default_factory=TurnLimits)
    resume: SessionId | None = None
    model: str = ""
    consult: Consult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnd:
    """How a turn ended, with everything that could be learnt from it.

    Attributes:
        said: the agent's answer, at most the last 64 KiB.
        detail: the agent's own words about a fault, for people.
        kept_going: prompts that were sent after the first (a refused request may need a continuation).
    """

    outcome: TurnOutcome
    said: str = ""
    detail: str = ""
    session: SessionId | None = None
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    kept_going: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCheck:
    """What could be learnt about an agent without spending anything.

    Attributes:
        outcome: None when it is ready; otherwise why not.
        cure: what to do about it, as a command where one exists.
    """

    name: str
    version: str = ""
    outcome: TurnOutcome | None = None
    detail: str = ""
    cure: str = ""


class Agent(Protocol):
    """A coding agent behind whatever protocol it speaks.

    A turn is one operating-system process (tree). When `turn` returns or is cancelled, no process of it is
    left, and no more events come. Nothing it reports is proof of work.
    """

    @property
    def name(self) -> str:
        """What people call it: a profile's name or the command."""
        ...

    async def check(self, environment: Mapping[str, str]) -> AgentCheck:
        """Whether it is there and logged in, without spending anything; never raises for an agent's fault."""
        ...

    async def turn(self, turn: Turn, hear: Hear) -> TurnEnd:
        """Have the agent do one prompt; faults of the agent are outcomes, not exceptions."""
        ...

"""What the fake `kiro-cli` does, as plain values."""

from collections.abc import Mapping
from typing import Literal

from kiro_worker.testing.fake_kiro_acp import Scene
from kiro_worker.testing.fake_kiro_agents import DEFAULT, KEYS
from kiro_worker.value import dataclass, field

#: What each version lists in `chat --help` besides the flags that all have.
FLAGS_2_0 = ("--wrap",)
FLAGS_2_10 = (*FLAGS_2_0, "--agent-engine", "--require-mcp-startup", "--resume-id")
FLAGS_2_29 = (*FLAGS_2_10, "--v2", "--v3", "--output-format", "--effort")

Login = Literal["account", "key", "rejected-key", "out", "slow"]
Deed = Literal[
    "works", "lonely", "interrupted", "limit", "run-error", "cut-off", "hangs", "crashes", "floods", "daemon",
    "compacts", "empty-subagent",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the fake does.

    Attributes:
        login: who is logged in. With "out" it asks somebody to log in and waits, as the real one does.
        deed: what it does with a prompt.
        say: the answer; also the text of a limit or an error.
        scene: what it does over the Agent Client Protocol.
        files: what it writes into the folder it works in, when its tools are trusted.
        commands: what it runs there, when its tools are trusted.
        credits: what the turn costs.
        cost_shown: where a transcript tells it: on standard error, in the transcript, only the time, or not at all.
        agents: the names of agents that it knows without a file.
        keys: the keys of an agent file that this version knows; with another it drops the whole file.
        tells_missing_agent: whether a version that lets the default agent answer says so.
        sessions: ids of sessions that it can continue.
        locked_sessions: those that a process that is dead still holds.
        hanging_sessions: those that it never finishes to load.
        asks_approval: its tools are refused also when all are trusted, as in version 2.0.0.
        status: its exit status where the deed does not say one.
    """

    version: str = "2.29.0"
    flags: tuple[str, ...] = FLAGS_2_29
    login: Login = "account"
    deed: Deed = "works"
    say: str = "Red\nBlue\nYellow"
    scene: Scene = "works"
    files: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    credits: float = 0.24
    cost_shown: Literal["stderr", "stdout", "time", "no"] = "stderr"
    agents: tuple[str, ...] = (DEFAULT,)
    keys: tuple[str, ...] = KEYS
    tells_missing_agent: bool = True
    sessions: tuple[str, ...] = ()
    locked_sessions: tuple[str, ...] = ()
    hanging_sessions: tuple[str, ...] = ()
    mcp_starts: bool = True
    asks_approval: bool = False
    status: int = 0

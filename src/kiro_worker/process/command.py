"""A command is a value before it is a process."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom a process runs as, by number; it need not be in the user database."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """What the kernel holds a process and all its descendants to; put on before its program begins.

    Attributes:
        account: given to a process of root's, for good: without further groups, without any capability.
        limits: numbers of `resource.RLIMIT_*`, each with the most that is allowed, soft and hard.
        groups: `cgroup.procs` of the control groups to join.
    """

    account: Account | None = None
    limits: tuple[tuple[int, int], ...] = ()
    groups: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is to be started; nothing is inherited that is not named here.

    Attributes:
        argv: the program and its arguments; never a shell's text.
        environment: the child's whole environment.
        stdin: bytes for its standard input; None means an empty one.
        restraint: what it is held to.
        kept_in: whether `argv` begins a program that only keeps the real one in and ends with it. It is not asked to
            end, for then it would kill what it keeps before that could end in good order.
    """

    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes | None = None
    restraint: Restraint | None = None
    kept_in: bool = False

    def __str__(self) -> str:
        """The command as a person would type it."""
        import shlex

        return shlex.join(self.argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and bytes that a command may use; None means no limit.

    Attributes:
        wall: seconds from start to end.
        silence: seconds without a byte of output.
        kept_output: bytes kept of each of stdout and stderr: the first half and the last half.
    """

    wall: float | None = None
    silence: float | None = None
    kept_output: int = 4 * 1024 * 1024


class Ending(StrEnum):
    """Why a command is over."""

    EXITED = "exited"
    TIMED_OUT = "timed-out"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a command ended and what it said.

    Attributes:
        status: the exit status; negative is the signal that ended it.
        seconds: from start until its last descendant was gone.
        dropped: bytes of output that were not kept.
    """

    ending: Ending
    status: int
    stdout: bytes
    stderr: bytes
    seconds: float
    dropped: int = 0

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with status 0."""
        return self.ending is Ending.EXITED and self.status == 0

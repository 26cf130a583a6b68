"""How much of the machine a run's processes may take: what is asked for, as numbers that the kernel understands."""

import resource
from pathlib import Path

from kiro_worker.value import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ration:
    """What all processes of a run may take together, or each by itself where that is all that can be limited.

    Attributes:
        memory: bytes; 0 is no limit.
        processes: how many, threads counted.
        cpu_weight: their share when others want the processor too; 100 is everybody's.
        cpu_seconds: of processor time, for each process; 0 is no limit.
        open_files: for each process.
        file_size: bytes of a file that a process writes; 0 is no limit.
    """

    memory: int = 0
    processes: int = 0
    cpu_weight: int = 100
    cpu_seconds: int = 0
    open_files: int = 0
    file_size: int = 0

    def for_each(self, *, limited: frozenset[str], own_account: bool) -> tuple[tuple[int, int], ...]:
        """Limits of each process, for what no control group limits already.

        Args:
            limited: what a control group takes care of: `memory`, `processes`.
            own_account: whether no process of anybody else's has the account, which is what the kernel counts by.
        """
        wanted = [
            (resource.RLIMIT_CORE, 0, True),
            (resource.RLIMIT_CPU, self.cpu_seconds, bool(self.cpu_seconds)),
            (resource.RLIMIT_NOFILE, self.open_files, bool(self.open_files)),
            (resource.RLIMIT_FSIZE, self.file_size, bool(self.file_size)),
            # Not the address space: Node, Go and Java reserve far more of it than they use.
            (resource.RLIMIT_DATA, self.memory, bool(self.memory) and "memory" not in limited),
            (
                resource.RLIMIT_NPROC,
                self.processes,
                bool(self.processes) and "processes" not in limited and own_account,
            ),
        ]
        return tuple((number, most) for number, most, applies in wanted if applies)

    def unlimited(self, *, limited: frozenset[str], own_account: bool) -> tuple[str, ...]:
        """What cannot be held to it here, in words for a receipt."""
        told = []
        if self.memory and "memory" not in limited:
            told.append("memory is limited for each process only, not for all together")
        if self.processes and "processes" not in limited and not own_account:
            told.append("the number of processes is not limited")
        if self.cpu_weight != 100 and "cpu" not in limited:
            told.append("the processor is shared as the system likes")
        return tuple(told)


def machine_memory() -> int:
    """Bytes of memory that this machine, or the control group that the worker is in, has."""
    found = [
        _number(Path(name)) for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
    ]
    try:
        total = next(
            int(line.split()[1]) * 1024
            for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
            if line.startswith("MemTotal:")
        )
    except (OSError, StopIteration, ValueError):
        return 0
    return min([total, *(number for number in found if number)])


def _number(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0

"""Control groups, version 1 and 2, where the worker may make some: limits for all processes of a run together.

None is left behind: the worker removes its own, a small shell that outlives it does so when it is killed, and the
next worker of the machine looks for what a machine that lost power in between kept.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kiro_worker.isolation.ration import Ration
from kiro_worker.process import kernel
from kiro_worker.value import dataclass, field

_NAME = "kiro-worker"
_REMOVED_WITHIN = 5.0
# Ends everything in the groups and removes them, once the worker that has the other end of the pipe is gone.
GUARD = """
cat >/dev/null
round=0
while [ $round -lt 100 ]; do
    left=0
    for group do
        [ -d "$group" ] || continue
        [ -w "$group/cgroup.kill" ] && echo 1 >"$group/cgroup.kill"
        while read -r pid; do kill -9 "$pid"; done <"$group/cgroup.procs"
        rmdir "$group" || left=1
    done 2>/dev/null
    [ $left = 0 ] && exit 0
    round=$((round + 1))
    sleep 0.05
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """One tree of control groups, and where in it this process is.

    Attributes:
        version: 1 or 2.
        controllers: of version 1; those of version 2 are told by each group.
        own: this process's group.
        top: where the tree is mounted.
    """

    version: int
    controllers: frozenset[str]
    own: Path
    top: Path


@dataclass(slots=True)
class ControlGroups:
    """The groups of one run, one in each hierarchy that limits something.

    Attributes:
        paths: the groups.
        limited: `memory`, `processes`, `cpu`: what they limit.
    """

    paths: list[Path] = field(default_factory=list)
    limited: set[str] = field(default_factory=set)

    @property
    def joined_by(self) -> tuple[Path, ...]:
        """The files through which a process joins."""
        return tuple(path / "cgroup.procs" for path in self.paths)

    def remove(self) -> None:
        """End what is still in them, and remove them."""
        until = time.monotonic() + _REMOVED_WITHIN
        while self.paths and time.monotonic() < until:
            self.paths = [path for path in self.paths if not _is_removed(path)]
            if self.paths:
                time.sleep(0.01)


def make_groups(ration: Ration, *, hierarchies: Iterable[Hierarchy] | None = None) -> ControlGroups:
    """Make groups with a ration's limits below this process's own, as far as the system lets it."""
    made = ControlGroups()
    name = f"{_NAME}-{os.getpid()}-{kernel.birth(os.getpid()) or 0}-{os.urandom(4).hex()}"
    for hierarchy in own_hierarchies() if hierarchies is None else hierarchies:
        for above in _places(hierarchy):
            _sweep(above)
            limited = _make(above / name, hierarchy, ration)
            if limited:
                made.paths.append(above / name)
                made.limited |= limited
                break
    return made


def own_hierarchies(proc: Path = Path("/proc/self")) -> tuple[Hierarchy, ...]:
    """Every hierarchy, and this process's place in it; `cgroups(7)`."""
    mounted = list(_mounts(proc))
    found = []
    with contextlib.suppress(OSError):
        for line in (proc / "cgroup").read_text(encoding="utf-8").splitlines():
            number, names, path = line.split(":", 2)
            controllers = frozenset(names.split(",")) - {""}
            for version, options, root, top in mounted:
                if (number == "0" and version == 2) or (version == 1 and controllers and controllers <= options):
                    below = os.path.relpath(path, root) if path.startswith(root) else "."
                    own = top / below
                    found.append(Hierarchy(version=version, controllers=controllers, own=own, top=top))
                    break
    return tuple(found)


def _mounts(proc: Path) -> Iterator[tuple[int, frozenset[str], str, Path]]:
    with contextlib.suppress(OSError):
        for line in (proc / "mountinfo").read_text(encoding="utf-8").splitlines():
            before, _, after = line.partition(" - ")
            kind, _, options = after.partition(" ")
            fields = before.split()
            if kind in {"cgroup", "cgroup2"}:
                yield (
                    2 if kind == "cgroup2" else 1,
                    frozenset(options.split()[-1].split(",")),
                    fields[3],
                    Path(fields[4]),
                )


def _places(hierarchy: Hierarchy) -> Iterator[Path]:
    yield hierarchy.own
    # Version 2 lets no group that has processes have limited ones below it, so the new one may have to stand beside.
    if hierarchy.version == 2 and hierarchy.own != hierarchy.top:
        yield hierarchy.own.parent


def _make(group: Path, hierarchy: Hierarchy, ration: Ration) -> frozenset[str]:
    """Make one group; nothing is left of it when nothing can be limited in it."""
    if hierarchy.version == 2:
        _enable(group.parent)
    settings = _version_2(ration) if hierarchy.version == 2 else _version_1(ration, hierarchy.controllers)
    if not settings:
        return frozenset()
    try:
        group.mkdir()
    except OSError:
        return frozenset()
    limited = set()
    for word, values in settings.items():
        with contextlib.suppress(OSError):
            for file, value in values:
                (group / file).write_text(value, encoding="ascii")
            limited.add(word)
    if not limited or not os.access(group / "cgroup.procs", os.W_OK):
        with contextlib.suppress(OSError):
            group.rmdir()
        return frozenset()
    return frozenset(limited)


def _enable(group: Path) -> None:
    """Let groups below one be limited; the kernel refuses it where the group has processes of its own."""
    for name in ("memory", "pids", "cpu"):
        with contextlib.suppress(OSError):
            if name not in (group / "cgroup.subtree_control").read_text(encoding="ascii").split():
                (group / "cgroup.subtree_control").write_text(f"+{name}", encoding="ascii")


def _version_2(ration: Ration) -> Mapping[str, tuple[tuple[str, str], ...]]:
    wanted: dict[str, tuple[tuple[str, str], ...]] = {}
    if ration.memory:
        wanted["memory"] = (("memory.max", str(ration.memory)), ("memory.swap.max", "0"))
    if ration.processes:
        wanted["processes"] = (("pids.max", str(ration.processes)),)
    if ration.cpu_weight != 100:
        wanted["cpu"] = (("cpu.weight", str(ration.cpu_weight)),)
    return wanted


def _version_1(ration: Ration, controllers: frozenset[str]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    wanted: dict[str, tuple[tuple[str, str], ...]] = {}
    if ration.memory and "memory" in controllers:
        wanted["memory"] = (("memory.limit_in_bytes", str(ration.memory)),)
    if ration.processes and "pids" in controllers:
        wanted["processes"] = (("pids.max", str(ration.processes)),)
    if ration.cpu_weight != 100 and "cpu" in controllers:
        # 1024 is everybody's share there.
        wanted["cpu"] = (("cpu.shares", str(max(2, ration.cpu_weight * 1024 // 100))),)
    return wanted


def _sweep(above: Path) -> None:
    """Remove groups whose worker is gone."""
    with contextlib.suppress(OSError):
        for group in above.glob(f"{_NAME}-*-*-*"):
            _, _, pid, birth, _ = group.name.split("-")
            if birth != str(kernel.birth(int(pid)) or 0):
                _is_removed(group)


def _is_removed(group: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        for pid in (group / "cgroup.procs").read_text(encoding="ascii").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    try:
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True

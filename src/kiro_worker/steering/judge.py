"""How each steering file of a repository stands to its power, told by hashes alone: no content, no network."""

import hashlib
from collections.abc import Iterator, Mapping
from enum import StrEnum

from kiro_worker.power.lock import Lock, Locked
from kiro_worker.power.model import STEERING, is_steering
from kiro_worker.steering.reader import CONFLICT
from kiro_worker.steering.region import Parted, parted
from kiro_worker.value import dataclass, replace

FOLDER = ".kiro/steering/"


class State(StrEnum):
    """How a file stands to its power."""

    CURRENT = "current"  #: as the locked version has it, apart from local regions
    LOCAL = "local"  #: up to date, and changed here
    MISSING = "missing"
    OUTDATED = "outdated"  #: of an older version, and not changed here
    BOTH = "both"  #: changed here and in the power: to be merged
    FOREIGN = "foreign"  #: of that name, and not from the power
    CONFLICT = "conflict"  #: a person has to settle it; the file beside it says how
    BROKEN = "broken"  #: cannot be judged
    OBSOLETE = "obsolete"  #: the power has no such file any more


#: Nothing is to be done about these.
GOOD = frozenset({State.CURRENT, State.LOCAL, State.OBSOLETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One file.

    Attributes:
        name: its path below `.kiro/steering/`.
        power: the name of the power that it belongs to.
        wanted: hash of the power's file at the locked version; empty for an obsolete one.
        synced: hash of the power's file that it was last made from; empty for none.
        regions: how many local regions it has.
        reason: more about its state, where there is more.
    """

    name: str
    power: str
    state: State
    wanted: str = ""
    synced: str = ""
    regions: int = 0
    reason: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing is to be done about it."""
        return self.state in GOOD

    @property
    def path(self) -> str:
        """Its path in the repository."""
        return f"{FOLDER}{self.name}"

    @property
    def beside(self) -> str:
        """The path of the file that a conflict is told in."""
        return beside(self.name)


def beside(name: str) -> str:
    """Where a conflict of a steering file is told.

    >>> beside("git-workflow.md")
    '.kiro/steering/git-workflow.conflict.md'
    """
    return f"{FOLDER}{name.removesuffix('.md')}{CONFLICT}"


def wanted_files(power: Locked) -> Mapping[str, str]:
    """The steering files of a locked power: the path below `.kiro/steering/` to the hash."""
    return {path.removeprefix(STEERING): value for path, value in power.files.items() if is_steering(path)}


def paths_to_read(lock: Lock) -> tuple[str, ...]:
    """What of the repository has to be read to judge it."""
    names = {name for power in lock.powers for name in (*wanted_files(power), *_synced(power))}
    return tuple(path for name in sorted(names) for path in (f"{FOLDER}{name}", beside(name)))


def judge(
    lock: Lock,
    have: Mapping[str, bytes | None],
    *,
    blocked: Mapping[str, str] | None = None,
    required: Mapping[str, tuple[str, ...]] | None = None,
) -> Iterator[Judged]:
    """Judge every steering file of every locked power.

    Args:
        lock: what the repository has, and what it was last synchronized with.
        have: the repository's files by path, as `paths_to_read` asks for them.
        blocked: paths that are there and cannot be read as plain files, with why.
        required: of a power's name, the only steering files of it that are wanted; of others, all are.
    """
    owner: dict[str, str] = {}
    for power in lock.powers:
        synced = _synced(power)
        only = (required or {}).get(power.name, ())
        for name, value in sorted(wanted_files(power).items()):
            if only and name not in only:
                continue
            first = owner.setdefault(name, power.name)
            wrong = (blocked or {}).get(f"{FOLDER}{name}", "")
            if first != power.name:
                wrong = f"the power {first} brings a file of that name, too"
            elif name.endswith(CONFLICT):
                wrong = "its name is that of a conflict"
            one = Judged(
                name=name, power=power.name, state=State.BROKEN, wanted=value, synced=synced.get(name, ""), reason=wrong
            )
            yield one if wrong else _judged(one, have)
        for name in sorted(set(synced) - set(wanted_files(power))):
            if have.get(f"{FOLDER}{name}") is not None:
                reason = f"version {power.version} of the power has it no more"
                yield Judged(name=name, power=power.name, state=State.OBSOLETE, synced=synced[name], reason=reason)


def _synced(power: Locked) -> Mapping[str, str]:
    return power.synced.files if power.synced is not None else {}


def _judged(one: Judged, have: Mapping[str, bytes | None]) -> Judged:
    ours = have.get(one.path)
    if have.get(one.beside) is not None:
        return replace(one, state=State.CONFLICT, reason=f"settle it, then delete {one.beside}")
    if ours is None:
        return replace(one, state=State.MISSING, reason="it was removed here" if one.synced else "")
    own = opened(ours)
    if own.fault:
        return replace(one, reason=own.fault)
    hashes = own_hashes(own)
    return replace(one, state=_state(one, hashes), regions=len(own.regions))


def _state(one: Judged, hashes: frozenset[str]) -> State:
    if one.wanted in hashes:
        return State.CURRENT
    if not one.synced:
        return State.FOREIGN
    if one.synced in hashes:
        return State.OUTDATED
    return State.LOCAL if one.synced == one.wanted else State.BOTH


def opened(content: bytes) -> Parted:
    """A file of the repository, its local regions apart."""
    return parted(content.decode("utf-8", "surrogateescape"))


def own_hashes(own: Parted) -> frozenset[str]:
    r"""The hashes of a file without its regions: as it is, and with plain line ends: a checkout may write `\r\n`."""
    whole = "".join(own.rest).encode("utf-8", "surrogateescape")
    return frozenset(hashlib.sha256(text).hexdigest() for text in (whole, whole.replace(b"\r\n", b"\n")))

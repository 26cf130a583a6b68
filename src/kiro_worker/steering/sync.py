"""What a synchronization writes: the locked version's files, with what the repository made its own of them.

Nothing is overwritten silently. A file that was not changed here takes the new version; local regions stay in it; other
changes are merged; where both sides changed one place, the file stays and a conflict is told in a file beside it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from kiro_worker.power.lock import LOCK_PATH, Lock, Locked, LockUnreadable, Synced, read_lock, write_lock
from kiro_worker.steering.conflict import conflict_page
from kiro_worker.steering.judge import Judged, State, judge, opened, wanted_files
from kiro_worker.steering.merge import Lines, Merged, compared, merged
from kiro_worker.steering.port import Powers
from kiro_worker.steering.region import joined, unmarked
from kiro_worker.value import dataclass, field, replace


class Outcome(StrEnum):
    """What a synchronization makes of a file."""

    ADDED = "added"
    UPDATED = "updated"
    MERGED = "merged"  #: the new version, with what was changed here
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What becomes of one file that was not good.

    Attributes:
        file: as it was found.
        clashes: places for a person to settle.
    """

    file: Judged
    outcome: Outcome
    clashes: int = 0

    @property
    def path(self) -> str:
        """What is written."""
        return self.file.beside if self.outcome is Outcome.CONFLICT else self.file.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """What there is to do.

    Attributes:
        found: every file, as it stood.
        done: what becomes of those that were not good.
        writes: contents by path, the lock among them when it changes; nothing when all is up to date.
        lock: as it is afterwards.
    """

    found: tuple[Judged, ...]
    done: tuple[Written, ...] = ()
    writes: Mapping[str, bytes] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def waiting(self) -> tuple[Judged, ...]:
        """Files that a person has to settle before anything can be done about them."""
        return tuple(one for one in self.found if one.state in _LEFT)

    @property
    def is_settled(self) -> bool:
        """Whether no person has to settle anything, once this is written."""
        return not self.waiting and all(one.outcome is not Outcome.CONFLICT for one in self.done)


def lock_to_sync(wanted: bytes | None, own: bytes | None) -> tuple[Lock, str]:
    """The versions that one lock wants, with what another says was synchronized last; and a note where it is no help.

    Args:
        wanted: the base branch's lock, which decides: a branch cannot choose what an agent is told.
        own: the lock of the branch that is worked on.

    Raises:
        LockUnreadable: the wanted one cannot be read.
    """
    lock = read_lock(wanted)
    if own == wanted:
        return lock, ""
    try:
        before = read_lock(own)
    except LockUnreadable as error:
        return lock, f"The branch's own {LOCK_PATH} is not used: {error.reason}."
    synced = ((power, before.find(power.name)) for power in lock.powers)
    kept = (replace(power, synced=own.synced if own and own.synced else power.synced) for power, own in synced)
    return Lock(powers=tuple(kept)), ""


async def plan_sync(
    lock: Lock,
    have: Mapping[str, bytes | None],
    powers: Powers,
    *,
    blocked: Mapping[str, str] | None = None,
    required: Mapping[str, tuple[str, ...]] | None = None,
) -> Sync:
    """Plan a synchronization; the powers are only asked when something is not up to date.

    Args:
        lock: the versions that are wanted, with what was synchronized last.
        have: the repository's files as `paths_to_read` asks for them, and the lock.
        powers: where content comes from.
        blocked: see `judge`.
        required: see `judge`.
    """
    found = tuple(judge(lock, have, blocked=blocked, required=required))
    writes: dict[str, bytes] = {}
    done: list[Written] = []
    after = lock
    for power in lock.powers:
        own = tuple(one for one in found if one.power == power.name)
        work = tuple(one for one in own if not one.is_good and one.state not in _LEFT)
        content = await powers.steering(power) if work else {}
        for one in work:
            theirs = content[one.name]
            base = await powers.earlier(power, one.synced) if one.state is State.BOTH else None
            written, files = _settle(one, have.get(one.path), theirs, base, power)
            done.append(written)
            writes |= files
        after = after.having(replace(power, synced=_synced(power, own)))
    body = write_lock(after)
    if lock.powers and body != have.get(LOCK_PATH):
        writes[LOCK_PATH] = body
    return Sync(found=found, done=tuple(done), writes=writes, lock=after)


# A person has to settle these first.
_LEFT = frozenset({State.CONFLICT, State.BROKEN})


def _synced(power: Locked, own: Iterable[Judged]) -> Synced:
    """What the files are made from afterwards; of those that are left alone, what it was before."""
    before = power.synced.files if power.synced is not None else {}
    wanted = wanted_files(power)
    files = {name: value for name, value in before.items() if name in wanted}
    for one in own:
        value = one.synced if one.state in {*_LEFT, State.OBSOLETE} else one.wanted
        if value:
            files[one.name] = value
    if power.synced is not None and files == power.synced.files:
        # Another version with the same steering files is no reason for a commit.
        return power.synced
    return Synced(version=power.version, commit=power.commit, files=files)


def _settle(
    one: Judged, ours: bytes | None, theirs: bytes, base: bytes | None, power: Locked
) -> tuple[Written, Mapping[str, bytes]]:
    """Decide about one file. Marks of local regions that come with a power are none: only repositories make them."""
    wanted = unmarked(_text(theirs))
    if ours is None:
        return Written(file=one, outcome=Outcome.ADDED), {one.path: _bytes(wanted)}
    own = opened(ours)
    windows = "\r\n" in "".join(own.rest)
    plain = replace(own, rest=tuple(_unix(line) for line in own.rest))
    if one.state is State.OUTDATED:
        made = joined(plain, tuple(wanted.splitlines(keepends=True)))
        return Written(file=one, outcome=Outcome.UPDATED), {one.path: _bytes(made, windows=windows)}
    found = _merged(base, plain.rest, tuple(wanted.splitlines(keepends=True)))
    if not found.clashes:
        made = joined(plain, found.lines)
        return Written(file=one, outcome=Outcome.MERGED), {one.path: _bytes(made, windows=windows)}
    page = conflict_page(
        one.name.rpartition("/")[2],
        found,
        power=power.name,
        before=power.synced.version if power.synced is not None and one.synced else "",
        version=power.version,
    )
    return Written(file=one, outcome=Outcome.CONFLICT, clashes=len(found.clashes)), {one.beside: page}


def _merged(base: bytes | None, ours: Lines, theirs: Lines) -> Merged:
    if base is None:
        return compared(ours, theirs)
    return merged(tuple(unmarked(_text(base)).splitlines(keepends=True)), ours, theirs)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _bytes(text: str, *, windows: bool = False) -> bytes:
    plain = text.replace("\r\n", "\n")
    return (plain.replace("\n", "\r\n") if windows else plain).encode("utf-8", "surrogateescape")


def _unix(line: str) -> str:
    return f"{line[:-2]}\n" if line.endswith("\r\n") else line

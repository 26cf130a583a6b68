"""Which spec a branch is about: found by a fixed order of clues, and never guessed."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple


class Candidate(NamedTuple):
    """A spec of the repository and how much of it is left to do."""

    name: str
    open_required: int

    @property
    def is_open(self) -> bool:
        """Whether a required leaf is open."""
        return self.open_required > 0


class Clue(StrEnum):
    """What a spec can be chosen by, the strongest first."""

    FLAG = "flag"
    TRAILER = "trailer"
    MAPPING = "mapping"
    BRANCH = "branch"
    CHANGED = "changed"
    ONLY_OPEN = "only-open"


class Chosen(NamedTuple):
    """The one spec that the clues lead to."""

    name: str
    by: Clue


class Ambiguous(NamedTuple):
    """Several specs fit equally well; a person has to say which."""

    names: tuple[str, ...]
    by: Clue


class NotFound(NamedTuple):
    """No spec fits.

    Attributes:
        asked: a name that was given, but is not there; empty when no clue led anywhere.
        by: where that name came from.
        done: specs that are there, but have nothing left to do.
    """

    asked: str = ""
    by: Clue | None = None
    done: tuple[str, ...] = ()


def choose_spec(
    candidates: Collection[Candidate],
    *,
    flag: str | None = None,
    trailer: str | None = None,
    mapping: Mapping[str, str] | None = None,
    branch: str = "",
    changed_since_base: Collection[str] = frozenset(),
) -> Chosen | Ambiguous | NotFound:
    """Choose the spec of a branch.

    Args:
        candidates: every spec there is.
        flag: a name that a person gave; it is taken or not found, never passed over.
        trailer: the spec of the newest commit since the base that names one; passed over if it is gone.
        mapping: branch name to spec name, from the settings; binding like the flag.
        branch: the branch's name, compared as a whole, then with `-` for `/`, then by its last segment.
        changed_since_base: names of the specs that differ from the base.

    >>> choose_spec([Candidate("user-auth", 3)], branch="feature/user-auth")
    Chosen(name='user-auth', by=<Clue.BRANCH: 'branch'>)
    """
    names = {candidate.name for candidate in candidates}
    for name, by in ((flag, Clue.FLAG), (trailer, Clue.TRAILER), ((mapping or {}).get(branch), Clue.MAPPING)):
        if name and name in names:
            return Chosen(name, by)
        if name and by is not Clue.TRAILER:
            return NotFound(asked=name, by=by)
    for name in _of_branch(branch):
        if name in names:
            return Chosen(name, Clue.BRANCH)
    open_ones = sorted(candidate.name for candidate in candidates if candidate.is_open)
    changed = [name for name in open_ones if name in changed_since_base]
    for found, by in ((changed, Clue.CHANGED), (open_ones, Clue.ONLY_OPEN)):
        if found:
            return Chosen(found[0], by) if len(found) == 1 else Ambiguous(tuple(found), by)
    return NotFound(done=tuple(sorted(names)))


def _of_branch(branch: str) -> Iterator[str]:
    if branch:
        yield branch
        yield branch.replace("/", "-")
        yield branch.rpartition("/")[2]

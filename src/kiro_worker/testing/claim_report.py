"""What a claim torture found, read from what its workers wrote down: pure.

All moments are of the one monotonic clock that the processes of a machine share.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from kiro_worker.value import dataclass, field


@dataclass(slots=True, kw_only=True)
class Claim:
    """One lease that somebody was given, and what became of it.

    Attributes:
        asked: when the store was asked for it.
        at: when its yes was there.
        until: when it ends unless it is renewed again.
        believed: moments at which its holder was sure to hold it.
        ended: whether its holder gave it back.
    """

    name: str
    key: str
    fence: int
    asked: float
    at: float
    until: float
    believed: list[float] = field(default_factory=list)
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of a torture.

    Attributes:
        claims: leases that were given.
        lost: of these, how many their holder was told to have lost.
        double_runs: pairs of holders that were sure of one key at the same time.
        pushes: what the remote took.
        pushes_after_loss: of these, from a holder that somebody else had replaced on the remote.
        fenced: pushes that the remote refused because of their fence.
        low_fences: leases that were asked for when another on their key had been given, and have no higher fence.
        reclaims: for each holder that did not give back, seconds from the end of its lease to the next holder's yes;
            below 0 where its death was seen earlier.
        round: the longest that the patrol took to ask for every key once.
        faults: times that a store could not be asked, by code.
    """

    claims: int
    lost: int
    double_runs: int
    pushes: int
    pushes_after_loss: int
    fenced: int
    low_fences: int
    reclaims: tuple[float, ...]
    round: float
    faults: Mapping[str, int]

    @property
    def slowest_reclaim(self) -> float:
        """The longest that a key waited for a new holder after its lease was over; 0 when none had to."""
        return max((0.0, *self.reclaims))


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.counted: dict[str, int] = defaultdict(int)
        self.faults: dict[str, int] = defaultdict(int)
        self.round = 0.0
        # Questions without an answer yet, and until when a lease may stand that was given and never heard of.
        self.open: dict[str, tuple[str, float]] = {}
        self.unheard: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def read(self, event: Mapping[str, Any]) -> None:
        name = event.get("claim", "")
        claim = self.claims.get(name)
        match event["event"]:
            case "asked":
                self.open[name] = event["key"], event["at"]
            case "refused":
                self.open.pop(name, None)
            case "taken":
                _, asked = self.open.pop(name)
                facts = {each: event[each] for each in ("key", "fence", "at", "until")}
                self.claims[name] = Claim(name=name, asked=asked, **facts)
            case "renewed" if claim is not None:
                claim.until = max(claim.until, event["until"])
            case "believed" if claim is not None:
                claim.believed.append(event["at"])
            case "ended" if claim is not None:
                claim.ended = True
            case "fault":
                self.faults[event["code"]] += 1
                self._unheard(lambda asked: asked == name, event["until"])
            case "killed":
                self._unheard(lambda asked: asked.rpartition(".")[0] == event["worker"], event["until"])
            case "round":
                self.round = max(self.round, event["seconds"])
            case kind:
                self.counted[kind] += 1

    def _unheard(self, asked_by: Callable[[str], bool], until: float) -> None:
        for name in [name for name in self.open if asked_by(name)]:
            key, at = self.open.pop(name)
            self.unheard[key].append((at, until))


def report(events: Iterable[Mapping[str, Any]]) -> Report:
    """Judge what was written down, in the order in which it was."""
    reading = _Reading()
    for event in events:
        reading.read(event)
    claims, counted, faults = reading.claims, reading.counted, reading.faults
    rows = _by_key(claims.values())
    return Report(
        claims=len(claims),
        lost=counted["lost"],
        double_runs=sum(_doubles(row) for row in rows),
        pushes=counted["pushed"] + counted["pushed-after-loss"],
        pushes_after_loss=counted["pushed-after-loss"],
        fenced=counted["fenced"],
        low_fences=sum(_low_fences(row) for row in rows),
        reclaims=tuple(seconds for row in rows for seconds in _reclaims(row, reading.unheard[row[0].key])),
        round=reading.round,
        faults=dict(faults),
    )


def _by_key(claims: Iterable[Claim]) -> list[list[Claim]]:
    rows: dict[str, list[Claim]] = defaultdict(list)
    # By fence: a yes may have been long on its way, to a process that was stopped meanwhile.
    for claim in sorted(claims, key=lambda claim: (claim.fence, claim.at)):
        rows[claim.key].append(claim)
    return list(rows.values())


def _low_fences(row: Sequence[Claim]) -> int:
    """Pairs of neighbours with one fence, or of which the later was given before the earlier was asked for."""
    return sum(earlier.fence == later.fence or later.at < earlier.asked for earlier, later in pairwise(row))


def _doubles(row: Sequence[Claim]) -> int:
    """Pairs of which the earlier was still sure of its lease after the later had been given one."""
    return sum(
        earlier.believed[-1] > later.at for at, earlier in enumerate(row) for later in row[at + 1 :] if earlier.believed
    )


def _reclaims(row: Sequence[Claim], unheard: Sequence[tuple[float, float]]) -> Iterator[float]:
    for earlier, later in pairwise(row):
        if not earlier.ended:
            # Between the two somebody may have had it who never heard of that.
            between = [until for at, until in unheard if at < later.at and earlier.until < until]
            yield later.at - max(earlier.until, *between) if between else later.at - earlier.until

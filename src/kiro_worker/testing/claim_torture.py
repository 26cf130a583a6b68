"""Claim torture: workers take leases and push under them while they are stopped, killed, and their clocks are set.

Half of the workers say that they are on other machines, so that only time can tell whether they live. One, the patrol,
is left alone: it asks for every key in turn, and so shows how soon a key whose holder is gone has a new one.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Self

from kiro_worker.clock import SystemClock
from kiro_worker.testing.claim_report import Report, report
from kiro_worker.testing.claim_worker import Notes, Task
from kiro_worker.value import dataclass, field

_KILLED = 0.15
_LONGEST_STOP = 2.5
_LOOK = 0.05
NOTES = "notes.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Torture:
    """How a store is tortured.

    Attributes:
        opening: Python source that binds `leases`, given `clock`, `timing` and the folder `home` of one worker.
        folder: for all that the torture writes.
        claims: it goes on until so many leases were given,
        seconds: or for so long.
        ttl, beat: the store's times, far shorter than real ones.
        poll: seconds between two rounds of the patrol.
        pause: seconds between two strokes, at most.
    """

    opening: str
    folder: Path
    claims: int
    seconds: float
    ttl: float
    beat: float
    workers: int = 4
    keys: int = 8
    poll: float = 0.1
    pause: float = 0.5
    work: float = 0.015
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordeal:
    """What was done, and what came of it.

    Attributes:
        stops, kills: strokes that workers got.
        seconds: how long it took.
        reclaimed: whether every key got a new holder after all workers had been killed at the end.
    """

    report: Report
    stops: int
    kills: int
    seconds: float
    reclaimed: bool


def torture(how: Torture) -> Ordeal:
    """Torture a store; all processes are gone at the end."""
    begun = time.monotonic()
    with _Pack(how) as pack:
        # Few claims are soon had: it is none before somebody was stopped and somebody killed.
        while (pack.count() < how.claims or not (pack.stops and pack.kills)) and time.monotonic() - begun < how.seconds:
            time.sleep(pack.chance.uniform(0, how.pause))
            pack.stroke()
        pack.kill_all()
        reclaimed = pack.await_patrol(how.ttl + 10.0)
    return Ordeal(
        report=report(_events(how.folder / NOTES)),
        stops=pack.stops,
        kills=pack.kills,
        seconds=time.monotonic() - begun,
        reclaimed=reclaimed,
    )


@dataclass(slots=True)
class _Member:
    name: str
    process: "subprocess.Popen[bytes]"
    stopped_until: float = 0.0


@dataclass(slots=True)
class _Place:
    """Where one worker after another works."""

    host: str
    member: "_Member | None" = None
    born: int = 0


@dataclass(slots=True)
class _Counted:
    """How far the notes were read."""

    offset: int = 0
    claims: int = 0
    of_patrol: dict[str, float] = field(default_factory=dict)


class _Pack:
    """The workers of a torture."""

    def __init__(self, how: Torture) -> None:
        self._how = how
        self.chance = random.Random(how.seed)  # noqa: S311  # no secret
        self.stops = self.kills = 0
        hosts = ("" if number % 2 else f"machine-{number}" for number in range(how.workers))
        self._places = [_Place(host) for host in hosts]
        self._patrol: subprocess.Popen[bytes] | None = None
        self._counted = _Counted()
        self._notes = Notes(how.folder / NOTES)

    def __enter__(self) -> Self:
        self._patrol = self._start("patrol", host="", patrol=self._how.poll)
        for number in range(len(self._places)):
            self._fill(number)
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_all()
        if self._patrol is not None:
            self._patrol.kill()
            self._patrol.wait()
        self._notes.close()

    def count(self) -> int:
        """Leases that were given so far."""
        with (self._how.folder / NOTES).open("rb") as notes:
            notes.seek(self._counted.offset)
            for line in notes:
                if not line.endswith(b"\n"):
                    break
                self._counted.offset += len(line)
                self._note(json.loads(line))
        return self._counted.claims

    def stroke(self) -> None:
        """Stop or kill one worker, and let those go on that were stopped for long enough."""
        now = time.monotonic()
        for place in self._places:
            if place.member is not None and 0 < place.member.stopped_until <= now:
                place.member.process.send_signal(signal.SIGCONT)
                place.member.stopped_until = 0.0
        number = self.chance.randrange(len(self._places))
        member = self._places[number].member
        if member is None or member.process.poll() is not None or self.chance.random() < _KILLED:
            self._kill(self._places[number])
            self._fill(number)
        elif not member.stopped_until:
            self.stops += 1
            member.process.send_signal(signal.SIGSTOP)
            # Mostly shorter than a lease's life, now and then longer.
            member.stopped_until = now + self._how.ttl * _LONGEST_STOP * self.chance.random() ** 4

    def kill_all(self) -> None:
        """Kill every worker but the patrol, those that are stopped too."""
        for place in self._places:
            self._kill(place)

    def _kill(self, place: _Place) -> None:
        if place.member is None:
            return
        self.kills += 1
        _end(place.member.process)
        self._notes.write("killed", worker=place.member.name, until=SystemClock().monotonic() + self._how.ttl)
        place.member = None

    def await_patrol(self, seconds: float) -> bool:
        """Wait until the patrol had each key once more."""
        begun = SystemClock().monotonic()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.count()
            if sum(at > begun for at in self._counted.of_patrol.values()) == self._how.keys:
                return True
            time.sleep(_LOOK)
        return False

    def _note(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "taken":
            self._counted.claims += 1
            if event["claim"].startswith("patrol."):
                self._counted.of_patrol[event["key"]] = event["at"]

    def _fill(self, number: int) -> None:
        place = self._places[number]
        place.born += 1
        name = f"w{number}-{place.born}"
        place.member = _Member(name, self._start(name, host=place.host))

    def _start(self, name: str, *, host: str, patrol: float = 0.0) -> "subprocess.Popen[bytes]":
        how = self._how
        task = Task(
            opening=how.opening, folder=str(how.folder), name=name, seed=self.chance.randrange(2**32), keys=how.keys,
            ttl=how.ttl, beat=how.beat, host=host, patrol=patrol, work=how.work,
        )  # fmt: skip
        words = json.dumps({each.name: getattr(task, each.name) for each in fields(Task)})
        argv = (sys.executable, "-m", "kiro_worker.testing.claim_worker", words)
        with (how.folder / "errors").open("ab") as errors:
            return subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True
            )


def _end(process: "subprocess.Popen[bytes]") -> None:
    # With whatever it started, such as git.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _events(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open("rb") as notes:
        yield from (json.loads(line) for line in notes if line.endswith(b"\n"))

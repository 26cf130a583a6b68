"""What every gate promises, as tests: subclass `GateContract`, and say how each situation is made.

A gate's tests turn each `Situation` into a gate and a subject; the suite judges it and looks at what came back, at the
tree, and at the process table.
"""

import asyncio
import os
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import pytest

from kiro_worker.gate.port import Color, Finding, Gate, GateResult, Subject

# What a report, a pull request and a prompt can take in.
MOST_OUTPUT = 512 * 1024
MOST_FINDINGS = 200
MOST_DETAIL = 8 * 1024


class Situation(StrEnum):
    """What the gate is to find."""

    GREEN = "green"  #: everything holds
    RED = "red"  #: one thing is wrong in the project
    BLIND = "blind"  #: what the gate needs to look is not there
    GARBAGE = "garbage"  #: what it looks at is there and makes no sense
    FLOOD = "flood"  #: what it runs says 20 MB, and finds 2,000 things wrong
    DAEMON = "daemon"  #: what it runs leaves a process in a session of its own; otherwise everything holds
    ENDLESS = "endless"  #: what it runs does not end within the limits


Setting = tuple[Gate, Subject]


class GateContract:
    """A gate answers for every subject; what it could not look at is never green."""

    @pytest.fixture
    def make(self) -> Callable[[Situation], Setting]:
        """Makes a gate and a subject for a situation; a gate that cannot be in one skips, saying why."""
        raise NotImplementedError

    async def test_a_gate_has_a_short_stable_name(self, make: Callable[[Situation], Setting]) -> None:
        gate, _ = make(Situation.GREEN)
        assert gate.name
        assert gate.name == gate.name.strip().lower()
        assert len(gate.name) <= 20

    async def test_what_holds_is_green_and_is_told_in_one_line(self, make: Callable[[Situation], Setting]) -> None:
        results = await _judge(*make(Situation.GREEN))
        assert {result.color for result in results} <= {Color.GREEN, Color.NOT_APPLICABLE}
        assert Color.GREEN in {result.color for result in results}

    async def test_what_does_not_hold_is_red_and_named(self, make: Callable[[Situation], Setting]) -> None:
        results = await _judge(*make(Situation.RED))
        red = [result for result in results if result.color is Color.RED]
        assert red
        assert all(result.findings for result in red)

    @pytest.mark.parametrize("situation", [Situation.BLIND, Situation.GARBAGE])
    async def test_what_it_cannot_look_at_is_an_error_with_a_cure_and_never_green(
        self, make: Callable[[Situation], Setting], situation: Situation
    ) -> None:
        results = await _judge(*make(situation))
        errors = [result for result in results if result.color is Color.ERROR]
        assert errors
        assert any(finding.cure for result in errors for finding in result.findings)

    async def test_the_same_subject_gets_the_same_answer_twice(self, make: Callable[[Situation], Setting]) -> None:
        for situation in (Situation.GREEN, Situation.RED):
            gate, subject = make(situation)
            first, second = await _judge(gate, subject), await _judge(gate, subject)
            assert [_gist(result) for result in first] == [_gist(result) for result in second]

    async def test_a_flood_is_kept_within_bounds(self, make: Callable[[Situation], Setting]) -> None:
        results = await _judge(*make(Situation.FLOOD))
        assert Color.RED in {result.color for result in results}

    async def test_nothing_is_left_running(self, make: Callable[[Situation], Setting]) -> None:
        results = await _judge(*make(Situation.DAEMON))
        assert Color.GREEN in {result.color for result in results}

    async def test_what_never_ends_is_ended_and_is_not_green(self, make: Callable[[Situation], Setting]) -> None:
        results = await _judge(*make(Situation.ENDLESS))
        assert Color.GREEN not in {result.color for result in results}

    async def test_a_cancelled_gate_leaves_nothing_running(self, make: Callable[[Situation], Setting]) -> None:
        gate, subject = make(Situation.ENDLESS)
        async with asyncio.TaskGroup() as group:
            judging = group.create_task(gate.judge(subject))
            await asyncio.sleep(0.1)
            judging.cancel()
        assert _running() == []

    async def test_files_of_the_project_are_left_as_they_are(self, make: Callable[[Situation], Setting]) -> None:
        gate, subject = make(Situation.GREEN)
        before = _sources(subject.tree)
        await _judge(gate, subject)
        assert before.items() <= _sources(subject.tree).items()

    async def test_the_worker_s_own_environment_is_not_handed_on(
        self, make: Callable[[Situation], Setting], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KIRO_WORKER_CONTRACT_SECRET", "do-not-hand-on-4711")
        for situation in (Situation.RED, Situation.GREEN):
            results = await _judge(*make(situation))
            assert not any("do-not-hand-on-4711" in repr(result) for result in results)


async def _judge(gate: Gate, subject: Subject) -> tuple[GateResult, ...]:
    """Judge, and look at what holds for every answer."""
    results = await gate.judge(subject)
    assert results
    assert len({result.gate for result in results}) == len(results)
    assert results[0].gate == gate.name
    for result in results:
        _is_well_formed(result)
    assert _running() == []
    return results


def _is_well_formed(result: GateResult) -> None:
    assert result.summary
    assert "\n" not in result.summary
    assert len(result.output) <= MOST_OUTPUT
    assert len(result.findings) <= MOST_FINDINGS
    assert result.seconds >= 0
    assert all(path.is_file() for path in result.reports.values())
    assert result.color in {Color.GREEN, Color.NOT_APPLICABLE} or result.findings
    for finding in result.findings:
        _is_well_told(finding)


def _is_well_told(finding: Finding) -> None:
    gate, _, rest = finding.code.partition(".")
    assert gate
    assert rest
    assert finding.title
    assert "\n" not in finding.title
    assert len(finding.detail) <= MOST_DETAIL
    assert not finding.path.startswith("/")
    assert finding.line >= 0


def _gist(result: GateResult) -> tuple[object, ...]:
    return result.gate, result.color, result.summary, [(finding.code, finding.title) for finding in result.findings]


def _running() -> list[int]:
    import psutil

    alive = psutil.Process(os.getpid()).children(recursive=True)
    return [process.pid for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def _sources(tree: Path) -> dict[str, str]:
    """Every file that a person wrote; what tools leave beside them is theirs to leave."""
    left = {"__pycache__", ".git", "node_modules", ".pytest_cache", "target"}
    files = (path for path in sorted(tree.rglob("*")) if path.is_file() and not left & set(path.parts))
    return {str(path.relative_to(tree)): sha256(path.read_bytes()).hexdigest() for path in files}

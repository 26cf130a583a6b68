"""A gate that says what it was told to say, for tests of what uses gates."""

import asyncio
from collections.abc import Iterable

from kiro_worker.gate.port import Color, Finding, GateResult, Subject, TestCounts


class FakeGate:
    """Gives prepared answers, one for each call; the last one again when they are used up.

    Attributes:
        subjects: what it was asked about, in order.
    """

    def __init__(self, *answers: Iterable[GateResult] | Color, name: str = "tests", seconds: float = 0.0) -> None:
        """Prepare the answers.

        Args:
            answers: for each call its results, or a color for one plain result.
            name: the gate's name.
            seconds: how long each answer takes.
        """
        self._name = name
        self._answers = [self._results(answer) for answer in answers] or [self._results(Color.GREEN)]
        self._seconds = seconds
        self.subjects: list[Subject] = []

    @property
    def name(self) -> str:
        """See `Gate.name`."""
        return self._name

    async def judge(self, subject: Subject) -> tuple[GateResult, ...]:
        """See `Gate.judge`."""
        self.subjects.append(subject)
        await asyncio.sleep(self._seconds)
        return self._answers[min(len(self.subjects), len(self._answers)) - 1]

    def _results(self, answer: Iterable[GateResult] | Color) -> tuple[GateResult, ...]:
        return (plain_result(answer, gate=self._name),) if isinstance(answer, Color) else tuple(answer)


def plain_result(color: Color, *, gate: str = "tests") -> GateResult:
    """A result as a gate would give it, with what its color requires."""
    match color:
        case Color.GREEN:
            return GateResult(gate=gate, color=color, summary="3 tests passed", tests=TestCounts(passed=3))
        case Color.RED:
            failed = Finding(code=f"{gate}.failed", title="test_price::test_discount", detail="assert 90 == 100")
            counts = TestCounts(passed=2, failed=1)
            return GateResult(gate=gate, color=color, summary="1 of 3 tests failed", findings=(failed,), tests=counts)
        case Color.ERROR:
            blind = Finding(code="gate.tool-missing", title="pytest was not found.", cure="Add it to the project.")
            return GateResult(gate=gate, color=color, summary=blind.title, findings=(blind,))
        case Color.NOT_APPLICABLE:
            return GateResult(gate=gate, color=color, summary="there is nothing to look at")

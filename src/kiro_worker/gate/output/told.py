"""What printed text tells of a test run."""

from collections.abc import Iterable

from kiro_worker.expression import expression
from kiro_worker.gate.fault import clip
from kiro_worker.gate.port import Outcome, TestCase, TestCounts
from kiro_worker.value import dataclass

# Terminal colours, cursor moves, window titles.
_ESCAPES = expression(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[@-Z\\-_])")
_LONGEST = 2000
_MOST_LINES = 100_000
_MOST_FAILURES = 500
_MESSAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Counts from closing lines, and the tests that are named as not green.

    Attributes:
        form: whose output it is.
        passed: the others, where the output names them too, and the skipped ones.
    """

    form: str
    counts: TestCounts
    failures: tuple[TestCase, ...] = ()
    passed: tuple[TestCase, ...] = ()

    @property
    def cases(self) -> tuple[TestCase, ...]:
        """Every test, where the output names them all."""
        failed = {case.id for case in self.failures}
        found = (*(case for case in self.passed if case.id not in failed), *self.failures)
        return found if self.passed or len(found) >= self.counts.total else ()

    @property
    def is_red(self) -> bool:
        """Whether the closing line itself tells of failures."""
        return self.counts.failed + self.counts.errors > 0


def lines_of(text: str) -> list[str]:
    """Lines without colours, each of bounded length; of very many, the last ones."""
    found = text.splitlines()[-_MOST_LINES:]
    return [_ESCAPES.sub("", line[:_LONGEST]).rstrip() for line in found]


def failure(
    name: str, message: str = "", *, suite: str = "", path: str = "", line: int | str = 0, error: bool = False
) -> TestCase:
    """A test that printed text names as not green."""
    return TestCase(
        name=name.strip()[:1000],
        suite=suite.strip()[:1000],
        outcome=Outcome.ERROR if error else Outcome.FAILED,
        path=path.strip().removeprefix("./")[:1000],
        line=int(line) if str(line).isdigit() and len(str(line)) < 8 else 0,
        message=clip(message.strip(), _MESSAGE),
    )


def named(found: Iterable[tuple[str, str, bool]]) -> tuple[TestCase, ...]:
    """Tests that did not fail, from suite, name and whether each was skipped; each once."""
    kept: dict[str, TestCase] = {}
    for suite, name, skipped in found:
        case = TestCase(name=name[:1000], suite=suite[:1000], outcome=Outcome.SKIPPED if skipped else Outcome.PASSED)
        if len(kept) < _MOST_LINES:
            kept[case.id] = case
    return tuple(kept.values())


def bounded(cases: Iterable[TestCase]) -> tuple[TestCase, ...]:
    """The first failures of each name; a loop that fails 100,000 times is not read by anybody."""
    kept: dict[str, TestCase] = {}
    for case in cases:
        if case.id not in kept and len(kept) < _MOST_FAILURES:
            kept[case.id] = case
    return tuple(kept.values())


def number(text: str | None) -> int:
    """A count from a closing line."""
    return int(text) if text and text.isdigit() and len(text) < 10 else 0

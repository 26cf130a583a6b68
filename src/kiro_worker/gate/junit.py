"""Test reports: JUnit XML in the dialects its writers speak, TRX, and the JSON of Jest and RSpec.

JUnit XML has no standard. Seen: pytest (xunit1 and xunit2), jest-junit, Vitest, Surefire, Gradle, gotestsum,
cargo-nextest, PHPUnit, RspecJunitFormatter, JunitXml.TestLogger, CTest, node:test, bats. What they agree on is
`testcase` with a name and, inside it, `failure`, `error` or `skipped`; the counts in the headers disagree (some count
errors as failures, some leave skipped ones out), so the tests themselves are counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kiro_worker.gate.fault import ReportUnreadable, clip
from kiro_worker.gate.port import RED, Outcome, TestCase, TestCounts
from kiro_worker.value import dataclass, field

# A suite of more tests is counted to its end; identities are kept for these.
_MOST_CASES = 200_000
_MOST_NAME = 1000
_MOST_MESSAGE = 4000
_MOST_OUTPUT = 2000
_MOST_PROPERTIES = 50
# Messages are long; the hundredth failure is not read.
_MOST_MESSAGES = 1000

_OUTCOMES = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "rerunFailure": None,  # Surefire: failed, was run again; the last run decides
    "flakyFailure": None,
    "flakyError": None,
    "rerunError": None,
}
# The worse of two says how a test ended that reports both, as pytest does for a failing test with a failing teardown.
_WEIGHT = {Outcome.PASSED: 0, Outcome.SKIPPED: 1, Outcome.FAILED: 2, Outcome.ERROR: 3}
_TRX = {
    "Passed": Outcome.PASSED,
    "NotExecuted": Outcome.SKIPPED,
    "Error": Outcome.ERROR,
    "Inconclusive": Outcome.SKIPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """What reports say of one run's tests."""

    __test__ = False

    cases: tuple[TestCase, ...] = ()
    counts: TestCounts = field(default_factory=TestCounts)


class NoTestReport(ReportUnreadable):
    """Well-formed, but of another kind."""

    code = "report.other-kind"


def read_tests(paths: Iterable[tuple[Path, str]]) -> TestReport:
    """Read test reports, each by its kind, as one.

    Args:
        paths: each report's place, and the path by which people are told of it.

    Raises:
        NoTestReport: when one is well-formed and no test report.
        ReportFault: when one cannot be read.
    """
    gathered = _Gathered()
    for path, told in paths:
        if path.suffix == ".json":
            from kiro_worker.gate.testjson import cases_of_json

            for case in cases_of_json(path, told=told):
                gathered.add(case)
        else:
            _read_xml(path, told, gathered)
    return TestReport(cases=tuple(gathered.cases), counts=gathered.counts())


class _Gathered:
    """Cases and counts, bounded."""

    def __init__(self) -> None:
        self.cases: list[TestCase] = []
        self._ended: Counter[Outcome] = Counter()

    def add(self, case: TestCase) -> None:
        self._ended[case.outcome] += 1
        if len(self.cases) < _MOST_CASES:
            self.cases.append(case)

    def keeps_messages(self) -> bool:
        return self._ended[Outcome.FAILED] + self._ended[Outcome.ERROR] < _MOST_MESSAGES

    def counts(self) -> TestCounts:
        return TestCounts(
            passed=self._ended[Outcome.PASSED],
            failed=self._ended[Outcome.FAILED],
            errors=self._ended[Outcome.ERROR],
            skipped=self._ended[Outcome.SKIPPED],
        )


def _read_xml(path: Path, told: str, gathered: _Gathered) -> None:
    from kiro_worker.gate.xml import listen

    reader = _Reader(gathered, told)
    listen(path, reader, told=told)


class _Reader:
    """Hears a JUnit or TRX document."""

    def __init__(self, gathered: _Gathered, told: str) -> None:
        self._gathered = gathered
        self._told = told
        self._open: list[str] = []
        self._suites: list[Mapping[str, str]] = []
        self._case: _Case | None = None

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._open and name not in {"testsuites", "testsuite", "TestRun"}:
            raise NoTestReport(path=self._told, why=f"its root is <{name[:50]}>, not <testsuites>")
        self._open.append(name)
        if name == "testsuite":
            self._suites.append(attributes)
        elif name == "testcase":
            self._case = _Case.junit(attributes, self._suites)
        elif name == "UnitTestResult":
            self._case = _Case.trx(attributes)
        elif self._case is not None:
            self._case.opened(name, attributes)

    def closed(self, name: str, text: str) -> None:
        self._open.pop()
        if name == "testsuite":
            self._suites.pop()
        elif name in {"testcase", "UnitTestResult"} and self._case is not None:
            self._gathered.add(self._case.closed_case(messages=self._gathered.keeps_messages()))
            self._case = None
        elif self._case is not None:
            self._case.closed(name, text)
        elif name in {"error", "failure"} and text and self._suites:
            # A suite that could not be loaded at all, as PHPUnit and some Surefire providers tell it.
            suite = self._suites[-1].get("name", "")[:_MOST_NAME]
            case = TestCase(
                name="(suite)", suite=suite, outcome=Outcome.ERROR, message=clip(text.strip(), _MOST_MESSAGE)
            )
            self._gathered.add(case)


@dataclass(slots=True)
class _Case:
    """One test while its element is open."""

    name: str
    suite: str
    path: str
    line: int
    seconds: float
    outcome: Outcome = Outcome.PASSED
    message: str = ""
    output: str = ""
    heard: str = ""
    properties: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def junit(cls, attributes: Mapping[str, str], suites: Sequence[Mapping[str, str]]) -> "_Case":
        """A `testcase`; where it is told is up to the dialect."""
        from kiro_worker.gate.xml import integer

        suite = suites[-1] if suites else {}
        named = attributes.get("classname") or attributes.get("class") or ""
        if named in {"", "test"}:
            # node:test names no class; there the suites around it tell it from another of the same name.
            named = " > ".join(name for outer in suites if (name := outer.get("name", ""))) or named
        line = integer(attributes.get("line") or attributes.get("lineno"))
        status = attributes.get("status", "").lower()
        result = attributes.get("result", "").lower()
        case = cls(
            name=attributes.get("name", "")[:_MOST_NAME],
            suite=named[:_MOST_NAME],
            path=(attributes.get("file") or suite.get("file") or suite.get("filepath") or "")[:_MOST_NAME],
            # pytest counts its lines from 0 here.
            line=line + 1 if suite.get("name") == "pytest" and "line" in attributes else line,
            seconds=_seconds(attributes.get("time") or attributes.get("duration")),
        )
        # CTest and GoogleTest tell it here, some without an element inside.
        if status in {"notrun", "disabled", "skipped", "ignored"} or result in {"skipped", "suppressed"}:
            case.outcome = Outcome.SKIPPED
        elif status in {"fail", "failed"}:
            case.outcome = Outcome.FAILED
        return case

    @classmethod
    def trx(cls, attributes: Mapping[str, str]) -> "_Case":
        """A `UnitTestResult` of Visual Studio's format; any outcome that is not known is a failure."""
        suite, _, name = attributes.get("testName", "").partition("(")[0].rpartition(".")
        full = attributes.get("testName", "")
        hours, minutes, seconds = [*attributes.get("duration", "").split(":"), "", "", ""][:3]
        return cls(
            name=(full[len(suite) + 1 :] if suite else full or name)[:_MOST_NAME],
            suite=suite[:_MOST_NAME],
            path="",
            line=0,
            seconds=_seconds(hours) * 3600 + _seconds(minutes) * 60 + _seconds(seconds),
            outcome=_TRX.get(attributes.get("outcome", ""), Outcome.FAILED),
        )

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        outcome = _OUTCOMES.get(name)
        if outcome is not None:
            if _WEIGHT[outcome] > _WEIGHT[self.outcome]:
                self.outcome = outcome
            self.heard = attributes.get("message", "")
        elif name == "property" and len(self.properties) < _MOST_PROPERTIES:
            self.properties.append((attributes.get("name", "")[:_MOST_NAME], attributes.get("value", "")[:_MOST_NAME]))

    def closed(self, name: str, text: str) -> None:
        if _OUTCOMES.get(name) is not None:
            self._add_message(self.heard, text)
        elif name in {"Message", "StackTrace"}:
            self._add_message("", text)
        elif name in {"system-out", "system-err", "StdOut", "StdErr"}:
            self.output = (self.output + text)[-_MOST_OUTPUT:]

    def closed_case(self, *, messages: bool) -> TestCase:
        red = self.outcome in RED
        return TestCase(
            name=self.name,
            suite=self.suite,
            outcome=self.outcome,
            path=self.path,
            line=self.line,
            seconds=self.seconds,
            message=self.message if messages or not red else "",
            properties=tuple(self.properties),
            output=self.output if red and messages else "",
        )

    def _add_message(self, said: str, text: str) -> None:
        text = text.strip()
        # Most writers begin the text with the message; then the message would only be said twice.
        whole = text if said.strip()[:200] in text else f"{said.strip()}\n{text}".strip()
        self.message = clip("\n".join(part for part in (self.message, whole) if part), _MOST_MESSAGE)


def _seconds(text: str | None) -> float:
    """Seconds; some writers group thousands with a comma.

    >>> _seconds("1,234.5"), _seconds("nan"), _seconds(None)
    (1234.5, 0.0, 0.0)
    """
    try:
        read = float((text or "0").replace(",", ""))
    except ValueError:
        return 0.0
    return read if 0 <= read < 1e9 else 0.0

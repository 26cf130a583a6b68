import inspect

import pytest

from kiro_worker.gate import fault, junit
from kiro_worker.gate.fault import GateFault, ReportFault, ReportStale, clip, one_line
from kiro_worker.gate.port import Coverage, TestCase

FACTS = {
    "looked_for": ["pytest"], "tool": "pytest", "wanted_for": "running", "looked_in": "PATH", "cure": "Install it.", "path": "a.xml",
    "command": "make", "reason": "not found", "ended": "ended with status 1", "output": "out", "names": ["A"], "kind": "test",
    "what": "lines", "why": "it is old", "examples": ["/a"], "pattern": "a",
}  # fmt: skip
CLASSES = {one for module in (fault, junit) for _, one in inspect.getmembers(module, inspect.isclass)}
FAULTS = sorted(
    (one for one in CLASSES if issubclass(one, GateFault) and one not in {GateFault, ReportFault}),
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("one", FAULTS, ids=lambda one: one.__name__)
def test_every_fault_says_what_happened_and_what_to_do(one):
    wanted = [name for name, it in inspect.signature(one).parameters.items() if it.default is inspect.Parameter.empty]
    made = one(**{name: FACTS[name] for name in wanted})
    assert made.message.endswith(".")
    assert made.next_step
    assert made.code.split(".")[0] in {"gate", "report"}
    assert made.finding().title == made.message
    assert made.finding().cure


def test_codes_are_the_faults_own():
    codes = [one.code for one in FAULTS]
    assert len(set(codes)) == len(codes)


def test_a_report_s_fault_is_told_in_the_name_of_its_gate():
    assert ReportStale(path="a", why="b").finding_of("coverage").code == "coverage.report-stale"


@pytest.mark.parametrize("limit", [20, 100, 1000])
def test_long_text_keeps_its_beginning_and_its_end(limit):
    text = "begin" + "x" * 5000 + "end"
    assert len(clip(text, limit)) == limit
    assert clip(text, limit).startswith("begin")
    assert clip(text, limit).endswith("end")


def test_a_title_is_one_line_of_bounded_length():
    assert one_line("a\n\tb") == "a b"
    assert len(one_line("x" * 900)) == 300


def test_a_test_without_a_suite_is_known_by_its_name():
    assert TestCase(name="works").id == "works"


def test_nothing_measured_is_no_percentage():
    nothing = Coverage(lines_covered=0, lines_total=0)
    assert (nothing.line_percent, nothing.branch_percent, nothing.combined_percent) == (0.0, None, 0.0)
    half = Coverage(lines_covered=1, lines_total=2, branches_covered=1, branches_total=2)
    assert (half.line_percent, half.branch_percent, half.combined_percent) == (50.0, 50.0, 50.0)

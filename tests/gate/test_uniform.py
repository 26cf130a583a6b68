"""Reports in the forms that build servers take: what was read can be read again, whatever stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.gate.coverage.model import Measured
from kiro_worker.gate.coverage.read import read_report
from kiro_worker.gate.junit import read_tests
from kiro_worker.gate.port import Outcome, TestCase
from kiro_worker.gate.uniform import cobertura_document, junit_document


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("reports") / "report.xml"


def again(place, document):
    place.write_bytes(document)
    return read_tests([(place, "report.xml")])


HOSTILE = "a <b> & \"c\" 'd' ]]> \x00\x1b[31m\ufffe\ud800 é 🎉\nnext"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_test_is_told_as_it_ended_with_why(place, outcome):
    message = "" if outcome is Outcome.PASSED else "expected 1\ngot 2"
    case = TestCase(name="adds", suite="shop.cart", outcome=outcome, seconds=0.25, message=message)
    report = again(place, junit_document([case], name="all"))
    (found,) = report.cases
    assert (found.id, found.outcome, found.seconds) == (case.id, outcome, 0.25)
    assert ("got 2" in found.message) == bool(message)


def test_what_xml_cannot_hold_breaks_no_document(place):
    case = TestCase(name=HOSTILE, suite=HOSTILE, outcome=Outcome.FAILED, message=HOSTILE, output=HOSTILE, path=HOSTILE)
    (found,) = again(place, junit_document([case], name=HOSTILE)).cases
    assert found.outcome is Outcome.FAILED
    assert '<b> & "c"' in found.name
    assert "\x00" not in found.message


@given(st.lists(st.tuples(st.text(min_size=1, max_size=20), st.sampled_from(list(Outcome))), max_size=5))
def test_every_test_is_counted_once(place, tests):
    cases = [TestCase(name=f"t{number} {name}", outcome=outcome) for number, (name, outcome) in enumerate(tests)]
    report = again(place, junit_document(cases, name="all"))
    assert [case.outcome for case in report.cases] == [outcome for _, outcome in tests]


def test_lines_and_branches_are_told_as_they_were_measured(place):
    measured = Measured(lines={1: 3, 2: 0, 7: 1}, branches={2: (1, 2)})
    place.write_bytes(cobertura_document({f"src/{HOSTILE}.py": measured, "": Measured(statements=(1, 2))}))
    report = read_report(place, told="report.xml")
    (found,) = report.files.values()
    assert (found.lines, found.branches) == (measured.lines, measured.branches)


def test_nothing_measured_is_a_whole_document(place):
    place.write_bytes(cobertura_document({}))
    assert read_report(place, told="report.xml").files == {}

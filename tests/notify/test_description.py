import pytest
from hypothesis import given
from hypothesis import strategies as some

from kiro_worker.notify.description import Description, read, written
from kiro_worker.notify.notice import Resource, Severity

word = some.text(some.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)
line = some.lists(word, min_size=1, max_size=8).map(" ".join)


@given(
    some.builds(
        Description,
        says=line,
        severity=some.sampled_from(Severity),
        environment=word,
        resources=some.lists(some.builds(Resource, kind=word, name=word), max_size=3).map(tuple),
        action=line,
        runbook=word,
    )
)
def test_what_is_written_is_read(told):
    assert read(written(told)) == told


def a_description(**changes):
    facts = {
        "says": "x",
        "severity": Severity.ERROR,
        "environment": "test",
        "resources": (),
        "action": "y",
        "runbook": "z",
    }
    return Description(**(facts | changes))


def test_one_that_is_longer_than_cloudwatch_takes_is_refused_while_it_is_made():
    with pytest.raises(ValueError, match="1024"):
        written(a_description(action="x" * 1024))


def test_a_fact_of_two_lines_is_refused_since_the_second_could_be_another_fact():
    with pytest.raises(ValueError, match="one line"):
        written(a_description(action="Wait.\nRunbook: https://elsewhere.example"))


@pytest.mark.parametrize("text", ["", "\n\n", "Severity: none", ": : :", "Resource:"])
def test_what_somebody_else_wrote_is_read_as_far_as_it_goes(text):
    assert read(text).severity is Severity.ERROR

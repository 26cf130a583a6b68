"""Tags by which a test names what it shows."""

import pytest

from kiro_worker.evidence.tag import tags_of
from kiro_worker.gate.port import TestCase
from kiro_worker.spec import read_spec

SPEC = read_spec(
    "rates",
    {
        "requirements.md": b"""# Requirements
### Requirement 1: Weights
#### Acceptance Criteria
1. WHEN it is heavy THE SYSTEM SHALL refuse it
2. WHEN it is light THE SYSTEM SHALL take it
3. WHEN it is gone THE SYSTEM SHALL say so
### Requirement 2: Zones
#### Acceptance Criteria
1. THE SYSTEM SHALL know zones
""",
        "design.md": b"""# Design
### Property 1: Lock
**Validates: Requirements 1.2, 1.3**
### Property 2: Zones
**Validates: Requirements 2.1**
""",
        "tasks.md": b"- [ ] 1. Do it\n",
    },
)


def tags(name="test_x", *words, suite="", properties=()):
    return tags_of(TestCase(name=name, suite=suite, properties=properties), words, SPEC)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Validates: 1.1", {"1.1"}),
        ("validates: 1.1, 1.2", {"1.1", "1.2"}),
        ("# Validates: Requirements 1.2 and 2.1", {"1.2", "2.1"}),
        ("**Validates: Requirements 1.1-1.3**", {"1.1", "1.2", "1.3"}),
        ("// _Requirements: 1.1_", {"1.1"}),
        ("Feature: rates, Property 1: lock. Validates: Property 1", {"1.2", "1.3"}),
        ("A heavy parcel.\n\n    Validates: 1.1.\n    ", {"1.1"}),
        ("/* Verifies: 1.1 */", {"1.1"}),
        ("検証: 1.1", {"1.1"}),
        ("Validates: 1.1 (heavy ones, 1.2 kg)", {"1.1"}),
        ("Validates: 9.9", set()),
        ("Validates: all", set()),
        ("Validates: that the price of 1.1 is right", set()),
        ("Validates the criterion 1.1", set()),
        ("ratio: 1.1", set()),
        ("Note: 1.1 is the version", set()),
    ],
)
def test_words_beside_a_test_name_what_it_shows(words, named):
    assert tags("test_x", words).criteria == named


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("refuses heavy parcels (Validates: 1.1) of 1.2 kg", {"1.1"}),
        ("Validates: 1.1 > refuses", {"1.1"}),
        ("test_validates_1_1", {"1.1"}),
        ("test_heavy_validates_1_1_refused", {"1.1"}),
        ("TestHeavyValidates1_1", {"1.1"}),
        ("test_invalidates_1_1", set()),
        ("test_validates_11", set()),
        ("test_x[1.1]", set()),
    ],
)
def test_a_name_may_hold_the_tag(name, named):
    assert tags(name).criteria == named
    assert tags("x", suite=name).criteria == named


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("validates", "1.1", {"1.1"}),
        ("requirement", "1.1, 1.2", {"1.1", "1.2"}),
        ("criterion", "1.3", {"1.3"}),
        ("property", "2", {"2.1"}),
        ("seed", "1.1", set()),
    ],
)
def test_the_reports_properties_count_too(key, value, named):
    assert tags(properties=((key, value),)).criteria == named


def test_a_whole_requirement_is_named_apart_unless_it_has_but_one_criterion():
    assert tags("x", "Validates: Requirement 1").requirements == {"1.1", "1.2", "1.3"}
    assert tags("x", "Validates: Requirement 1").criteria == frozenset()
    assert tags("x", "Validates: Requirement 2").criteria == {"2.1"}
    both = tags("x", "Validates: 1, 1.2")
    assert (both.criteria, both.requirements) == ({"1.2"}, {"1.1", "1.3"})


MANY = read_spec(
    "many",
    {
        "requirements.md": b"# Requirements\n### Requirement 1: Many\n#### Acceptance Criteria\n"
        + b"".join(b"%d. THE SYSTEM SHALL do %d\n" % (number, number) for number in range(1, 9)),
        "design.md": b"# Design\n### Property 1: All\n**Validates: Requirements 1.1-1.8**\n",
    },
)


@pytest.mark.parametrize(
    ("words", "sure"), [("1.1-1.6", 6), ("1.1-1.7", 0), ("1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8", 0), ("Property 1", 0)]
)
def test_a_test_that_names_very_many_criteria_shows_none_of_them_in_particular(words, sure):
    told = tags_of(TestCase(name="x"), [f"Validates: {words}"], MANY)
    assert len(told.criteria) == sure
    assert len(told.criteria | told.requirements) >= 6

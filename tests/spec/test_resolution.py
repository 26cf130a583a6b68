"""From references to criteria and properties."""

import pytest

from kiro_worker.spec import Resolved, Spec, read_spec, resolve

REQUIREMENTS = """\
### Requirement 1: A

1. one
2. two
3. three

### Requirement 2: B

1. four
2. five
"""
DESIGN = "### Property 1: P\n\n**Validates: Requirements 1.1, 9.1**\n\n### Property 2: Q\n\n### Property 3: R\n"


def spec(references: str, requirements: str = REQUIREMENTS, **more: bytes) -> Spec:
    files = {"tasks.md": f"- [ ] 1. T\n  - _Requirements: {references}_\n".encode(), "design.md": DESIGN.encode()}
    return read_spec("x", {**files, "requirements.md": requirements.encode(), **more})


def resolved(references: str, requirements: str = REQUIREMENTS) -> Resolved:
    found = spec(references, requirements)
    return resolve(found, found.tasks.tasks[0])


@pytest.mark.parametrize(
    ("references", "criteria"),
    [
        ("1.2", ["1.2"]),
        ("2.1, 1.1", ["1.1", "2.1"]),
        ("1.1, 1.1", ["1.1"]),
        ("2", ["2.1", "2.2"]),
        ("1.x", ["1.1", "1.2", "1.3"]),
        ("1.2-1.3", ["1.2", "1.3"]),
        ("1.2\u20132.1", ["1.2", "1.3", "2.1"]),
        ("1.1-3", ["1.1", "1.2", "1.3"]),
        ("1-2", ["1.1", "1.2", "1.3", "2.1", "2.2"]),
        ("Req 2, R1.1", ["1.1", "2.1", "2.2"]),
        ("\u8981\u4ef61.3", ["1.3"]),
        ("FR-1.1", ["1.1"]),
    ],
)
def test_criteria_are_found(references: str, criteria: list[str]):
    found = resolved(references)
    assert [each.id for each in found.criteria] == criteria
    assert found.dangling == ()


def test_criteria_come_in_the_order_of_the_document_and_not_of_their_ids():
    listed = "".join(f"{number}. it does\n" for number in (3, 1, 12, 2))
    criteria = resolved("1.1-1.12", f"### Requirement 1: A\n\n{listed}").criteria
    assert [each.id for each in criteria] == ["1.3", "1.1", "1.12", "1.2"]


@pytest.mark.parametrize("references", ["1.4", "3", "3.1", "1.1-1.9", "0.1-1.1", "2.1-1.1", "1.1.1", "4.x"])
def test_a_reference_to_nothing_dangles_and_is_told(references: str):
    assert [each.text for each in resolved(references).dangling] == [references]
    [told] = [each for each in spec(references).diagnostics if each.code == "reference.dangling"]
    assert (told.document, told.line) == ("tasks.md", 2)
    assert references in told.message


def test_a_range_with_a_missing_end_still_finds_what_is_there():
    assert [each.id for each in resolved("1.2-1.9").criteria] == ["1.2", "1.3"]


def test_words_and_all_are_kept_apart():
    found = resolved("All, good quality, N/A, 1.1")
    assert (found.all, found.free, [each.id for each in found.criteria]) == (True, ("good quality",), ["1.1"])


def test_properties_are_found():
    assert [each.number for each in resolved("Properties 1, 3").properties] == ["1", "3"]
    assert [each.number for each in resolved("Properties 2-3").properties] == ["2", "3"]
    assert [each.number for each in resolved("All properties").properties] == ["1", "2", "3"]
    assert [each.text for each in resolved("Property 9").dangling] == ["Property 9"]


@pytest.mark.parametrize("design", ["", "# Design\n\n## Overview\n\nShort.\n"])
@pytest.mark.parametrize("words", ["Property 1", "All properties"])
def test_where_the_design_states_no_property_none_can_be_missing(design: str, words: str):
    files = {
        "requirements.md": REQUIREMENTS.encode(), "tasks.md": f"- [ ] 1. A\n  - _Requirements: 1.1, {words}_\n".encode(),
        **({"design.md": design.encode()} if design else {}),
    }  # fmt: skip
    found = read_spec("x", files)
    assert resolve(found, found.tasks.tasks[0]).dangling == ()
    assert not [each for each in found.diagnostics if "dangling" in each.code]


def test_properties_that_are_not_there_are_told():
    codes = {each.code: each.line for each in spec("Property 9").diagnostics}
    assert codes["reference.property-dangling"] == 2
    assert "reference.property-dangling" in [each.code for each in spec("Properties 8-9").diagnostics]
    assert codes["design.reference-dangling"] == 3


def test_letters_tell_requirements_apart_only_where_there_are_such():
    labelled = "### FR-1: A\n\n- a\n\n### NFR-1: B\n\n- b\n"
    assert [each.id for each in resolved("NFR-1.1", labelled).criteria] == ["NFR-1.1"]
    assert [each.id for each in resolved("FR-1", labelled).criteria] == ["FR-1.1"]
    assert [each.id for each in resolved("1.1", labelled).criteria] == ["FR-1.1"]
    assert resolved("NFR-2.1", labelled).dangling


def test_a_number_alone_means_the_requirement_without_letters():
    text = "### US-1: Story\n\n- x\n\n### Requirement 1: A\n\n1. y\n"
    assert [each.text for each in resolved("1.1", text).criteria] == ["y"]
    assert [each.text for each in resolved("US-1.1", text).criteria] == ["x"]


def test_derived_requirements_are_found_by_their_word():
    derived = f"{REQUIREMENTS}\n### Derived Requirement 1: C\n\n1. six\n"
    assert [each.id for each in resolved("Derived 1.1, 1.1", derived).criteria] == ["1.1", "Derived 1.1"]


def test_a_section_may_be_what_a_criterion_is_elsewhere():
    plain = "### 1.1 A\n\n- a\n- b\n\n### 1.2 B\n\n- c\n"
    assert [each.id for each in resolved("1.1, 1.2.1", plain).criteria] == ["1.1.1", "1.1.2", "1.2.1"]


def test_of_doubled_requirements_the_first_is_meant():
    doubled = f"{REQUIREMENTS}\n### Requirement 1: Again\n\n1. seven\n"
    assert [each.text for each in resolved("1.1", doubled).criteria] == ["one"]


def test_where_nothing_is_stated_nothing_dangles():
    assert "reference.dangling" not in {each.code for each in spec("1.1", "Prose.").diagnostics}

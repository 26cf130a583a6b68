"""design.md: sections and properties."""

import pytest

from kiro_worker.spec import read_design

DESIGN = """\
preamble

# Design

## Overview

Text.

### Deeper

More.

## Correctness Properties

### Property 1: Round trip

*For any* x, reading SHALL give x.

**Validates: Requirements 1.1, 2.3**

### Property 2: Other

#### Proof

_Validates: Requirement 3_

## End
"""


def test_sections_are_read_with_their_text():
    data = DESIGN.encode()
    design = read_design(data)
    assert design.preamble == "preamble"
    assert [(each.level, each.title, each.line) for each in design.sections][:3] == [
        (1, "Design", 3),
        (2, "Overview", 5),
        (3, "Deeper", 9),
    ]
    assert all(data[each.offset :].startswith(b"#") for each in design.sections)
    assert design.excerpt(design.sections[1]) == "## Overview\n\nText.\n\n### Deeper\n\nMore.\n"


def test_properties_are_read_with_what_they_validate():
    design = read_design(DESIGN.encode())
    assert [(each.number, each.title, [one.first for one in each.validates]) for each in design.properties] == [
        ("1", "Round trip", ["1.1", "2.3"]),
        ("2", "Other", ["3"]),
    ]
    assert "*For any* x" in design.properties[0].text
    assert design.properties[0].validates[0].line == 19
    assert design.find_property("2") is design.properties[1]
    assert design.find_property("9") is None


@pytest.mark.parametrize(
    "heading",
    [
        "### Property 1: A",
        "### \u5c5e\u6027 1\uff1aA",
        "### \u30d7\u30ed\u30d1\u30c6\u30a3 1: A",
        "#### Propiedad 1: A",
        "## Property 1: A",
        "### \u0e04\u0e38\u0e13 1: A",
    ],
)
def test_a_property_is_known_in_any_language(heading: str):
    [found] = read_design(f"{heading}\n\nx\n\n**Validates: Requirements 1.2**\n".encode()).properties
    assert (found.number, found.title) == ("1", "A")


@pytest.mark.parametrize("heading", ["### Phase 1: A", "### Component 1: A", "### 1. A", "### Gap 1"])
def test_a_numbered_section_is_no_property(heading: str):
    assert read_design(f"{heading}\n\nx\n\n**Validates: Requirements 1.2**\n".encode()).properties == ()


@pytest.mark.parametrize("form", ["Property {}: {}", "**Property {}: {}**", "- **Property {}: {}**"])
def test_properties_may_be_lines_where_none_is_a_heading(form: str):
    text = "## Correctness Properties\n\n" + "\n\n_For any_ x\n\n**Validates: Requirements 2.1**\n\n".join(
        (form.format(1, "A"), form.format(2, "B"), "## End\n")
    )
    found = read_design(text.encode()).properties
    assert [(each.number, each.title, each.validates[0].first) for each in found] == [
        ("1", "A", "2.1"),
        ("2", "B", "2.1"),
    ]
    assert [each.line for each in found] == [3, 9]
    assert "_For any_ x" in found[0].text


def test_lines_about_properties_count_for_nothing_beside_headings():
    design = read_design(b"### Property 1: A\n\nx\n\n## Tests\n\n- **Property 1: A** with hypothesis\n")
    assert len(design.properties) == 1


def test_a_doubled_property_is_told():
    assert [(each.code, each.line) for each in read_design(b"### Property 1: A\n### Property 1: B\n").diagnostics] == [
        ("design.property-doubled", 2)
    ]


def test_a_design_without_headings_is_all_preamble():
    design = read_design(b"just text\n")
    assert (design.preamble, design.sections, design.properties) == ("just text", (), ())

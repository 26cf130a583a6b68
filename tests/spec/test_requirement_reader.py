"""requirements.md in the forms and languages that are seen."""

import pytest

from kiro_worker.spec import Criterion, Requirement, RequirementList, read_requirements

CANON = """\
# Requirements Document

## Introduction

Text with 1. numbers.

## Glossary

- **CLI**: The command-line interface
- **Lock (Door_Lock)**: What locks

## Requirements

### Requirement 1: Read input

**User Story:** As a user, I want to read,
so that I know.

#### Acceptance Criteria

1. WHEN a path is given, THE CLI SHALL read it
   and go on
   - with details
     - and more
2. IF it is missing, THEN THE CLI SHALL say so

### Requirement 2

**User Story:** As a user, I want more

#### Acceptance Criteria

1. THE CLI SHALL write

## Out of Scope

1. Nothing of this
"""


def read(text: str) -> RequirementList:
    return read_requirements(text.encode())


def shown(text: str) -> dict[str, list[str]]:
    return {each.id: [criterion.id for criterion in each.criteria] for each in read(text).requirements}


def codes(text: str) -> list[tuple[str, int]]:
    return [(each.code, each.line) for each in read(text).diagnostics]


def test_the_canonical_form_is_read_whole():
    found = read(CANON)
    first, second = found.requirements
    assert (first.id, first.label, first.title, first.line) == ("1", "Requirement", "Read input", 14)
    assert first.story == "As a user, I want to read, so that I know."
    assert (second.id, second.title, second.story) == ("2", "", "As a user, I want more")
    assert [criterion.id for criterion in found.criteria] == ["1.1", "1.2", "2.1"]
    one = found.criteria[0]
    assert one.text == "WHEN a path is given, THE CLI SHALL read it and go on"
    assert one.details == ("- with details", "  - and more")
    assert one.full_text.endswith("go on\n  - with details\n    - and more")
    assert CANON.encode()[one.offset :].startswith(b"1. WHEN")
    assert [(term.name, term.line) for term in found.glossary] == [("CLI", 9), ("Lock (Door_Lock)", 10)]
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("heading", "number", "title"),
    [
        ("### Requirement 7: Title", "7", "Title"),
        ("### Requirement 7", "7", ""),
        ("## Requirement 7: Title", "7", "Title"),
        ("#### Requirement 7 - Title", "7", "Title"),
        ("### \u2705 Requirement 7: Title", "7", "Title"),
        ("### **Requirement 7: Title**", "7", "Title"),
        ("### Req 7: Title", "7", "Title"),
        ("### Requirement 7. Title", "7", "Title"),
        ("### Requirement #7: Title", "7", "Title"),
        ("### Requirement 7.1: Title", "7.1", "Title"),
        ("### \u9700\u6c42 7\uff1a\u6807\u9898", "7", "\u6807\u9898"),
        ("### \u8981\u4ef67: \u984c", "7", "\u984c"),
        ("### \u8981\u4ef6 7", "7", ""),
        (
            "### \u0627\u0644\u0645\u062a\u0637\u0644\u0628 7: \u0639\u0646\u0648\u0627\u0646",
            "7",
            "\u0639\u0646\u0648\u0627\u0646",
        ),
        ("### Requisito 7: T\xedtulo", "7", "T\xedtulo"),
        ("### Gereksinim 7: Ba\u015fl\u0131k", "7", "Ba\u015fl\u0131k"),
        ("### \uc694\uad6c\uc0ac\ud56d 7: \uc81c\ubaa9", "7", "\uc81c\ubaa9"),
        (
            "### \u0422\u0440\u0435\u0431\u043e\u0432\u0430\u043d\u0438\u0435 7: \u0418\u043c\u044f",
            "7",
            "\u0418\u043c\u044f",
        ),
        ("### 7. Title", "7", "Title"),
        ("### 7.1 Title", "7.1", "Title"),
        ("#### 7.1 Title", "7.1", "Title"),
        ("## 7. Title", "7", "Title"),
        ("## User Story 7: Title", "7", "Title"),
        ("### Anforderung 7: Titel", "7", "Titel"),
        ("### Requirement 2001: Not a year", "2001", "Not a year"),
        ("### \u0e02\u0e49\u0e2d\u0e01\u0e33\u0e2b\u0e19\u0e14 7: x", "7", "x"),
    ],
)
def test_a_requirement_is_known_in_any_language(heading: str, number: str, title: str):
    [found] = read(f"{heading}\n\n1. WHEN a THEN b SHALL c\n").requirements
    assert (found.number, found.id, found.title) == (number, number, title)
    assert [criterion.id for criterion in found.criteria] == [f"{number}.1"]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("### FR-1: Title", "FR-1"),
        ("### NFR-2: T", "NFR-2"),
        ("### REQ-001: T", "REQ-001"),
        ("### DR1: T", "DR1"),
        ("### US-1", "US-1"),
        ("### REQ-NFR-001: T", "REQ-NFR-001"),
        ("### FR-1. T", "FR-1"),
        ("### [FR-1] T", "FR-1"),
    ],
)
def test_a_code_is_kept_as_it_is_written(heading: str, name: str):
    assert shown(f"{heading}\n\n- does it\n- does more\n") == {name: [f"{name}.1", f"{name}.2"]}


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "### 2025 outlook",
            "### Phase 1: Core",
            "### Property 1: Round trip",
            "### Task 1: Do",
            "### Step 2",
            "# Requirement 1",
        ),
        *(
            "##### Requirement 1",
            "### Requirement",
            "### Version 1.0",
            "### P0 - first",
            "### 2025. Year",
            "### \u5c5e\u6027 1",
        ),
    ],
)
def test_a_heading_with_a_number_is_not_always_a_requirement(heading: str):
    assert read(f"{heading}\n\n1. WHEN a THEN b SHALL c\n").requirements == ()


def test_numbered_sections_behind_the_requirements_are_a_design():
    assert shown("### Requirement 1: A\n\n1. x\n\n### 1. Storage\n\n1. y\n\n### 2. Cache\n\n- z\n") == {"1": ["1.1"]}


def test_an_overview_without_criteria_is_no_requirement():
    assert shown("## 1. Overview\n\nProse.\n\n### 1.1 Goals\n\n- fast\n\n## 2. End\n\nProse.\n") == {"1.1": ["1.1.1"]}


@pytest.mark.parametrize(
    "label",
    [
        *(
            "#### Acceptance Criteria",
            "### Acceptance Criteria",
            "##### Acceptance Criteria:",
            "**Acceptance Criteria:**",
        ),
        *(
            "**Acceptance Criteria**:",
            "Acceptance Criteria:",
            "#### \u9a8c\u6536\u6807\u51c6",
            "#### \u53d7\u3051\u5165\u308c\u57fa\u6e96",
            "#### Crit\xe9rios de Aceita\xe7\xe3o",
        ),
        *("#### \u0645\u0639\u0627\u064a\u064a\u0631 \u0627\u0644\u0642\u0628\u0648\u0644", "", "#### Something else"),
    ],
)
def test_criteria_are_found_below_any_label(label: str):
    assert shown(f"### Requirement 1\n\n{label}\n\n1. WHEN a THEN b SHALL c\n2. x\n") == {"1": ["1.1", "1.2"]}


def test_a_list_before_the_label_is_no_list_of_criteria():
    text = "### Requirement 1\n\n1. why\n2. how\n\n#### Acceptance Criteria\n\n1. x\n\n#### Notes\n\n1. y\n2. z\n"
    [found] = read(text).requirements
    assert [criterion.text for criterion in found.criteria] == ["x", "z"]
    assert [criterion.id for criterion in found.criteria] == ["1.1", "1.2"]


def test_counting_goes_on_across_labels():
    text = "### Requirement 1\n\n#### Acceptance Criteria\n\n1. a\n\n**Edge cases**\n\n2. b\n\n#### More\n\n##### Acceptance Criteria\n\n3. c\n"
    assert shown(text) == {"1": ["1.1", "1.2", "1.3"]}


@pytest.mark.parametrize(
    ("items", "ids"),
    [
        ("1. a\n2. b\n", ["1.1", "1.2"]),
        ("1) a\n2) b\n", ["1.1", "1.2"]),
        ("1. a\n1. b\n1. c\n", ["1.1", "1.2", "1.3"]),
        ("1.1. a\n1.2. b\n", ["1.1", "1.2"]),
        ("1.1 a\n1.2 b\n", ["1.1", "1.2"]),
        ("- 1.1 a\n- 1.2 b\n", ["1.1", "1.2"]),
        ("- **1.1** a\n- **1.2** b\n", ["1.1", "1.2"]),
        ("**AC 1.1**: a\n- Given x\n\n**AC 1.2**: b\n", ["1.1", "1.2"]),
        ("- a\n- b\n", ["1.1", "1.2"]),
        ("- [ ] a\n- [x] b\n", ["1.1", "1.2"]),
        ("* a\n+ b\n", ["1.1", "1.2"]),
        ("  1. a\n  2. b\n", ["1.1", "1.2"]),
        ("3. a\n7. b\n", ["1.3", "1.7"]),
        ("WHEN a THEN b SHALL c\n\nTHE d SHALL e:\n- f\n- g\n", ["1.1", "1.2"]),
    ],
)
def test_criteria_are_read_however_they_are_numbered(items: str, ids: list[str]):
    assert shown(f"### Requirement 1\n\n{items}") == {"1": ids}


def test_a_tab_is_deep_enough_to_be_below_a_criterion():
    items = b"1. WHEN a THE b SHALL:\n\t1. do c\n\t\t- and d\n2. IF e THEN f\n"
    first, second = read_requirements(b"### Requirement 1: Tabs\n\n" + items).criteria
    assert (first.id, first.details) == ("1.1", ("1. do c", "    - and d"))
    assert (second.id, second.details) == ("1.2", ())


def test_a_sentence_keeps_the_list_it_announces():
    [found] = read("### REQ-002: Out\n\nWHEN done, the system SHALL:\n- write a\n- write b\n").criteria
    assert found.details == ("- write a", "- write b")


def test_a_bold_number_keeps_everything_up_to_the_next():
    text = "### 2.1 A\n\n**FR-2.1.1: Auto**\n- one\n\n**Checks**:\n- two\n\n**FR-2.1.2: Other**\n\n### 2.2 B\n\n- x\n"
    found = read(text)
    assert [(each.id, each.text) for each in found.criteria] == [("2.1.1", "Auto"), ("2.1.2", "Other"), ("2.2.1", "x")]
    assert found.criteria[0].details == ("- one", "**Checks**:", "- two")


def test_doubled_requirements_are_told_and_not_merged():
    text = "### Requirement 1\n\n1. a\n\n### Requirement 2\n\n1. b\n\n### Requirement 1: Again\n\n1. c\n"
    assert shown(text) == {"1": ["1.1"], "2": ["2.1"], "1#2": ["1#2.1"]}
    assert codes(text) == [("requirements.number-doubled", 9)]


def test_doubled_criteria_are_told_and_not_merged():
    text = "### Requirement 1\n\n1. a\n2. b\n2. c\n"
    assert shown(text) == {"1": ["1.1", "1.2", "1.2#2"]}
    assert codes(text) == [("requirements.criterion-doubled", 5)]


def test_a_criterion_with_a_foreign_number_is_told():
    text = "### Requirement 2\n\n1.1. a\n1.2. b\n"
    assert shown(text) == {"2": ["2.1", "2.2"]}
    assert codes(text) == [("requirements.criterion-misplaced", 3), ("requirements.criterion-misplaced", 4)]


def test_a_requirement_without_criteria_is_told():
    assert codes("### Requirement 1\n\nProse.\n\n### Requirement 2\n\n1. a\n") == [("requirements.without-criteria", 1)]


def test_a_document_without_requirements_is_told():
    assert codes("# Nothing\n") == [("requirements.none", 1)]


def test_other_words_beside_the_main_one_stay_apart():
    text = "### Requirement 1\n\n1. a\n\n### Derived Requirement 1: Speed\n\n1. b\n\n### DR1\n\n1. c\n"
    assert shown(text) == {"1": ["1.1"], "Derived 1": ["Derived 1.1"], "DR1": ["DR1.1"]}


def test_lines_of_code_are_no_criteria():
    assert shown("### Requirement 1\n\n1. a\n\n```\n2. no\n### Requirement 2\n```\n\n<!--\n2. no\n-->\n") == {
        "1": ["1.1"]
    }


@pytest.mark.parametrize(
    ("line", "story"),
    [
        ("**User Story:** As a user, I want x", "As a user, I want x"),
        ("**User Story**: As a user", "As a user"),
        ("**Objective:** As a driver", "As a driver"),
        ("- **User Story:** As a user", "As a user"),
        ("As an admin, I want x", "As an admin, I want x"),
        ("**\u7528\u6237\u6545\u4e8b\uff1a** \u4f5c\u4e3a\u7528\u6237", "\u4f5c\u4e3a\u7528\u6237"),
        ("**\u30e6\u30fc\u30b6\u30fc\u30b9\u30c8\u30fc\u30ea\u30fc:** x", "x"),
        ("**As a** customer\n**I want to** buy\n**So that** I have", "As a customer I want to buy So that I have"),
        ("Prose.", ""),
    ],
)
def test_the_story_is_read(line: str, story: str):
    [found] = read(f"### Requirement 1\n\n{line}\n\n1. a\n").requirements
    assert found.story == story
    assert [criterion.text for criterion in found.criteria] == ["a"]


def test_user_stories_with_check_boxes_are_read():
    text = (
        "# Requirements: Orders\n\n## User Story 1: Order\n**As a** customer\n**I want to** order\n\n"
        "**Acceptance Criteria**:\n- [ ] User can add\n- [ ] User can review\n\n"
        "## User Story 2: History\n**As a** customer\n\n**Acceptance Criteria**:\n- [ ] Sorted by date\n"
    )
    assert shown(text) == {"1": ["1.1", "1.2"], "2": ["2.1"]}
    assert read(text).requirements[0].story == "As a customer I want to order"


def test_functional_and_other_requirements_with_bullets_are_read():
    text = (
        "## Functional Requirements\n\n### FR-1: Registration\n- Accept email\n- Hash it\n\n### FR-2: Login\n- Rate limit\n\n"
        "## Non-Functional Requirements\n\n### NFR-1: Security\n- HTTPS\n\n## Technical Constraints\n\n- Python\n"
    )
    assert shown(text) == {"FR-1": ["FR-1.1", "FR-1.2"], "FR-2": ["FR-2.1"], "NFR-1": ["NFR-1.1"]}


@pytest.mark.parametrize(
    "text",
    [
        "## Glossary\n\n- **A**: b\n",
        "## \u672f\u8bed\u8868\n\n- **A**\uff1ab\n",
        "## Gloss\xe1rio\n\n**A**: b\n",
        "## Glossary\n\n| Term | Meaning |\n|---|---|\n| **A** | b |\n",
        "### Glossary\n- **A:** b\n",
        "## Glossary\n* `A` - b\n",
    ],
)
def test_terms_are_read(text: str):
    assert [(term.name, term.meaning.strip()) for term in read(text).glossary] == [("A", "b")]


def test_anything_is_found_by_its_id():
    found = read(CANON)
    assert isinstance(found.find("1"), Requirement)
    assert isinstance(found.find("1.2"), Criterion)
    assert found.find("9.9") is None


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_change_nothing_but_the_offsets(end: str):
    data = CANON.replace("\n", end).encode()
    found = read_requirements(data)
    assert [criterion.text for criterion in found.criteria] == [each.text for each in read(CANON).criteria]
    assert data[found.criteria[2].offset :].startswith(b"1. THE CLI SHALL write")
    assert data[found.requirements[1].offset :].startswith(b"### Requirement 2")


def test_a_bullet_that_sounds_like_a_story_is_a_criterion():
    assert shown("### FR-1: A\n\n- As a user I can log in\n- As an admin I can too\n") == {"FR-1": ["FR-1.1", "FR-1.2"]}

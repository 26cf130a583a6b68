"""Remarks are known by their place: an emphasised key before a colon, in any language."""

import pytest

from kiro_worker.spec import read_tasks


def remarks(line: str) -> list[tuple[str, str, str]]:
    [task] = read_tasks(f"- [ ] 1. A\n  {line}\n".encode()).tasks
    return [(each.role.value, each.key, each.value) for each in task.annotations]


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("- _Requirements: 1.1, 2.3_", "Requirements", "1.1, 2.3"),
        ("_Requirements: 1.1_", "Requirements", "1.1"),
        ("- **Validates: Requirements 1.2**", "Validates", "Requirements 1.2"),
        ("- **Requirements**: 2.2, 6.1", "Requirements", "2.2, 6.1"),
        ("- **Requirements:** 2.2", "Requirements", "2.2"),
        ("- *Requirements: 2.2*", "Requirements", "2.2"),
        ("- __Requirements: 2.2__", "Requirements", "2.2"),
        ("- _(Requirements: 2.4)_", "Requirements", "2.4"),
        ("- Requirements: 2.4, 3", "Requirements", "2.4, 3"),
        ("- _Requirements: 6.4_`z", "Requirements", "6.4"),
        ("- _Requirements: 6.4", "Requirements", "6.4"),
        ("- _\u9700\u6c42: 1.1_", "\u9700\u6c42", "1.1"),
        ("- _\u8981\u4ef6\uff1a\u8981\u4ef61_", "\u8981\u4ef6", "\u8981\u4ef61"),
        ("- **\u9a8c\u8bc1**: Requirement 1, 2", "\u9a8c\u8bc1", "Requirement 1, 2"),
        ("- _Requisitos: Todos os requisitos_", "Requisitos", "Todos os requisitos"),
        (
            "- _\u0e02\u0e49\u0e2d\u0e01\u0e33\u0e2b\u0e19\u0e14: 1.1_",
            "\u0e02\u0e49\u0e2d\u0e01\u0e33\u0e2b\u0e19\u0e14",
            "1.1",
        ),
        ("- **Ingxaki**: 1.1, 1.2", "Ingxaki", "1.1, 1.2"),
        ("- _Requirements: Code quality_", "Requirements", "Code quality"),
    ],
)
def test_a_remark_that_refers_is_known(line: str, key: str, value: str):
    assert remarks(line) == [("requirements", key, value)]


@pytest.mark.parametrize(
    "line",
    [
        *("- **Version**: 1.0", "- **Total Tasks:** 26", "- **Completed**: 25 (96%)", "- **Effort**: 9-12 days"),
        *(
            "- _Leverage: src/a.py_",
            "- **Status**: done",
            "- **\u9a8c\u8bc1**: run it",
            "- **File:** `a.py`",
            "- **Date**: 2025.11",
        ),
        *("- **Validates**: the input", "- _Wave: 1.2_", "- **Can run after**: 3.1, 3.2"),
    ],
)
def test_a_remark_about_something_else_refers_to_nothing(line: str):
    assert {role for role, _, _ in remarks(line)} <= {"other", "depends"}
    assert read_tasks(f"- [ ] 1. A\n  {line}\n".encode()).tasks[0].references == ()


@pytest.mark.parametrize(
    "line",
    [
        "- see https://x.y/z",
        "- Note: Requirements change",
        "- Step 1: do it",
        "- a: b",
        "- `_x: 1.1_` is code",
        "- **bold** and so: 1.1",
        "text",
    ],
)
def test_prose_with_a_colon_is_no_reference(line: str):
    assert "requirements" not in {role for role, _, _ in remarks(line)}


def test_several_remarks_may_share_a_line():
    assert remarks("- **Requirements**: 2.2, 6.1\u20136.5 | **File**: `x`") == [
        ("requirements", "Requirements", "2.2, 6.1\u20136.5"),
        ("other", "File", "`x`"),
    ]
    assert [key for _, key, _ in remarks("_Leverage: a.py_ _Requirements: 1.1_")] == ["Leverage", "Requirements"]


def test_a_property_is_known_by_its_number():
    assert remarks("- **Property 3: Round trip**") == [("property", "Property 3", "Round trip")]
    assert remarks("- **\u5c5e\u6027 3\uff1a\u5f80\u8fd4**")[0][0] == "property"


def test_remarks_within_code_are_passed_over():
    assert read_tasks(b"- [ ] 1. A\n  ```\n  _Requirements: 1.1_\n  ```\n").tasks[0].references == ()


def test_a_dependency_is_no_reference():
    assert remarks("- _Depends: 1.1_") == [("depends", "Depends", "1.1")]

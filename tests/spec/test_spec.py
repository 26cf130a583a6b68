"""A whole spec from the files of its folder."""

import pytest

from kiro_worker.spec import Purpose, SpecKind, read_config, read_spec

TASKS = b"- [ ] 1. T\n  - This test MUST FAIL on unfixed code\n  - _Requirements: 2.1_\n"


def codes(files: dict[str, bytes]) -> list[str]:
    return [f"{each.code} {each.document}" for each in read_spec("x", files).diagnostics]


def test_a_feature_is_read():
    files = {
        "requirements.md": b"## Glossary\n- **A**: b\n### Requirement 2\n1. WHEN a THEN b SHALL c\n",
        "design.md": b"# D\n",
        "tasks.md": TASKS,
        ".config.kiro": b'{"specId": "1", "workflowType": "requirements-first", "specType": "feature"}',
        "notes.md": b"",
    }
    found = read_spec("auth", files)
    assert (found.name, found.kind, found.source) == ("auth", SpecKind.FEATURE, "requirements.md")
    assert [each.id for each in found.criteria] == ["2.1"]
    assert [each.id for each in found.requirements] == ["2"]
    assert [each.name for each in found.glossary] == ["A"]
    assert found.config
    assert found.config.spec_id == "1"
    assert found.waves is None
    assert found.files == (".config.kiro", "design.md", "notes.md", "requirements.md", "tasks.md")
    assert found.tasks.tasks[0].purpose is Purpose.WORK
    assert found.diagnostics == ()


def test_a_bugfix_is_read():
    found = read_spec("x", {"bugfix.md": b"2.1 WHEN a THEN b SHALL c\n", "tasks.md": TASKS})
    assert (found.kind, found.source) == (SpecKind.BUGFIX, "bugfix.md")
    assert found.tasks.tasks[0].purpose is Purpose.EXPLORATION
    assert found.diagnostics == ()


def test_the_config_decides_between_the_two_kinds():
    both = {"bugfix.md": b"1.1 a\n", "requirements.md": b"### Requirement 1\n1. a\n", "tasks.md": b"- [ ] 1. T\n"}
    assert read_spec("x", both).kind is SpecKind.FEATURE
    bugfix = read_spec("x", {**both, ".config.kiro": b'{"specType": "bugfix"}'})
    assert (bugfix.kind, bugfix.source) == (SpecKind.BUGFIX, "bugfix.md")
    assert codes(both) == ["spec.two-kinds requirements.md"]


def test_a_bugfix_that_states_requirements_is_still_a_bugfix():
    found = read_spec("x", {"requirements.md": b"### Requirement 1\n1. a\n", ".config.kiro": b'{"specType": "bugfix"}'})
    assert (found.kind, found.source) == (SpecKind.BUGFIX, "requirements.md")


def test_what_is_missing_is_told():
    assert codes({}) == ["spec.missing tasks.md", "spec.missing requirements.md"]


def test_a_file_of_almost_the_right_name_is_told():
    assert "spec.other-name Tasks.md" in codes({"Tasks.md": b"- [ ] 1. T\n"})


def test_diagnostics_come_document_by_document_and_in_order():
    found = read_spec(
        "x",
        {
            "tasks.md": b"- [] a\n- [ ] 1. T\n  - _Requirements: 9_\n- [] b\n",
            "requirements.md": b"### Requirement 1\n### Requirement 2\n1. a\n",
        },
    )
    assert [(each.document, each.line) for each in found.diagnostics] == [
        ("requirements.md", 1),
        ("tasks.md", 1),
        ("tasks.md", 3),
        ("tasks.md", 4),
    ]


def test_a_config_is_read():
    found = read_config(
        b'\xef\xbb\xbf{"specId": "a", "workflowType": "design-first", "specType": "bugfix", "x": "y", "n": 1}'
    )
    assert (found.spec_id, found.workflow_type, found.spec_type) == ("a", "design-first", SpecKind.BUGFIX)
    assert found.others["x"] == "y"
    assert found.diagnostics == ()


def test_an_empty_config_says_nothing():
    assert read_config(b"{}").spec_type is None


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"null", b"\xff", b"[" * 100_000, b'"a"', b'{"a":' + b"9" * 9000])
def test_a_config_that_is_no_object_is_told(data: bytes):
    assert [each.code for each in read_config(data).diagnostics] == ["config.not-json"]


@pytest.mark.parametrize("value", ['"hotfix"', "7", "null", "[]"])
def test_a_kind_that_is_not_known_is_told(value: str):
    found = read_config(f'{{"specType": {value}}}'.encode())
    assert (found.spec_type, [each.code for each in found.diagnostics]) == (None, ["config.unknown-value"])


def test_a_workflow_that_is_not_known_is_kept_and_told():
    found = read_config(b'{"workflowType": "quick"}')
    assert (found.workflow_type, [each.code for each in found.diagnostics]) == ("quick", ["config.unknown-value"])

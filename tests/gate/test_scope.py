"""Changed files beside what the tasks name."""

import pytest

from gate.changes import changes
from kiro_worker.gate.port import Color
from kiro_worker.gate.scope import judge_scope

NAMED = ("src/postage/zones.py", "docs/", "api/")


def judged(*paths: str, before: tuple[str, ...] = (), setting="tell", **more):
    old = dict.fromkeys((*before, *(path for path in paths if path in before)), "a\n")
    more.setdefault("named", NAMED)
    result = judge_scope(changes(old, {**old, **dict.fromkeys(paths, "b\n")}), setting, **more)
    return result, [finding.path for finding in result.findings]


@pytest.mark.parametrize(
    "path",
    [
        "src/postage/zones.py",
        "tests/test_zones.py",
        "tests/unit/zones_test.py",
        "docs/guide.md",
        "README.md",
        "CHANGELOG.md",
        "api/v1/handler.go",
        "tests/test_new_table.py",
        "tests/data/zones.json",
        ".kiro/specs/zones/tasks.md",
    ],
)
def test_what_is_named_with_its_tests_and_documents_is_no_surprise(path):
    result, surprises = judged(path, spec=".kiro/specs/zones")
    assert surprises == []
    assert result.summary == "the tasks are about every changed file"


@pytest.mark.parametrize(
    "path",
    [
        "src/postage/price.py",
        "pyproject.toml",
        ".github/workflows/ci.yml",
        ".kiro/worker.yaml",
        ".kiro/specs/other/tasks.md",
        "src/postage/__init__.py",
        "package-lock.json",
        "Makefile",
    ],
)
def test_what_nobody_named_is_told_and_does_not_block_by_itself(path):
    result, surprises = judged(path, spec=".kiro/specs/zones")
    assert surprises == [path]
    assert (result.color, result.findings[0].code) == (Color.GREEN, "scope.surprise")
    assert judged(path, setting="block")[0].color is Color.RED


def test_a_test_of_something_else_that_was_there_is_a_surprise():
    assert judged("tests/test_price.py", before=("tests/test_price.py",))[1] == ["tests/test_price.py"]


def test_what_comes_along_is_no_surprise():
    assert judged("src/postage/zones.py", "src/postage/__init__.py")[1] == []
    assert judged("package.json", "package-lock.json", named=("package.json",))[1] == []


def test_modules_may_be_named_with_dots():
    assert judged("src/postage/price.py", named=(), text="Extend `postage.price`")[1] == []


def test_where_no_task_names_a_file_nothing_is_judged():
    assert judged("src/postage/price.py", named=())[0].color is Color.NOT_APPLICABLE


def test_what_decides_how_a_project_is_checked_is_told_as_such():
    assert "built, checked or owned" in judged(".github/workflows/ci.yml")[0].findings[0].title


def test_the_test_of_a_changed_file_in_a_named_folder_belongs_to_it():
    changed = ("api/price.py", "tests/test_price.py", "tests/test_other.py")
    assert judged(*changed, before=changed)[1] == ["tests/test_other.py"]

import pytest

from kiro_worker.run.junk import is_junk, told_junk


@pytest.mark.parametrize(
    "path",
    [
        "__pycache__/a.cpython-311.pyc",
        "src/a/__pycache__/b.pyc",
        "a.pyo",
        ".pytest_cache/v/cache/lastfailed",
        "web/.nyc_output/x.json",
        ".coverage",
        ".coverage.host.4711.XyZabc",
        "docs/.DS_Store",
        ".kiro/specs/greeting/tasks.meta.json",
        ".kiro/sessions/cli/a.jsonl",
        ".fast-agent/sessions/.locks/a.owner.lock",
        ".fast-agent/processes/.capacity.lock",
        "a.py~",
        "src/.a.py.swp",
    ],
)
def test_what_comes_again_by_itself_is_junk(path):
    assert is_junk(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        ".coveragerc",
        ".coverage.toml",
        "src/pycache/a.py",
        "my__pycache__/a.txt",
        ".kiro/specs/greeting/tasks.md",
        "tasks.meta.json",
        ".fast-agent/fast-agent.yaml",
        "node_modules/a/index.js",
        "a.swp/readme",
        "cache/a",
    ],
)
def test_what_somebody_may_want_is_none(path):
    assert not is_junk(path)


def test_a_few_are_named_and_the_others_counted():
    assert told_junk(("a", "b")).endswith("in no commit: a, b.")
    assert told_junk(tuple("abcdefg")).endswith("a, b, c, d, e and 2 more.")

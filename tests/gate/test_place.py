import os
import socket
import subprocess
import time

import pytest

import kiro_worker.gate
from kiro_worker.gate.file import find, lay_out
from kiro_worker.gate.place import (
    COVERAGE_PLACES,
    TEST_PLACES,
    Before,
    clear_compiled,
    clear_places,
    clear_special,
    collect,
)
from kiro_worker.gate.tracked import tracked_by
from kiro_worker.git import Git


def touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "scratch").mkdir()
    return tmp_path / "tree"


async def nothing(tree, paths):
    return frozenset()


async def unknown(tree, paths):
    return None


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("junit.xml", ["junit.xml"]),
        ("junit-*.xml", ["junit-1.xml"]),
        ("**/target/T-*.xml", ["a/target/T-1.xml", "target/T-2.xml"]),
        ("out/**/r.xml", ["out/a/b/r.xml", "out/r.xml"]),
        ("out/?/r.xml", []),
        ("*.xml", ["junit-1.xml", "junit.xml"]),
        ("nothing/*.xml", []),
    ],
)
def test_patterns_find_plain_files_in_order(tree, pattern, fits):
    touch(tree, "junit.xml", "junit-1.xml", "a/target/T-1.xml", "target/T-2.xml", "out/a/b/r.xml", "out/r.xml")
    touch(tree, "node_modules/target/T-3.xml", ".git/target/T-4.xml")
    os.mkfifo(tree / "pipe.xml")
    found = find((pattern,), root=tree, roots=(tree,))
    assert [str(path.relative_to(tree)) for path in found] == fits


def test_links_to_folders_are_not_followed_and_files_behind_them_are_outside(tree, tmp_path):
    touch(tmp_path, "outside/target/T-1.xml")
    (tree / "link").symlink_to(tmp_path / "outside")
    assert find(("**/target/T-*.xml", "link/target/T-1.xml", "link/target/*.xml"), root=tree, roots=(tree,)) == ()


@pytest.mark.parametrize("links", [1, 1500])
def test_links_that_lead_round_in_circles_or_on_and_on_lead_to_no_report(tree, tmp_path, links):
    for number in range(links):
        (tree / f"link-{number}").symlink_to(f"link-{(number + 1) % links}")
    (tree / "junit.xml").symlink_to("link-0")
    assert collect(TEST_PLACES, tree, tmp_path / "scratch", Before(since=0, committed={})).reports == ()


def test_the_number_of_files_found_is_bounded(tree):
    touch(tree, *(f"{number}.xml" for number in range(30)))
    assert len(find(("*.xml",), root=tree, roots=(tree,), most=10)) == 10


async def test_what_is_tracked_stays_and_all_else_at_the_places_goes(tree, tmp_path, children):
    touch(tree, "coverage.xml", "lcov.info", "coverage/lcov.info", "a/target/surefire-reports/TEST-a.xml", "keep.xml")
    for args in (("init", "-q"), ("add", "coverage.xml")):
        subprocess.run(["git", *args], cwd=tree, check=True)  # noqa: ASYNC221  # a fixture, not the code under test
    touch(tmp_path, "scratch/old.xml")
    places = (*COVERAGE_PLACES, *TEST_PLACES, f"{tmp_path}/scratch/old.xml")
    before = await clear_places(places, tree, tmp_path / "scratch", tracked_by(Git(children, home=tmp_path / "git")))
    left = sorted(
        str(path.relative_to(tree)) for path in tree.rglob("*.*") if path.is_file() and ".git" not in path.parts
    )
    assert left == ["coverage.xml", "keep.xml"]
    assert list(before.committed) == ["coverage.xml"]
    assert not (tmp_path / "scratch/old.xml").exists()


async def test_when_git_cannot_tell_nothing_is_removed(tree, tmp_path, children):
    touch(tree, "lcov.info")
    (tree / ".git").write_text("gitdir: /nowhere\n")
    before = await clear_places(
        ("lcov.info",), tree, tmp_path / "scratch", tracked_by(Git(children, home=tmp_path / "git"))
    )
    assert list(before.committed) == ["lcov.info"]
    assert (tree / "lcov.info").exists()


async def test_a_report_of_before_is_told_apart_from_one_of_this_run(tree, tmp_path):
    touch(tree, "lcov.info")
    before = await clear_places(("lcov.info",), tree, tmp_path / "scratch", unknown)
    stays = collect(("lcov.info",), tree, tmp_path / "scratch", before)
    assert (stays.reports, stays.faults[0].code) == ((), "report.committed")
    (tree / "lcov.info").write_text("new")
    assert collect(("lcov.info",), tree, tmp_path / "scratch", before).reports == ((tree / "lcov.info", "lcov.info"),)
    os.utime(tree / "lcov.info", (1, 1))
    assert collect(("lcov.info",), tree, tmp_path / "scratch", before).faults[0].code == "report.stale"


def test_a_report_of_the_second_before_is_still_taken(tree, tmp_path):
    touch(tree, "lcov.info")
    assert collect(("lcov.info",), tree, tmp_path, Before(since=time.time() + 1, committed={})).reports


def test_files_are_never_written_through_a_link(tmp_path):
    touch(tmp_path, "outside", "scratch/plain")
    (tmp_path / "scratch/coverage.ini").symlink_to(tmp_path / "outside")
    lay_out({"coverage.ini": b"new", "plain": b"new"}, tmp_path / "scratch")
    assert (tmp_path / "outside").read_text() == "x"
    assert (tmp_path / "scratch/coverage.ini").read_bytes() == b"new"
    assert not (tmp_path / "scratch/coverage.ini").is_symlink()


def test_compiled_files_go_and_those_of_dependencies_stay(tree):
    touch(tree, "src/__pycache__/a.pyc", "src/b/__pycache__/b.pyc", ".venv/lib/__pycache__/c.pyc", "src/a.py")
    clear_compiled(tree)
    assert [path.name for path in tree.rglob("*.pyc")] == ["c.pyc"]
    assert (tree / "src/a.py").exists()


def test_every_public_name_is_there():
    for name in kiro_worker.gate.__all__:
        assert getattr(kiro_worker.gate, name) is not None
    with pytest.raises(AttributeError):
        _ = kiro_worker.gate.nothing_of_this_name


def test_pipes_and_sockets_are_removed_and_nothing_else(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("a = 1\n")
    (tmp_path / "link").symlink_to("src/a.py")
    os.mkfifo(tmp_path / "lcov.info")
    os.mkfifo(tmp_path / "src/pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "src/socket"))
        clear_special(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["link", "src", "src/a.py"]
    clear_special(tmp_path / "not-there")

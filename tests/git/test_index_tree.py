"""The tree of an index, as `git write-tree` makes it."""

import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from kiro_worker.git.index import IndexUnreadable
from kiro_worker.git.index_tree import write_index_tree
from kiro_worker.ids import Oid
from kiro_worker.testing.git_remote import clean_environment

# Names whose order as files and as folders is not the same, or that are parts of each other.
NAMES = ("a", "a.b", "a-b", "a0", "ab", "b", "lib", "lib.c", "lib-x", "z", "\udcff", "caf\u00e9", " ", "new\nline")


def git(tree: Path, *args: str, stdin: bytes | None = None) -> str:
    over = subprocess.run(
        ("git", *args), cwd=tree, env=clean_environment(tree), input=stdin, capture_output=True, check=False
    )
    assert over.returncode == 0, over.stderr
    return over.stdout.decode("utf-8", "surrogateescape").strip()


@pytest.fixture(params=["sha1", "sha256"])
def algorithm(request) -> str:
    return request.param


@pytest.fixture
def tree(tmp_path, algorithm) -> Path:
    tree = tmp_path / "tree"
    git(tmp_path, "init", "-q", f"--object-format={algorithm}", str(tree))
    return tree


def written(tree: Path, algorithm: str) -> Oid | None:
    return write_index_tree(tree / ".git/objects", (tree / ".git/index").read_bytes(), algorithm)


def later(tree: Path) -> None:
    """Let git note the trees, and let the index be so young that no file's age makes git doubt them."""
    git(tree, "write-tree")
    os.utime(tree / ".git/index", (time.time() + 60, time.time() + 60))


def check(tree: Path, algorithm: str) -> None:
    """Ours first: git's own writes the objects too, and notes them in the index."""
    ours = written(tree, algorithm)
    assert ours is not None
    git(tree, "fsck", "--strict", "--no-dangling", ours)
    assert ours == git(tree, "write-tree")


def write(tree: Path, path: str, text: str) -> None:
    place = tree / path
    for above in (*reversed(place.relative_to(tree).parents[:-1]),):
        if (tree / above).is_file():
            (tree / above).unlink()
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.is_dir():
        place.write_text(text)


@pytest.mark.parametrize("seed", range(4))
def test_any_tree_is_written_as_git_writes_it_before_and_after_any_change(tree, algorithm, seed):
    draw = random.Random(seed)
    for number in range(60):
        write(tree, "/".join(draw.choices(NAMES, k=draw.randrange(1, 5))), str(number))
    git(tree, "add", "--all")
    for _ in range(8):
        later(tree)
        files = [path for path in tree.rglob("*") if path.is_file() and ".git" not in path.parts]
        for path in draw.sample(files, min(2, len(files))):
            path.unlink()
        for number in range(2):
            write(tree, "/".join(draw.choices(NAMES, k=draw.randrange(1, 5))), f"again {number}")
        git(tree, "add", "--all")
        check(tree, algorithm)


def test_programs_links_and_submodules_keep_their_modes(tree, algorithm):
    later(tree)
    write(tree, "bin/run", "x")
    (tree / "bin/run").chmod(0o755)
    (tree / "bin/link").symlink_to("run")
    git(tree, "add", "--all")
    oid = "1" * (40 if algorithm == "sha1" else 64)
    git(tree, "update-index", "--add", "--cacheinfo", f"160000,{oid},bin/sub")
    check(tree, algorithm)


def test_an_index_of_nothing_is_the_empty_tree(tree, algorithm):
    git(tree, "read-tree", "--empty")
    git(tree, "write-tree")
    check(tree, algorithm)
    write(tree, "only/one", "x")
    git(tree, "add", "--all")
    later(tree)
    (tree / "only/one").unlink()
    git(tree, "add", "--all")
    check(tree, algorithm)


def test_only_the_trees_that_changed_are_written(tree, algorithm, tmp_path):
    for path in ("a/one", "b/deep/two", "c/three"):
        write(tree, path, path)
    git(tree, "add", "--all")
    later(tree)
    write(tree, "b/deep/two", "changed")
    git(tree, "add", "--all")
    (tmp_path / "objects").mkdir()
    write_index_tree(tmp_path / "objects", (tree / ".git/index").read_bytes(), algorithm)
    assert len(list((tmp_path / "objects").glob("*/*"))) == len(["/", "b", "b/deep"])


def test_folders_may_be_thousands_deep(tree, algorithm):
    blob = git(tree, "hash-object", "-w", "--stdin", stdin=b"x")
    later(tree)
    lines = f"100644 {blob}\t{'d/' * 1900}x\n100644 {blob}\t{'d/' * 1900}y\n100644 {blob}\te\n"
    git(tree, "update-index", "--index-info", stdin=lines.encode())
    assert written(tree, algorithm) == git(tree, "write-tree")


def test_a_merge_that_is_not_finished_has_no_tree(tree, algorithm):
    blob = git(tree, "hash-object", "-w", "--stdin", stdin=b"x")
    git(tree, "update-index", "--index-info", stdin=f"100644 {blob} 2\ta\n100644 {blob} 3\ta\n".encode())
    with pytest.raises(IndexUnreadable):
        written(tree, algorithm)


def test_where_most_trees_are_not_known_they_are_left_to_git(tree, algorithm):
    for number in range(20):
        write(tree, f"f{number}/x", "x")
    git(tree, "add", "--all")
    assert written(tree, algorithm) is None, "git has noted nothing yet"
    later(tree)
    for number in range(20):
        write(tree, f"f{number}/x", "longer")
    git(tree, "add", "--all")
    assert written(tree, algorithm) is None
    later(tree)
    assert written(tree, algorithm) == git(tree, "write-tree")

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiro_worker.git import BadName, NotWritable
from kiro_worker.workspace import WorkspaceTampered
from kiro_worker.workspace.tree import WorkingTree, leaves_by_text


@pytest.fixture
def tree(tmp_path: Path) -> WorkingTree:
    (tmp_path / "tree").mkdir()
    return WorkingTree(tmp_path / "tree", shutil.rmtree)


def test_a_file_replaces_whatever_stands_there(tree):
    tree.write("new/deep/file", b"1", mode=0o644)
    tree.write("new/deep/file", b"2", mode=0o755)
    assert (tree.root / "new/deep/file").read_bytes() == b"2"
    assert (tree.root / "new/deep/file").stat().st_mode & 0o100
    tree.write("new", b"3", mode=0o644)
    assert (tree.root / "new").read_bytes() == b"3"
    with pytest.raises(WorkspaceTampered):
        tree.write("new/below", b"4", mode=0o644)
    assert sorted(path.name for path in tree.root.iterdir()) == ["new"]


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ".git/hooks/x", "a/.git/x", ""])
def test_a_path_that_leads_elsewhere_is_not_written(tree, path):
    with pytest.raises(BadName):
        tree.write(path, b"x", mode=0o644)


def test_a_name_that_is_too_long_is_named(tree):
    with pytest.raises(NotWritable, match="too long"):
        tree.write("x" * 300, b"x", mode=0o644)


def test_what_lies_behind_a_link_is_neither_seen_nor_removed(tree, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("x")
    (tree.root / "link").symlink_to(outside)
    assert tree.look("link/file") is None
    assert tree.text("link/file") is None
    assert not tree.has_repository("link")
    tree.remove("link/file")
    assert (outside / "file").exists()
    tree.remove("link")
    assert outside.exists()
    assert not (tree.root / "link").is_symlink()


def test_folders_files_and_nothing_are_removed(tree):
    (tree.root / "a/b").mkdir(parents=True)
    (tree.root / "f").touch()
    for path in ("a", "f", "none", "none/below"):
        tree.remove(path)
    assert list(tree.root.iterdir()) == []


def test_only_small_plain_files_have_a_text(tree):
    (tree.root / "f").write_text("text")
    (tree.root / "big").write_bytes(bytes(2 * 1024 * 1024))
    os.mkfifo(tree.root / "pipe")
    (tree.root / "d").mkdir()
    assert tree.text("f") == b"text"
    assert [tree.text(name) for name in ("big", "pipe", "d", "none")] == [None] * 4


@pytest.mark.parametrize(
    ("path", "target", "leaves"),
    [
        ("a", "b", False),
        ("a/b", "../c", False),
        ("a/b", "../../c", True),
        ("a", "..", True),
        ("a", ".", False),
        ("a", "/etc", True),
        ("a", ".git", True),
        ("a/b", "../.GIT/config", True),
        ("a", "b/../../x", True),
        ("a", "..hidden", False),
    ],
)
def test_a_links_text_tells_whether_it_leaves(path, target, leaves):
    assert leaves_by_text(path, target) is leaves


parts = st.sampled_from(["..", ".", "a", "b", "up", "out", "", "c"])


@given(st.lists(parts, min_size=1, max_size=6), st.sampled_from(["x", "a/x", "a/b/x"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_link_that_is_let_through_never_leads_out(tmp_path, target, path):
    root = tmp_path / "property"
    if not root.exists():
        (root / "a/b/c").mkdir(parents=True)
        (root / "a/up").symlink_to("../a")
        (root / "out").symlink_to(tmp_path)
        (root / "a/out").symlink_to("../..")
    text = "/".join(target) or "."
    if not WorkingTree(root, shutil.rmtree).leaves(path, text):
        real = Path(os.path.realpath(root / Path(path).parent / text))
        assert real == root.resolve() or root.resolve() in real.parents


def test_a_chain_of_links_that_nothing_follows_to_its_end_is_one_that_leaves(tree):
    for number in range(1500):
        (tree.root / f"link-{number}").symlink_to(f"link-{number + 1}")
    (tree.root / "link-1500").symlink_to("/etc")
    assert tree.leaves("start", "link-0")

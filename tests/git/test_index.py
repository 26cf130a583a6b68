"""Git's index: read as git wrote it, and given other words of the file system without touching anything else."""

import subprocess
from pathlib import Path

import pytest

from kiro_worker.git.index import IndexUnreadable, read_index, retold, told
from kiro_worker.testing.git_remote import clean_environment

NAMES = (
    b"a",
    b"b.sh",
    b"folder/" + b"n" * 200,
    b"no-utf8-\xff",
    b"sp ace",
    *(b"len/" + b"x" * n for n in range(1, 10)),
)


def git(tree: Path, *args: str) -> bytes:
    over = subprocess.run(("git", *args), cwd=tree, env=clean_environment(tree), capture_output=True, check=False)
    assert over.returncode == 0, over.stderr
    return over.stdout


@pytest.fixture(params=["sha1", "sha256"])
def algorithm(request) -> str:
    return request.param


@pytest.fixture
def tree(tmp_path, algorithm) -> Path:
    tree = tmp_path / "tree"
    git(tmp_path, "init", "-q", f"--object-format={algorithm}", str(tree))
    for number, name in enumerate(NAMES):
        path = Path(str(tree), name.decode("utf-8", "surrogateescape"))
        path.parent.mkdir(exist_ok=True)
        path.write_text("x" * number)
    (tree / "b.sh").chmod(0o755)
    (tree / "link").symlink_to("a")
    git(tree, "add", "--all")
    return tree


def index_of(tree: Path) -> bytes:
    return (tree / ".git/index").read_bytes()


def test_every_entry_is_read_with_its_mode_and_in_gits_order(tree, algorithm):
    lines = git(tree, "ls-files", "--stage", "-z").split(b"\0")[:-1]
    known = [(int(line.split(b" ")[0], 8), line.partition(b"\t")[2]) for line in lines]
    assert [(entry.mode, entry.path) for entry in read_index(index_of(tree), algorithm)] == known
    assert len(known) == len(NAMES) + 1


def test_what_is_told_of_a_file_is_what_git_noted(tree, algorithm):
    for entry in read_index(index_of(tree), algorithm):
        path = Path(str(tree), entry.path.decode("utf-8", "surrogateescape"))
        assert told(path.lstat(), entry.mode) == entry.told, entry.path


def test_an_index_told_anew_is_one_that_git_believes(tree, algorithm):
    git(tree, "write-tree")
    content = index_of(tree)
    entries = read_index(content, algorithm)
    for path in tree.iterdir():
        if path.is_file() and not path.is_symlink():
            path.write_bytes(path.read_bytes())
    before = git(tree, "ls-files", "--stage")
    now = {}
    for entry in entries:
        path = Path(str(tree), entry.path.decode("utf-8", "surrogateescape"))
        now[entry.at] = told(path.lstat(), entry.mode)
    again = retold(content, algorithm, now)
    (tree / ".git/index").write_bytes(again)
    assert git(tree, "ls-files", "--stage") == before
    assert git(tree, "diff-files", "--raw") == b""
    assert [entry.told for entry in read_index(again, algorithm)] == list(now.values())
    assert retold(content, algorithm, {}) == content


def test_an_empty_index_has_no_entries(tmp_path, algorithm):
    git(tmp_path, "init", "-q", f"--object-format={algorithm}", ".")
    git(tmp_path, "read-tree", "--empty")
    assert read_index(index_of(tmp_path), algorithm) == ()


def test_what_is_no_whole_index_is_not_read(tree, algorithm):
    content = index_of(tree)
    flipped = bytes([*content[:30], content[30] ^ 1, *content[31:]])
    for broken in (b"", content[:-1], content[: len(content) // 2], flipped, b"x" * 200):
        with pytest.raises(IndexUnreadable):
            read_index(broken, algorithm)


def test_an_index_of_another_version_is_not_read(tree, algorithm):
    git(tree, "update-index", "--index-version", "4")
    with pytest.raises(IndexUnreadable):
        read_index(index_of(tree), algorithm)

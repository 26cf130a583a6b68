"""Files are copied from a tree that is what its index says, or not at all."""

import os
import subprocess
from pathlib import Path

import pytest

from kiro_worker.git.index import read_index, told
from kiro_worker.testing.git_remote import clean_environment
from kiro_worker.workspace.copying import SourceChanged, _pour, copy_files


@pytest.fixture
def source(tmp_path) -> Path:
    tree = tmp_path / "source"
    (tree / "deep/er").mkdir(parents=True)
    (tree / "deep/er/file").write_text("content\n")
    (tree / "empty").touch()
    (tree / "run").write_text("#!/bin/sh\n")
    (tree / "run").chmod(0o755)
    (tree / "link").symlink_to("nowhere")
    for args in (("init", "-q"), ("add", "--all")):
        subprocess.run(("git", *args), cwd=tree, env=clean_environment(tree), check=True)
    return tree


def entries_of(source: Path):
    return read_index((source / ".git/index").read_bytes(), "sha1")


def copied(source: Path, target: Path):
    target.mkdir()
    return copy_files(entries_of(source), source, target, lambda: False)


def test_files_programs_and_links_are_copied_and_share_nothing(source, tmp_path):
    target = tmp_path / "target"
    now = copied(source, target)
    for entry in entries_of(source):
        old, new = source / os.fsdecode(entry.path), target / os.fsdecode(entry.path)
        assert now[entry.at] == told(new.lstat(), entry.mode)
        assert new.lstat().st_ino != old.lstat().st_ino
        assert new.lstat().st_nlink == 1
        assert new.is_symlink() == old.is_symlink()
        if not new.is_symlink():
            assert new.read_bytes() == old.read_bytes()
            assert os.access(new, os.X_OK) == os.access(old, os.X_OK)
    assert (target / "link").readlink() == Path("nowhere")
    assert not (target / ".git").exists()


def rewritten(path: Path) -> None:
    before = path.stat()
    path.write_text("CONTENT\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def linked(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(other)


def foldered(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [rewritten, replaced, piped, linked, foldered, Path.unlink])
def test_a_file_that_is_not_as_the_index_says_is_not_taken(source, tmp_path, change):
    change(source / "deep/er/file")
    with pytest.raises((SourceChanged, OSError)):
        copied(source, tmp_path / "target")


def test_a_link_that_is_not_as_the_index_says_is_not_taken(source, tmp_path):
    (source / "link").unlink()
    (source / "link").symlink_to("/etc/pw")
    with pytest.raises(SourceChanged):
        copied(source, tmp_path / "target")


def test_a_folder_that_became_a_link_to_the_same_content_is_not_taken(source, tmp_path):
    (source / "deep").rename(tmp_path / "elsewhere")
    (source / "deep").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/er/file").rename(tmp_path / "kept")
    (tmp_path / "elsewhere/er/file").write_text("content\n")
    with pytest.raises(SourceChanged):
        copied(source, tmp_path / "target")


def test_copying_ends_when_it_is_told_to(source, tmp_path):
    (tmp_path / "target").mkdir()
    with pytest.raises(SourceChanged):
        copy_files(entries_of(source), source, tmp_path / "target", lambda: True)
    assert list((tmp_path / "target").iterdir()) == []


def test_where_the_kernel_cannot_copy_the_bytes_are_read_and_written(tmp_path):
    # It copies between plain files only.
    (tmp_path / "file").write_bytes(b"0123456789" * 100)
    source = os.open(tmp_path / "file", os.O_RDONLY)
    outlet, inlet = os.pipe()
    _pour(source, inlet, 1000)
    os.close(inlet)
    with os.fdopen(outlet, "rb") as read:
        assert read.read() == b"0123456789" * 100
    _pour(source, os.open(os.devnull, os.O_WRONLY), 5)
    os.close(source)

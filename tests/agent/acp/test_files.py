import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiro_worker.agent.acp import wire
from kiro_worker.agent.acp.connection import Refused
from kiro_worker.agent.acp.files import WorkspaceFiles


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "workspace").mkdir()
    (tmp_path / "secret.txt").write_text("not yours")
    return tmp_path / "workspace"


@pytest.fixture
def files(workspace):
    return WorkspaceFiles(workspace)


def test_a_file_is_read_whole_or_by_lines(files, workspace):
    (workspace / "a.txt").write_bytes(b"one\r\ntwo\nthree\xff")
    path = str(workspace / "a.txt")
    assert files.read(path) == "one\r\ntwo\nthree\ufffd"
    assert files.read(path, 2) == "two\nthree\ufffd"
    assert files.read(path, 2, 1) == "two\n"
    assert files.read(path, None, 1) == "one\r\n"
    assert files.read(path, 0, 0) == ""
    assert files.read(path, 99) == ""


def test_a_file_is_written_with_its_folders_and_keeps_its_mode(files, workspace):
    files.write(str(workspace / "new/deep/a.txt"), "text")
    assert (workspace / "new/deep/a.txt").read_text() == "text"
    script = workspace / "run.sh"
    script.write_text("old")
    script.chmod(0o755)
    files.write(str(script), "new")
    assert script.read_text() == "new"
    assert script.stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in workspace.iterdir()) == ["new", "run.sh"]


def test_writing_does_not_reach_a_file_through_its_other_name(files, workspace, tmp_path):
    shared = tmp_path / "pack"
    shared.write_text("the mirror's")
    os.link(shared, workspace / "pack")
    files.write(str(workspace / "pack"), "changed")
    assert shared.read_text() == "the mirror's"


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "link", "folder/secret.txt"])
@pytest.mark.parametrize("write", [False, True])
def test_nothing_outside_is_reached_by_any_road(files, workspace, tmp_path, path, write):
    (workspace / "link").symlink_to(tmp_path / "secret.txt")
    (workspace / "folder").symlink_to(tmp_path)
    with pytest.raises(Refused, match="outside the workspace"):
        files.write(path, "x") if write else files.read(path)
    assert (tmp_path / "secret.txt").read_text() == "not yours"


def test_a_link_that_stays_inside_is_followed(files, workspace):
    (workspace / "real").mkdir()
    (workspace / "link").symlink_to("real")
    files.write(str(workspace / "link/a.txt"), "text")
    assert (workspace / "real/a.txt").read_text() == "text"
    assert files.place("link/a.txt") == workspace / "real/a.txt"


def test_a_chain_of_more_links_than_any_system_follows_leads_nowhere(files, workspace):
    for number in range(1500):
        (workspace / f"link-{number}").symlink_to(f"link-{number + 1}")
    (workspace / "link-1500").mkdir()
    for look in (files.read, lambda path: files.write(path, "x")):
        with pytest.raises(Refused):
            look(str(workspace / "link-0" / "a.py"))
    assert list((workspace / "link-1500").iterdir()) == []


def test_a_link_put_in_the_way_after_the_look_ends_the_walk(files, workspace, tmp_path):
    (workspace / "folder").mkdir()

    class Swapping(WorkspaceFiles):
        def place(self, path):
            found = super().place(path)
            (workspace / "folder").rmdir()
            (workspace / "folder").symlink_to(tmp_path)
            return found

    with pytest.raises(Refused):
        Swapping(workspace).read(str(workspace / "folder/secret.txt"))


def test_a_workspace_that_is_itself_behind_a_link_works(tmp_path, workspace):
    (tmp_path / "way").symlink_to(workspace)
    files = WorkspaceFiles(tmp_path / "way")
    files.write(str(tmp_path / "way/a.txt"), "text")
    assert files.read(str(workspace / "a.txt")) == "text"


def test_what_is_missing_or_no_file_is_told_in_the_protocols_words(files, workspace):
    os.mkfifo(workspace / "pipe")
    (workspace / "folder").mkdir()
    with (workspace / "big").open("wb") as big:
        big.truncate(33 * 1024 * 1024)
    wanted = {"none": wire.NOT_FOUND, "pipe": wire.INVALID_PARAMS, "folder": wire.INVALID_PARAMS, "big": wire.REFUSED}
    wanted |= {".": wire.INVALID_PARAMS, "a\0b": wire.INVALID_PARAMS}
    for path, code in wanted.items():
        with pytest.raises(Refused) as refusal:
            files.read(path)
        assert refusal.value.code == code, path
    for path in ("pipe", "folder", "."):
        with pytest.raises(Refused):
            files.write(path, "x")
    with pytest.raises(Refused):
        files.write("big2", "x" * (33 * 1024 * 1024))
    with pytest.raises(Refused):
        files.write("folder/x" + "y" * 300, "x")


names = st.sampled_from(["..", ".", "a", "b", "out", "in", "", "/", "//etc", "a/../..", "\u2025"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(names, max_size=6).map("/".join), st.booleans())
def test_no_path_whatever_leads_outside(workspace, tmp_path, path, absolute):
    for name, target in (("out", tmp_path), ("in", workspace)):
        if not (workspace / name).is_symlink():
            (workspace / name).symlink_to(target)
    before = sorted(entry.name for entry in tmp_path.iterdir())
    asked = f"{workspace}/{path}" if absolute else path
    try:
        WorkspaceFiles(workspace).write(asked, "x")
    except Refused:
        pass
    else:
        assert workspace in Path(os.path.realpath(workspace / asked)).parents
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before

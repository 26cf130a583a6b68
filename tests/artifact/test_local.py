import asyncio
import os
import resource
import signal
import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.artifact.local import ArtifactNameRefused, ArtifactNotKept, DiskFull, LocalArtifacts
from kiro_worker.testing.artifact_contract import RUN, ArtifactsContract


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "runs"


@pytest.fixture
def artifacts(folder):
    return LocalArtifacts(folder)


class TestLocalArtifacts(ArtifactsContract):
    """The whole contract, on real files."""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


async def test_files_and_folders_are_for_their_owner_alone(artifacts, folder):
    place = await artifacts.keep(RUN, "reports/junit.xml", b"<x/>")
    assert place == str(folder / RUN / "reports" / "junit.xml")
    assert mode(folder / RUN / "reports" / "junit.xml") == 0o600
    assert mode(folder) == mode(folder / RUN) == mode(folder / RUN / "reports") == 0o700


async def test_a_folder_that_is_a_link_is_not_followed(artifacts, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    await artifacts.keep(RUN, "a", b"")
    (folder / RUN / "reports").symlink_to(outside)
    with pytest.raises(ArtifactNotKept):
        await artifacts.keep(RUN, "reports/junit.xml", b"escaped")
    assert list(outside.iterdir()) == []
    (outside / "secret").write_text("s")
    assert await artifacts.read(RUN, "reports/secret") is None
    assert await artifacts.names(RUN) == ("a",)


async def test_a_file_that_is_a_link_is_replaced_and_not_written_through(artifacts, folder, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    await artifacts.keep(RUN, "a", b"")
    (folder / RUN / "b").symlink_to(precious)
    with pytest.raises(ArtifactNotKept, match="a link is in its way"):
        await artifacts.read(RUN, "b")
    await artifacts.keep(RUN, "b", b"ours")
    assert precious.read_text() == "mine"
    assert await artifacts.read(RUN, "b") == b"ours"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/etc/hostname"), os.mkdir])
async def test_a_source_that_is_no_plain_file_is_refused(artifacts, tmp_path, make):
    source = tmp_path / "source"
    make(source)
    async with asyncio.timeout(5):
        with pytest.raises(ArtifactNotKept):
            await artifacts.keep(RUN, "a", source)
    assert await artifacts.names(RUN) == ()


async def test_a_pipe_that_was_planted_cannot_hang_a_reader(artifacts, folder):
    await artifacts.keep(RUN, "a", b"")
    os.mkfifo(folder / RUN / "b")
    async with asyncio.timeout(5):
        with pytest.raises(ArtifactNotKept):
            await artifacts.read(RUN, "b")
    assert await artifacts.names(RUN) == ("a",)


async def test_a_disk_that_is_full_is_named_and_the_earlier_version_stays(artifacts, folder):
    await artifacts.keep(RUN, "log", b"earlier")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # The kernel's own refusal in the middle of a file, without filling a disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(DiskFull) as first:
            await artifacts.keep(RUN, "log", b"x" * 200_000)
        with pytest.raises(DiskFull) as second:
            await artifacts.keep(RUN, "new", b"x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert "The earlier version of this file" in first.value.kept
    assert "Nothing of this file" in second.value.kept
    assert "df -h" in first.value.next_step
    assert [path.name for path in (folder / RUN).iterdir()] == ["log"]
    assert await artifacts.read(RUN, "log") == b"earlier"


_KILLED = """
import asyncio, os, sys
from pathlib import Path
from kiro_worker.artifact.local import LocalArtifacts

async def keep():
    await LocalArtifacts(Path(sys.argv[1])).keep("r-1", "log", Path(sys.argv[2]))

asyncio.run(keep())
"""


async def test_a_worker_killed_while_writing_leaves_the_earlier_version(artifacts, folder, tmp_path):
    source = tmp_path / "big"
    with source.open("wb") as file:
        file.truncate(2_000_000_000)
    await artifacts.keep("r-1", "log", b"earlier")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _KILLED, str(folder), str(source))
    async with asyncio.timeout(20):
        while len(list((folder / "r-1").iterdir())) < 2:  # noqa: ASYNC110  # the other process cannot tell
            await asyncio.sleep(0.005)
    process.kill()
    await process.wait()
    assert await artifacts.read("r-1", "log") == b"earlier"
    assert await artifacts.names("r-1") == ("log",)


async def test_names_for_files_that_are_being_written_are_not_to_be_had(artifacts):
    with pytest.raises(ArtifactNameRefused):
        await artifacts.keep(RUN, "a/.partial-1", b"")


async def test_a_folder_that_cannot_be_used_is_a_named_fault(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactNotKept, match="Not a directory"):
        await LocalArtifacts(tmp_path / "file" / "runs").keep(RUN, "a", b"")


async def test_names_that_are_no_utf_8_are_kept_where_they_have_a_form(artifacts):
    name = os.fsdecode(b"a\xffb")
    await artifacts.keep(RUN, name, b"1")
    assert await artifacts.names(RUN) == (name,)
    with pytest.raises(ArtifactNameRefused):
        await artifacts.keep(RUN, "a\ud800b", b"1")


@given(name=st.text(max_size=40))
def test_no_name_leads_out_of_the_run(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("runs")
    try:
        path = LocalArtifacts(folder)._path(RUN, name)
    except ArtifactNameRefused:
        return
    assert (folder / RUN) in path.parents
    assert ".." not in path.parts

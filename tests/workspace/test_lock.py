import asyncio
import subprocess
import sys

import pytest

from kiro_worker.git import NotWritable
from kiro_worker.workspace.lock import Mark, MirrorBusy, SharedLock, is_held


@pytest.fixture
def lock(tmp_path) -> SharedLock:
    return SharedLock(tmp_path / "folder" / "it.lock")


async def test_many_read_together_and_one_writes_alone(lock):
    inside: list[str] = []
    most: dict[str, int] = {"reading": 0, "writing": 0}

    async def hold(kind: str) -> None:
        async with lock.shared() if kind == "reading" else lock.exclusive():
            inside.append(kind)
            most[kind] = max(most[kind], inside.count(kind))
            assert "writing" not in inside or inside == ["writing"]
            await asyncio.sleep(0.01)
            inside.remove(kind)

    await asyncio.gather(*(hold("writing" if number % 4 == 0 else "reading") for number in range(20)))
    assert most["writing"] == 1
    assert most["reading"] > 1


async def test_who_waits_to_write_is_not_overtaken_by_those_who_read(lock):
    order: list[str] = []
    reading, over = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with lock.shared():
            reading.set()
            await over.wait()

    async def write() -> None:
        await reading.wait()
        async with lock.exclusive():
            order.append("write")

    async def read_later() -> None:
        await reading.wait()
        await asyncio.sleep(0.05)
        async with lock.shared():
            order.append("read")

    async def end() -> None:
        await asyncio.sleep(0.2)
        over.set()

    await asyncio.gather(first(), write(), read_later(), end())
    assert order == ["write", "read"]


async def test_a_wait_that_is_cancelled_holds_nothing(lock):
    async with lock.exclusive():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), lock.shared():
                pass
    async with lock.exclusive():
        pass


async def test_a_lock_that_nobody_gives_back_is_named(lock, tmp_path):
    impatient = SharedLock(tmp_path / "folder" / "it.lock", patience=0.05)
    async with lock.shared():
        with pytest.raises(MirrorBusy, match=r"it\.lock"):
            async with impatient.exclusive():
                pass


async def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable):
        async with SharedLock(tmp_path / "file" / "x.lock").shared():
            pass


def test_a_mark_says_that_its_holder_lives(tmp_path):
    mark = Mark(tmp_path / "alive")
    assert not is_held(mark.path)
    assert mark.take()
    assert is_held(mark.path)
    assert not Mark(mark.path).take()
    mark.drop()
    mark.drop()
    assert not is_held(mark.path)
    assert not mark.path.exists()


def test_nobody_works_in_a_file_that_lies_among_the_runs_folders(tmp_path):
    (tmp_path / "stray").touch()
    assert not is_held(tmp_path / "stray/alive")


def test_a_mark_of_a_process_that_was_killed_is_free(tmp_path):
    path = tmp_path / "alive"
    code = f"import os,signal; from kiro_worker.workspace.lock import Mark; from pathlib import Path; assert Mark(Path({str(path)!r})).take(); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run((sys.executable, "-c", code), check=False)
    assert path.exists()
    assert not is_held(path)
    assert Mark(path).take()

import os
import time
from pathlib import Path

import pytest

from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.workspace.lock import SharedLock
from kiro_worker.workspace.pack import PackLedger, PackWatch, shared_files


@pytest.fixture
def mirror(tmp_path) -> Path:
    remote = BareRemote(tmp_path / "m.git")
    remote.commit({"a": b"x" * 5000})
    remote.git("repack", "-a", "-d", "-q", "--write-bitmap-index")
    (remote.path / "kiro-worker").mkdir()
    return remote.path


@pytest.fixture
def ledger(mirror) -> PackLedger:
    made = PackLedger(mirror, algorithm="sha1")
    made.note()
    return made


@pytest.fixture
def watch(mirror, ledger, tmp_path) -> PackWatch:
    return PackWatch(mirror, SharedLock(tmp_path / "lock"), ledger)


def every(mirror: Path) -> dict[str, Path]:
    return {entry.name: Path(entry.path) for entry in shared_files(mirror)}


def test_every_kind_of_shared_file_is_noted_and_whole(mirror, ledger):
    kinds = {name.rpartition(".")[2] for name in ledger.seals()}
    assert {"pack", "idx", "bitmap"} <= kinds
    assert ledger.broken(every(mirror)) is None


@pytest.mark.parametrize("suffix", ["pack", "idx", "bitmap"])
@pytest.mark.parametrize("at", [0, 20, -1])
async def test_one_changed_byte_is_found_wherever_it_is(mirror, watch, suffix, at):
    (path,) = (mirror / "objects/pack").glob(f"*.{suffix}")
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert await watch.broken() == path.name


async def test_a_forged_checksum_is_found_too(mirror, watch):
    import hashlib

    (path,) = (mirror / "objects/pack").glob("*.idx")
    body = bytearray(path.read_bytes()[:-20])
    body[1100] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(body) + hashlib.sha1(body, usedforsecurity=False).digest())
    assert await watch.broken() == path.name


async def test_a_file_that_was_cut_is_found(mirror, watch):
    (path,) = (mirror / "objects/pack").glob("*.pack")
    path.chmod(0o644)
    os.truncate(path, 10)
    assert await watch.broken() == path.name


async def test_another_clones_link_costs_one_reading_and_is_no_alarm(mirror, watch, tmp_path):
    for number, path in enumerate(every(mirror).values()):
        os.link(path, tmp_path / f"link-{number}")
    assert await watch.broken() is None
    assert watch._touched(watch._look()) == frozenset()


async def test_packs_that_come_and_go_by_a_repack_are_no_alarm(mirror, ledger, watch):
    remote = BareRemote(mirror)
    remote.commit({"b": b"y"})
    remote.git("repack", "-a", "-d", "-q", "--write-bitmap-index")
    assert await watch.broken() is None
    ledger.note()
    assert set(ledger.seals()) == set(every(mirror))
    assert await watch.broken() is None


def test_what_a_killed_git_left_is_cleared_and_the_ledger_written_only_when_it_changes(mirror, ledger):
    noted = mirror / "kiro-worker/packs.json"
    before = noted.stat().st_ino
    (mirror / "objects/pack/tmp_pack_x").write_text("half")
    (mirror / "objects/pack/pack-1.keep").touch()
    time.sleep(0.001)
    ledger.note()
    assert not (mirror / "objects/pack/tmp_pack_x").exists()
    assert noted.stat().st_ino == before
    assert (
        ledger.broken({"gone.pack": mirror / "gone.pack", "pack-1.keep": mirror / "objects/pack/pack-1.keep"}) is None
    )


async def test_a_mirror_that_went_is_told(mirror, watch, tmp_path):
    mirror.rename(tmp_path / "aside.git")
    assert "is gone" in await watch.broken()
    mirror.mkdir()
    assert "another run found changed" in await watch.broken()

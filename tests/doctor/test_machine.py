import os
import platform
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from kiro_worker.doctor.check import Check, Health, exit_status_of, faulty, good, report_document, skipped
from kiro_worker.doctor.machine import (
    StateApart,
    look_at_processes,
    look_at_python,
    look_at_state,
)
from kiro_worker.error import Fault
from kiro_worker.git.fault import DiskFull
from kiro_worker.process import Children

ELSEWHERE = Path("/dev/shm")


def test_the_first_fault_makes_the_exit_status_and_a_warning_makes_none():
    warning = Check(name="w", health=Health.WARNING, says="well")
    assert exit_status_of([good("a", "fine"), warning, skipped("b", "see a")]) == 0
    first = faulty("c", DiskFull("/state"))
    second = Check(name="d", health=Health.FAULT, says="x", fault=Fault.CREDENTIAL)
    assert exit_status_of([warning, first, second]) == 70
    assert exit_status_of([second, first]) == 3
    assert not report_document([warning, first])["good"]
    assert report_document([warning])["good"]


@pytest.mark.parametrize(("system", "health"), [("Linux", Health.OK), ("Darwin", Health.WARNING)])
def test_elsewhere_than_on_linux_it_works_with_a_warning(monkeypatch, system, health):
    monkeypatch.setattr(platform, "system", lambda: system)
    assert look_at_python().health is health


@pytest.mark.skipif(
    not ELSEWHERE.is_dir() or ELSEWHERE.stat().st_dev == Path("/tmp").stat().st_dev, reason="one file system only"
)
def test_a_state_folder_on_two_file_systems_is_a_fault(tmp_path):
    (tmp_path / "mirrors").symlink_to(ELSEWHERE)
    with pytest.raises(StateApart, match="another file system"):
        look_at_state(tmp_path)


@pytest.mark.parametrize(("free", "health"), [(10 << 30, Health.OK), (1 << 30, Health.WARNING), (1 << 20, None)])
def test_room_on_the_disk_is_looked_at(monkeypatch, tmp_path, free, health):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    if health is None:
        with pytest.raises(DiskFull):
            look_at_state(tmp_path)
    else:
        assert look_at_state(tmp_path).health is health


async def test_what_the_kernel_lacks_is_told(monkeypatch):
    async with Children() as children:
        assert look_at_processes(SimpleNamespace(children=children)).health is Health.OK
        children.holds_orphans = False
        assert "no child subreaper" in look_at_processes(SimpleNamespace(children=children)).says
        children.holds_orphans = True
        monkeypatch.delattr(os, "pidfd_open")
        assert "no pidfd" in look_at_processes(SimpleNamespace(children=children)).says

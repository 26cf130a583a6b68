import asyncio
import os
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from kiro_worker.process import Children, Command, Ending, Limits, NotStarted


def command(*argv: str, **more) -> Command:
    return Command(argv=argv, cwd=Path("/"), environment={"PATH": os.environ["PATH"]}, **more)


def python(code: str, **more) -> Command:
    return command(sys.executable, "-c", code, **more)


def living_descendants() -> list[int]:
    return [p.pid for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
async def children():
    async with Children() as owner:
        yield owner
    assert living_descendants() == []


async def test_a_command_is_run_with_its_input_and_nothing_inherited(children, monkeypatch):
    monkeypatch.setenv("FORGE_TOKEN", "do-not-hand-on")
    over = await children.run(python("import os,sys; print(sys.stdin.read(), sorted(os.environ))", stdin=b"hello"))
    assert over.ok
    assert b"hello" in over.stdout
    assert b"FORGE_TOKEN" not in over.stdout


async def test_status_and_both_outputs_come_back(children):
    over = await children.run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"))
    assert (over.status, over.stdout, over.stderr, over.ok) == (7, b"out\n", b"err\n", False)


async def test_a_missing_program_is_a_named_fault(children):
    with pytest.raises(NotStarted, match="no-such-program could not be started"):
        await children.run(command("no-such-program"))


async def test_a_wall_clock_limit_ends_the_whole_tree(children):
    over = await children.run(command("sh", "-c", "setsid sleep 60 & sleep 60"), Limits(wall=0.3))
    assert over.ending is Ending.TIMED_OUT
    assert living_descendants() == []


async def test_silence_ends_a_command_but_talking_does_not(children):
    quiet = await children.run(command("sh", "-c", "echo a; sleep 60"), Limits(silence=0.3))
    assert quiet.ending is Ending.SILENT
    assert quiet.stdout == b"a\n"
    talking = await children.run(
        command("sh", "-c", "for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done"), Limits(silence=0.4)
    )
    assert talking.ending is Ending.EXITED


async def test_a_daemon_that_left_its_session_and_holds_the_pipe_is_ended_with_its_tree(children):
    daemon = "import os,time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nprint('daemon', flush=True)\ntime.sleep(60)"
    began = time.monotonic()
    over = await children.run(python(daemon))
    assert over.ok
    assert living_descendants() == []
    assert time.monotonic() - began < 5


async def test_a_program_that_ignores_term_is_killed(children):
    stubborn = (
        "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    )
    over = await children.run(python(stubborn), Limits(silence=0.4))
    assert over.ending is Ending.SILENT
    assert over.status == -9


async def test_a_flood_is_kept_to_its_limit_with_both_ends(children):
    over = await children.run(
        python("import sys; sys.stdout.write('B' + 'x' * 20_000_000 + 'E')"), Limits(kept_output=10_000)
    )
    assert len(over.stdout) < 11_000
    assert over.stdout.startswith(b"B")
    assert over.stdout.endswith(b"E")
    assert over.dropped == 20_000_002 - 10_000


async def test_git_is_asked_to_end_before_it_is_killed_when_its_run_is_cancelled(children, tmp_path):
    told = tmp_path / "told"
    script = f"trap 'echo unlocked >{told}; exit 1' TERM; echo ready; while :; do sleep 0.05; done"
    ready = asyncio.Event()
    running = children.run(command("sh", "-c", script), whole_tree=False, on_output=lambda *_: ready.set())
    task = asyncio.get_running_loop().create_task(running)
    await ready.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told.read_text() == "unlocked\n"


async def test_cancelling_a_run_ends_its_tree(children):
    task = asyncio.get_running_loop().create_task(children.run(command("sh", "-c", "sleep 60 & sleep 60")))
    await asyncio.sleep(0.2)
    assert living_descendants()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert living_descendants() == []


async def test_ending_one_tree_spares_the_orphans_of_another_that_still_runs(children):
    leaves_an_orphan = "setsid sh -c 'sleep 60' & sleep 0.1; exec sleep 60"
    first = await children.start(command("sh", "-c", leaves_an_orphan))
    second = await children.start(command("sh", "-c", "(setsid sleep 61 &) ; sleep 0.1; exec sleep 62"))
    await asyncio.sleep(0.4)
    await children.end(first)
    remaining = {tuple(psutil.Process(pid).cmdline()) for pid in living_descendants()}
    assert ("sleep", "61") in remaining
    await children.end(second)
    assert living_descendants() == []


async def test_waiting_for_many_children_takes_no_thread_each(children):
    # asyncio's own watcher on Python 3.11 has one for each child.
    before = threading.active_count()
    started = [await children.start(command("sleep", "60")) for _ in range(20)]
    waiting = [asyncio.get_running_loop().create_task(child.wait()) for child in started]
    await asyncio.sleep(0)
    assert threading.active_count() == before
    for child in started:
        os.kill(child.pid, 9)
    assert set(await asyncio.gather(*waiting)) == {-9}


async def test_a_killed_worker_takes_its_child_along(tmp_path):
    code = f"""
import asyncio, os, pathlib
from kiro_worker.process import Children, Command
async def main():
    async with Children() as owner:
        child = await owner.start(Command(argv=("sleep", "60"), cwd=pathlib.Path("/"), environment=dict(os.environ)))
        pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(child.pid))
        await child.wait()
asyncio.run(main())
"""
    async with Children() as owner:
        worker = await owner.start(
            Command(argv=(sys.executable, "-c", code), cwd=tmp_path, environment={**os.environ}), owned=False
        )
        for _ in range(500):
            if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
                break
            await asyncio.sleep(0.02)
        pid = int((tmp_path / "pid").read_text())
        os.kill(worker.pid, 9)
        await worker.wait()
        for _ in range(100):
            if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                break
            await asyncio.sleep(0.02)
        else:
            pytest.fail("the child outlived its worker")
        await owner.end(worker)

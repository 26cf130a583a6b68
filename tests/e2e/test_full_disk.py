"""A machine whose disk is full: the run is over, people see that, and clearing up works."""

import json
import shlex
import shutil
import subprocess

import pytest

from e2e.world import BIN


def test_a_run_that_a_full_disk_ends_is_listed_as_ended_and_clearing_up_works(world):
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare(1) to mount a small file system")
    world.spec()
    world.turn("1\\.1", {"wait": 2}, {"write": "greet.txt", "content": "hello\n"}, {"say": "Done."})
    environment = world.variables("laptop")
    state = world.folder / "laptop" / "state"
    state.mkdir()
    tool, where, run = BIN / "kiro-worker", shlex.quote(str(state)), shlex.join(world.arguments("run"))
    script = f"""mount -t tmpfs -o size=12m none {where} || exit 99
    {run} > run.jsonl 2> run.err & worker=$!
    until grep -q turn.started run.jsonl; do sleep 0.05; done
    cat /dev/zero > {where}/filler 2> /dev/null; cat /dev/zero >> {where}/filler 2> /dev/null
    wait $worker
    {tool} list --json; echo '---'; {tool} gc > gc.out 2> gc.err; echo $?"""
    command = ("unshare", "-rm", "sh", "-c", script)
    over = subprocess.run(
        command, cwd=world.folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    if over.returncode == 99 or "unshare" in over.stderr:
        pytest.skip(f"this machine lets nobody mount: {over.stderr.strip()}")
    listed, _, status = over.stdout.partition("---")
    (entry,) = json.loads(listed)["runs"]
    assert (entry["state"], entry["verdict"]) == ("ended", "INTERNAL")
    assert int(status) == 0, (world.folder / "gc.err").read_text()

import signal
import subprocess

import pytest

from e2e.world import BIN


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_who_is_asked_to_end_ends_well(fresh, asked):
    fresh("board", "add", "--title", "Log in")
    process = subprocess.Popen(
        [str(BIN / "kiro-worker"), "watch", "--shadow"],
        cwd=fresh.clone,
        env=fresh.world.variables("laptop"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("would be begun: 1 ")
    process.send_signal(asked)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert err.startswith("Watching local, every 30 s; Ctrl-C ends it.\n")
    assert "asked to end" in err

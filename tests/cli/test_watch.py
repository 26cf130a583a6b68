import contextlib
import signal
import subprocess

import pytest

from e2e.world import BIN


@contextlib.contextmanager
def watching(fresh, *words):
    """It would begin a card, and says so again with each look."""
    fresh("board", "add", "--title", "Log in")
    started = subprocess.Popen(
        [str(BIN / "kiro-worker"), "watch", "--shadow", "--interval", "1", *words],
        cwd=fresh.clone,
        env=fresh.world.variables("laptop"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with started as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_who_is_asked_to_end_ends_well(fresh, asked):
    with watching(fresh) as process:
        assert process.stderr.readline() == "Watching local, every 1 s; Ctrl-C ends it.\n"
        process.send_signal(asked)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err.startswith("Runs that are under way are asked to end")) == (0, True)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_reader_that_goes_away_ends_no_watch(fresh, words):
    with watching(fresh, *words) as process:
        assert "Log in" in process.stdout.readline() or words
        process.stdout.close()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert "Traceback" not in process.stderr.read()

import json
import subprocess
import sys
import time

import pytest

from cli.place import Paper, in_terminal
from e2e.world import BIN
from kiro_worker.cli.terminal import columns, local_time, print_json


def test_columns_are_as_wide_as_their_widest_cell_and_cut_where_that_is_asked_for():
    rows = [("A", "B"), ("long name", "x"), ("é", "y")]
    assert list(columns(rows)) == ["A          B", "long name  x", "é          y"]
    assert list(columns(rows, most={0: 5})) == ["A      B", "long…  x", "é      y"]
    assert list(columns([])) == []


def test_times_are_those_of_the_clock_on_the_wall(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert local_time("2026-11-21T23:30:00.000Z") == "2026-11-22 08:30"
        assert local_time("") == ""
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("terminal", [True, False])
def test_json_is_the_same_whatever_the_names_hold(monkeypatch, terminal):
    out = Paper(terminal=terminal)
    monkeypatch.setattr(sys, "stdout", out)
    body = {"name": "caf\u00e9 \udcff \x9b31m", "n": 1}
    print_json(body)
    assert json.loads(out.read_back()) == body
    assert ("\x9b" in out.read_back()) is not terminal


def test_a_real_terminal_gets_colours_and_a_pipe_gets_none(kiro):
    words = [str(BIN / "kiro-worker"), "list"]
    shown, status = in_terminal(words, {**kiro.world.variables("laptop"), "TERM": "xterm"})
    assert status == 0
    assert "\x1b[31m" in shown
    piped = subprocess.run(words, env=kiro.world.variables("laptop"), capture_output=True, check=True).stdout
    assert b"\x1b" not in piped


def test_a_terminal_that_lacks_a_sign_is_shown_its_number(kiro):
    environment = {**kiro.world.variables("laptop"), "PYTHONIOENCODING": "ascii"}
    words = [str(BIN / "kiro-worker"), "pr", "show", "--repository", kiro.world.remote.url]
    over = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert over.returncode == 0, over.stderr
    assert "\\u2192 main" in over.stdout


@pytest.mark.parametrize("verb", [("list",), ("show", "--json"), ("spec", "list"), ("pr", "list")])
def test_a_reader_that_went_away_is_no_fault(kiro, verb):
    with subprocess.Popen(
        [str(BIN / "kiro-worker"), *verb], env=kiro.world.variables("laptop"), cwd=kiro.clone,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as reading:  # fmt: skip
        assert reading.stdout is not None
        assert reading.stderr is not None
        reading.stdout.close()
        assert reading.stderr.read() == ""
    assert reading.returncode == 0

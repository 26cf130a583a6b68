"""What is left on the machine once a run is over."""

import json
import sys
from pathlib import Path

SET_UP = {".kiro/worker.yaml": b"gates:\n  test_command: [sh, check.sh]\n  setup_command: 'true'\n"}


def left_behind(world) -> list[str]:
    state = world.folder / "laptop/state/kiro-worker"
    return [path.name for name in ("gates", "homes") for path in (state / name).iterdir()]


def test_a_run_that_is_done_leaves_nothing_of_its_set_up_behind(world):
    world.spec(base=SET_UP)
    world.honest()
    ran = world.run()
    assert (ran.verdict, ran.event("project.set-up")["color"]) == ("DONE", "green")
    assert left_behind(world) == []


def test_a_run_that_is_red_leaves_nothing_of_its_set_up_behind_either(world):
    world.spec(base=SET_UP)
    world.turn("1\\.1", {"write": "RED", "content": ""})
    assert world.run("--only", "1.1", "--repair-rounds", "0").verdict == "TESTS_RED"
    assert left_behind(world) == []


def test_a_name_that_is_no_utf8_is_in_the_work_and_in_everything_that_is_told_of_it(world):
    world.spec()
    world.turn("1\\.1", {"write": "caf\udce9.txt", "content": "x"})
    ran = world.run("--only", "1.1")
    assert (ran.verdict, ran.status) == ("DONE", 0)
    folder = world.folder / "laptop/state/kiro-worker/runs" / str(ran.event("run.started")["run"])
    document = json.loads((folder / "run.json").read_text("utf-8"))
    assert "caf\udce9.txt" in json.dumps(document, ensure_ascii=False)
    assert "caf" in (folder / "run.html").read_text("utf-8")
    assert "caf" in json.dumps(json.loads((folder / "evidence.json").read_text("utf-8")))


def test_a_file_larger_than_is_read_does_not_stop_the_gates(world):
    world.spec({"large.bin": b"x\n" * (9 * 1024 * 1024)})
    world.turn("1\\.1", {"write": "greet.txt", "content": "x"})
    ran = world.run("--only", "1.1")
    assert (ran.verdict, ran.status) == ("DONE", 0)


# Ends its turn with its work done, and folders in one another, more than calls nest, where no commit takes them along.
DEEP = """#!{python}
import os, sys
sys.stdin.read()
for top in ("build", os.environ["HOME"] + "/deep", os.environ["TMPDIR"] + "/deep"):
    os.makedirs(top)
    here = os.open(top, os.O_RDONLY)
    for _ in range(2500):
        os.mkdir("d", dir_fd=here)
        above, here = here, os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(above)
    os.close(here)
open("greet.txt", "w").write("hello")
print("Done.")
"""


def test_folders_in_one_another_in_the_agents_own_places_end_no_run_and_are_cleared_away(world):
    world.spec(base={".gitignore": b"build/\n"})
    agent = world.folder / "agent"
    agent.write_text(DEEP.format(python=sys.executable))
    agent.chmod(0o755)
    ran = world.run("--only", "1.1", "--agent", str(agent), "--protocol", "headless", "--isolation", "none")
    assert ran.verdict == "DONE"
    state = world.folder / "laptop/state/kiro-worker"
    assert [list((state / name).iterdir()) for name in ("homes", "gates", "trash")] == [[], [], []]


def test_work_that_could_not_be_looked_at_is_kept_where_the_cause_says(world):
    world.spec()
    world.turn("1\\.1", {"write": "sub/.GIT/config", "content": "x"})
    ran = world.run("--only", "1.1")
    assert ran.verdict == "GIT_FAULT"
    kept = Path(str(ran.event("workspace.kept")["path"]))
    assert (kept / "sub/.GIT/config").read_text() == "x"
    assert str(kept) in str(ran.cause["next_step"])

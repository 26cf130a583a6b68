import re

import pytest

from cli.place import Place, in_terminal
from e2e.world import BIN, World
from kiro_worker.testing.git_remote import BareRemote

GATES = ("tests", "coverage", "tamper", "bite", "scope", "secrets", "evidence")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The bundled sample, worked on before somebody's eyes; and the machine on which that happened."""
    folder = tmp_path_factory.mktemp("demo")
    world = World(folder=folder, remote=BareRemote(folder / "unused.git"))
    environment = {**world.variables("laptop"), "TERM": "xterm", "COLUMNS": "120"}
    words = [str(BIN / "kiro-worker"), "demo", "--folder", str(folder / "sample")]
    seen, status = in_terminal(words, environment)
    state = folder / "laptop" / "state"
    state.mkdir(exist_ok=True)
    # The demo keeps a state of its own; here it is looked at as if it were the machine's.
    (state / "kiro-worker").symlink_to(folder / "sample" / "state")
    place = Place(world=world, clone=folder / "sample/postage", ids={})
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen), status, place


def test_the_demo_ends_well_and_shows_what_it_did(demo):
    seen, status, _ = demo
    assert status == 0, seen[-4000:]
    for told in (
        "task 1 of 6: 1.1 Compute the price from weight and zone",
        "refused: Read ~/.aws/credentials",
        "repair)",
        "# DONE: parcel-price on parcel-price",
        "- [x] 4.2 Tell why a parcel is refused",
        "## ✅ Kiro Worker: DONE",
        "The page of the run:",
    ):
        assert told in seen, told


def test_the_moving_line_told_what_was_going_on(demo):
    seen, _, _ = demo
    assert re.search(r"task 1 of 6 · the agent is working · ", seen)
    assert re.search(r"task \d of 6 · running the gates · ", seen)
    assert re.search(r"· \d\.\d\d credits", seen)


def test_what_the_demo_left_can_be_looked_at_with_every_verb(demo):
    _, _, kiro = demo
    run = kiro("list", "--json").json["runs"][0]
    assert (run["verdict"], run["spec"]) == ("DONE", "parcel-price")
    assert kiro("status").lines == ["Nothing is running."]
    shown = kiro("show", "--json").json
    assert {gate["gate"]: gate["color"] for gate in shown["gates"]} == dict.fromkeys(GATES, "green")
    assert "Put back in 2.1: .kiro/specs/parcel-price/tasks.md" in kiro("show").out
    assert "+++ b/src/postage/price.py" in kiro("show", "--diff").lines
    assert "1 of 11 tests failed" in kiro("logs").out
    assert kiro("pr", "show", "parcel-price", "--json").json["stage"] == "open"
    assert kiro("spec", "check").status == 0
    assert kiro("config", "check").status == 0


def test_the_demo_does_not_touch_the_machine_s_own_state(tmp_path):
    world = World(folder=tmp_path, remote=BareRemote(tmp_path / "unused.git"))
    place = Place(world=world, clone=tmp_path, ids={})
    said = place("demo", "--folder", str(tmp_path / "sample"), "--quiet", PATH="/nowhere")
    assert said.status != 0
    assert not (tmp_path / "laptop/state").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    world = World(folder=tmp_path, remote=BareRemote(tmp_path / "unused.git"))
    place = Place(world=world, clone=tmp_path, ids={})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear")
    said = place("demo", "--folder", str(tmp_path / "mine"))
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("demo.folder-taken: ")
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["letter.txt"]
    assert place("demo", "--folder", str(tmp_path / "mine/letter.txt")).status == 2


@pytest.mark.parametrize("speed", ["x", "-1", "inf", "nan"])
def test_a_speed_that_is_none_is_told_before_anything_is_made(tmp_path, speed):
    world = World(folder=tmp_path, remote=BareRemote(tmp_path / "unused.git"))
    said = Place(world=world, clone=tmp_path, ids={})("demo", "--speed", speed)
    assert (said.status, said.out) == (2, "")
    assert f"{speed!r} is no number from 0 on" in said.err

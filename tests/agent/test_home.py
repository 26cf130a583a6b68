"""Files of the worker's in a HOME that the agent may have had before."""

import stat

import pytest

from kiro_worker.agent.home import write_below

FILES = {".kiro/agents/a.json": "{}"}


def test_files_are_written_for_their_owner_alone_and_again(tmp_path):
    write_below(tmp_path, FILES)
    (tmp_path / ".kiro/agents/a.json").write_text("changed by the agent")
    write_below(tmp_path, FILES)
    place = tmp_path / ".kiro/agents/a.json"
    assert place.read_text() == "{}"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.mark.parametrize("link", [".kiro", ".kiro/agents", ".kiro/agents/a.json"])
def test_no_link_that_the_agent_left_is_followed(tmp_path, link):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / link).parent.mkdir(parents=True)
    (elsewhere / "agents").mkdir(parents=True)
    (elsewhere / "a.json").write_text("somebody's")
    (home / link).symlink_to(elsewhere / "a.json" if link.endswith("json") else elsewhere)
    write_below(home, FILES)
    assert (home / ".kiro/agents/a.json").read_text() == "{}"
    assert (elsewhere / "a.json").read_text() == "somebody's"
    assert [path.name for path in (elsewhere / "agents").iterdir()] == []


@pytest.mark.parametrize("name", [".kiro", ".kiro/agents"])
def test_a_file_in_the_place_of_a_folder_makes_way(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
    (tmp_path / name).write_text("x")
    write_below(tmp_path, FILES)
    assert (tmp_path / ".kiro/agents/a.json").read_text() == "{}"


def test_a_folder_in_the_place_of_a_file_makes_way(tmp_path):
    (tmp_path / ".kiro/agents/a.json/deep").mkdir(parents=True)
    write_below(tmp_path, FILES)
    assert (tmp_path / ".kiro/agents/a.json").read_text() == "{}"

"""Profiles that a person added on this machine."""

import pytest

from kiro_worker.agent.own_profile import own_profile
from kiro_worker.agent.profile import AgentProtocol, ProfileUnreadable

MINE = 'name = "mine"\naliases = ["my agent"]\ncommand = ["my-agent", "--plain"]\nprotocol = "headless"\n'


@pytest.mark.parametrize("name", ["mine", "my agent"])
def test_a_file_of_the_folder_is_found_by_name_and_alias(tmp_path, name):
    (tmp_path / "any.toml").write_text(MINE)
    found = own_profile(tmp_path, name)
    assert found is not None
    assert (found.command, found.protocol) == (("my-agent", "--plain"), AgentProtocol.HEADLESS)


@pytest.mark.parametrize("name", ["min", "my-agent", "other"])
def test_nothing_is_found_where_nobody_added_it(tmp_path, name):
    assert own_profile(tmp_path / "not-there", name) is None
    (tmp_path / "any.toml").write_text(MINE)
    assert own_profile(tmp_path, name) is None


def test_a_file_that_describes_no_agent_is_told_only_when_it_is_meant(tmp_path):
    (tmp_path / "half.toml").write_text('name = "half"\ncomand = ["x"]\n')
    (tmp_path / "mine.toml").write_text(MINE)
    assert own_profile(tmp_path, "mine") is not None
    with pytest.raises(ProfileUnreadable, match=r"half\.toml does not describe an agent: unknown key `comand`"):
        own_profile(tmp_path, "half")


def test_bytes_that_are_no_text_are_told(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileUnreadable, match=r"mine\.toml does not describe an agent"):
        own_profile(tmp_path, "mine")

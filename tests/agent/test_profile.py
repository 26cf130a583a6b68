import contextlib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.agent.profile import (
    AgentProtocol,
    ArgumentRefused,
    Check,
    Profile,
    ProfileUnknown,
    ProfileUnreadable,
    Quirks,
    parse_profile,
    profile_for,
    profile_named,
    shipped_profiles,
)
from kiro_worker.error import Fault

WANTED = {"kiro-v2", "kiro-v3", "opencode", "gemini", "qwen", "vibe", "fast-agent", "codex", "claude"}


def test_the_agents_that_the_product_names_have_a_profile():
    assert {profile.name for profile in shipped_profiles()} >= WANTED


def test_every_shipped_profile_is_whole():
    names = [name for profile in shipped_profiles() for name in (profile.name, *profile.aliases)]
    assert len(set(names)) == len(names)
    for profile in shipped_profiles():
        assert profile.about
        assert profile.check.cure
        assert not any(name.startswith("/") or ".." in name for name in (*profile.home_files, *profile.tool_folders))
        assert not set(profile.environment) & set(profile.credentials)


def test_only_kiro_v3_has_files_and_commands_done_for_it():
    assert [profile.name for profile in shipped_profiles() if profile.offers_files or profile.offers_terminals] == [
        "kiro-v3"
    ]


def test_fast_agent_keeps_its_sessions_out_of_the_workspace():
    assert profile_named("fast-agent").environment_from({})["FAST_AGENT_HOME"] == "~/.fast-agent"


@pytest.mark.parametrize(("name", "found"), [("kiro-v2", "kiro-v2"), ("kiro", "kiro-v2"), ("gemini-cli", "gemini")])
def test_a_profile_is_found_by_name_and_alias(name, found):
    assert profile_named(name).name == found


def test_an_unknown_name_is_told_with_those_there_are():
    with pytest.raises(ProfileUnknown, match=r"opencode.*qwen") as fault:
        profile_named("../opencode")
    assert fault.value.fault is Fault.CONFIG


@pytest.mark.parametrize(
    ("command", "name", "argv"),
    [
        ("opencode acp", "opencode", ("opencode", "acp")),
        ("/opt/bin/opencode acp --cwd 'a b'", "opencode", ("/opt/bin/opencode", "acp", "--cwd", "a b")),
        ("kiro-cli acp", "kiro-v2", ("kiro-cli", "acp")),
        ("kiro-cli acp --agent-engine v3", "kiro-v3", ("kiro-cli", "acp", "--agent-engine", "v3")),
        ("opencode", "opencode", ("opencode",)),
        ("./my-agent -x", "my-agent", ("./my-agent", "-x")),
    ],
)
def test_a_command_line_gets_the_nearest_profile_and_stays_as_it_is(command, name, argv):
    profile = profile_for(command, "acp")
    assert (profile.name, profile.command) == (name, argv)


def test_a_plain_profile_assumes_nothing():
    plain = profile_for("opencode serve", AgentProtocol.HEADLESS)
    assert plain == Profile(name="opencode", command=("opencode", "serve"), protocol=AgentProtocol.HEADLESS)
    assert plain.environment_from({"SECRET": "x", "PATH": "/bin"}) == {"PATH": "/bin"}
    assert not plain.offers_files


@pytest.mark.parametrize(("command", "protocol"), [("", "acp"), ("   ", "acp"), ("a 'b", "acp"), ("a", "telepathy")])
def test_a_command_line_that_cannot_be_read_is_a_fault(command, protocol):
    with pytest.raises(ProfileUnreadable):
        profile_for(command, protocol)


def test_the_environment_is_an_allowlist_with_fixed_variables_in_it():
    source = {
        "PATH": "/bin",
        "HOME": "/root",
        "GITHUB_TOKEN": "x",
        "GEMINI_API_KEY": "k",
        "GEMINI_CLI_NO_RELAUNCH": "0",
    }
    found = profile_named("gemini").environment_from(source)
    assert found["GEMINI_API_KEY"] == "k"
    assert found["GEMINI_CLI_NO_RELAUNCH"] == "true"
    assert "GITHUB_TOKEN" not in found
    assert "HOME" not in found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "x.toml"),
        ('name = "a"\ncommand = []', "`command` is empty"),
        ('name = "a"', "command"),
        ('name = "a"\ncommand = ["a"]\nasking_mode = ["x"]', "unknown key `asking_mode`"),
        ('name = "a"\ncommand = ["a"]\n[quirks]\nodd = true', "unknown key `odd`"),
        ('name = "a"\ncommand = ["a"]\nquirks = 1', "quirks"),
        ('name = "a"\ncommand = ["a"]\nprotocol = "smoke"', "protocol"),
        ('name = "a"\ncommand = ["a"]\noffers_files = "yes"', "offers_files"),
    ],
)
def test_a_profile_that_says_something_wrong_is_told_where(text, reason):
    with pytest.raises(ProfileUnreadable) as fault:
        parse_profile(text, source="x.toml")
    assert reason in fault.value.message


@given(st.text(max_size=60))
def test_any_text_is_a_profile_or_a_named_fault(text):
    with contextlib.suppress(ProfileUnreadable):
        parse_profile(text, source="x.toml")


@pytest.mark.parametrize(
    "arg", ["--trust-all-tools", "-a", "-ax", "--trust-tools=fs_write", "--agent-engine", "--agent"]
)
def test_arguments_that_undo_trust_are_refused(arg):
    with pytest.raises(ArgumentRefused) as fault:
        profile_named("kiro-v2").accept(("--model", "x", arg))
    assert "fs_write" not in str(fault.value)


def test_other_arguments_are_passed_on():
    assert profile_named("kiro-v2").accept(("--effort", "high", "")) == ("--effort", "high", "")


def test_the_documentation_lists_every_shipped_profile_and_every_key():
    docs = Path(__file__).parents[2] / "docs"
    agents = (docs / "reference" / "agents.md").read_text()
    for profile in shipped_profiles():
        if profile.protocol is not AgentProtocol.PTY:
            assert f"| `{profile.name}`" in agents
    how_to = (docs / "how-to" / "add-an-agent.md").read_text()
    for shape in (Profile, Check, Quirks):
        for key in fields(shape):
            assert f"`{key.name}`" in how_to or f"] {key.name}`" in how_to or f"[{key.name}" in how_to, key.name


def test_the_example_of_the_how_to_is_a_profile():
    how_to = (Path(__file__).parents[2] / "docs" / "how-to" / "add-an-agent.md").read_text()
    example = how_to.split("```toml\n")[1].split("```")[0]
    assert parse_profile(example, source="the how-to").name == "my-agent"


def test_each_shipped_file_is_called_as_its_profile():
    """What there is to choose from is told by the files' names, without reading them all."""
    with pytest.raises(ProfileUnknown) as caught:
        profile_named("nobody")
    assert ", ".join(profile.name for profile in shipped_profiles()) in str(caught.value)


def test_every_name_alias_and_command_finds_its_profile():
    for profile in shipped_profiles():
        assert all(profile_named(name) is profile for name in (profile.name, *profile.aliases))
        assert profile_for(" ".join(profile.command), profile.protocol).quirks == profile.quirks

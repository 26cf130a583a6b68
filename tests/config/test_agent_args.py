import shlex

import pytest

from kiro_worker.config.agent_args import REFUSALS, refused_args

KIRO = shlex.split(
    "--trust-all-tools -a --trust-tools --trust-tools= --trust-tools=fs_read --no-interactive --v2 --v3 --agent-engine "
    "--agent-engine=v3 --output-format --output-format=stream-json --wrap --wrap=never --tui --classic --legacy-ui --resume "
    "-r --resume-id --resume-picker --cloud --repo --list-sessions --delete-session --"
)


@pytest.mark.parametrize("flag", KIRO)
@pytest.mark.parametrize("agent", ["kiro", "kiro-v2", "kiro-v3", "kiro-cli acp", "/opt/kiro/kiro-cli chat"])
def test_kiros_flags_for_trust_engine_output_and_session_are_refused(agent, flag):
    ((told, why),) = refused_args(agent, [flag])
    assert told == flag.partition("=")[0]
    assert why


@pytest.mark.parametrize("args", [["--effort", "high"], ["--agent", "mine"], ["--model", "x"], ["-v"], ["-vvv"], ["--require-mcp-startup"], ["my-a-file"], ["-"]])  # fmt: skip
def test_what_undoes_nothing_is_passed_on(args):
    assert list(refused_args("kiro", args)) == []


def test_letters_in_one_word_are_looked_at_one_by_one():
    assert [told for told, _ in refused_args("kiro", ["-va"])] == ["-va"]
    assert [told for told, _ in refused_args("gemini", ["-dy"])] == ["-dy"]


def test_a_letter_means_something_else_to_another_agent():
    assert list(refused_args("my-agent", ["-a", "-y", "--auto", "--repo", "x", "--format", "y"])) == []


@pytest.mark.parametrize("agent", ["gemini", "./my-agent", "codex-acp", "opencode acp", ""])
@pytest.mark.parametrize(
    "flag", ["--yolo", "--trust-all-tools", "--dangerously-skip-permissions", "--approval-mode=yolo"]
)
def test_no_agent_gets_a_flag_that_allows_everything(agent, flag):
    assert len(list(refused_args(agent, [flag]))) == 1


@pytest.mark.parametrize("agent", ["gemini", "claude -p", "opencode run", "codex exec", "./my-agent"])
def test_where_nobody_can_be_asked_a_person_says_what_an_agent_is_trusted_with(agent):
    args = ["--yolo", "--auto", "-y", "-s", "--trust", "--output-format", "--format"]
    assert list(refused_args(agent, args, headless=True)) == []
    assert [told for told, _ in refused_args(agent, ["--resume", "--help"], headless=True)] == ["--resume", "--help"]


@pytest.mark.parametrize("flag", KIRO)
def test_without_a_screen_kiro_still_gets_none_of_them(flag):
    assert len(list(refused_args("kiro-cli chat", [flag], headless=True))) == 1


def test_every_refusal_has_a_reason():
    assert all(refusal.reason and refusal.flags for refusal in REFUSALS)


@pytest.mark.parametrize(
    "flag", ["--approvalMode=yolo", "--approval_mode", "--allowedTools", "--dangerouslySkipPermissions"]
)
def test_a_refused_flag_is_known_in_each_spelling_that_a_parser_takes_for_it(flag):
    ((told, _),) = refused_args("gemini", [flag])
    assert told == flag.partition("=")[0]


OVERRIDES = (
    ["-c", "approval_policy=never"], ["--config", 'sandbox_mode="danger-full-access"'], ["-capproval_policy=never"],
    ["-c=approval_policy=never"], ["--config=profiles.x.approval_policy=never"], ["-c", "sandbox_workspace_write.network_access=true"],
    ["-c", "profiles.x.sandbox_workspace_write.network_access=true"], ["-c", 'profiles.x={approval_policy="never"}'],
    ["-c", 'profiles={x={sandbox_mode="danger-full-access"}}'],
)  # fmt: skip


@pytest.mark.parametrize("args", OVERRIDES, ids=" ".join)
@pytest.mark.parametrize("agent", ["codex", "codex-acp"])
def test_codex_is_not_told_by_a_setting_what_it_may_not_be_told_by_a_flag(agent, args):
    ((told, why),) = refused_args(agent, args)
    assert told.startswith("-c ")
    assert "permission" in why


@pytest.mark.parametrize(
    "args", [["-c", "model=o3"], ["--config=model_reasoning_effort=high"], ["-c", "profiles.x.model=o3"], ["-c"]]
)
def test_other_settings_are_passed_on_to_codex(args):
    assert list(refused_args("codex-acp", args)) == []


def test_a_setting_of_that_name_is_nothing_to_another_agent():
    assert list(refused_args("my-agent", ["-c", "approval_policy=never"])) == []


def test_settings_that_allow_are_not_handed_to_claude():
    ((told, _),) = refused_args("claude-agent", ["--settings", '{"permissions": {"defaultMode": "bypassPermissions"}}'])
    assert told == "--settings"

"""The policy's rules as Kiro's limits, and the MCP servers of the base branch."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from kiro_worker.agent.kiro_settings.pattern import allowing
from kiro_worker.agent.profile import ArgumentRefused, profile_named
from kiro_worker.bootstrap.own_agent import allowed_servers, fence_for, known_to_servers, own_agent
from kiro_worker.config.settings import Config, GateSettings
from kiro_worker.policy import Policy
from kiro_worker.policy.document import read_policy

HEADLESS, ACP = profile_named("kiro-headless"), profile_named("kiro-v2")


def policy(text):
    return read_policy({".kiro/config.yaml": text.encode()})


def fence(text="", *, profile=HEADLESS, config=None):
    return fence_for(config or Config(), profile, (), policy(text) if text else Policy())


def test_the_shipped_policy_is_the_limits_of_a_repository_that_says_nothing():
    found = fence()
    assert {".github/**", ".kiro/**", "uv.lock"} <= set(found.asked_paths)
    assert {".git/**", "**/.env"} <= set(found.hidden_paths)
    assert "git push" in found.denied_commands
    assert (found.answered, fence(profile=ACP).answered) == (False, True)


COMMANDS = """security:
  trusted_commands: [make deploy-docs, git commit]
  denied_commands: [terraform apply]
policy:
  commands:
    ask: [npm run release]
"""


def test_commands_of_the_policy_are_those_of_the_limits():
    found = fence(COMMANDS)
    assert "make deploy-docs" in found.trusted_commands
    assert "terraform apply" in found.denied_commands
    # What the repository trusts is not denied by what is shipped, and what a person is asked about is, unattended.
    assert "git commit" not in found.denied_commands
    assert "npm run release" in found.denied_commands
    assert "npm run release" not in fence(COMMANDS, profile=ACP).denied_commands


PATHS = """security:
  sensitive_files: [certs/**]
governance:
  require_approval:
    - files_matching: ["**/migrations/**"]
policy:
  paths:
    ask: [Dockerfile]
    allow: [uv.lock]
  without: [path.hooks]
"""


def test_paths_of_the_policy_are_those_of_the_limits():
    found = fence(PATHS)
    assert "certs/**" in found.hidden_paths
    assert {"**/migrations/**", "Dockerfile"} <= set(found.asked_paths)
    assert not {"uv.lock", ".husky/**"} & set(found.asked_paths)


def test_only_plain_names_of_hosts_are_opened():
    text = "policy:\n  network:\n    allow: [docs.python.org, '*.packages.example.org', '*', 'a*b.org']\n"
    assert fence(text).hosts == ("docs.python.org", "*.packages.example.org")


@pytest.mark.parametrize(
    ("command", "trusted"),
    [
        ("sh check.sh", ("sh check.sh",)),
        (("sh", "check.sh"), ("sh check.sh",)),
        ("sh check.sh && curl https://x.org", ()),
        ("set -e\nmake", ()),
        ("echo 'open", ()),
        ("", ()),
    ],
)
def test_the_project_s_own_tests_are_trusted_where_they_are_one_plain_command(command, trusted):
    found = fence(config=replace(Config(), gates=replace(GateSettings(), test_command=command)))
    assert found.trusted_commands[-1:] == (trusted or fence().trusted_commands[-1:])
    expression = re.compile(allowing(found.trusted_commands))
    assert bool(expression.fullmatch("sh check.sh")) is bool(trusted)


def test_servers_are_allowed_by_rules_and_what_a_person_would_have_to_allow_is_not():
    text = "policy:\n  mcp:\n    allow: [issues, docs/read_*]\n    ask: [issues/write]\n    deny: [issues/drop]\n"
    assert allowed_servers(policy(text)) == (("issues", "docs/read_*"), ("issues/write", "issues/drop"))
    assert allowed_servers(Policy()) == ((), ())


def test_an_agent_s_name_cannot_be_known_before_and_is_the_same_for_the_same_homes():
    one, again, other = (own_agent(HEADLESS, fence(), Path(name)) for name in ("/a", "/a", "/b"))
    assert one == again
    assert one.name != other.name
    assert re.fullmatch(r"kiro-worker-[0-9a-f]{12}", one.name)
    assert own_agent(profile_named("gemini"), fence(), Path("/a")).files == ()


@pytest.mark.parametrize("word", ["--agent", "--agent=mine"])
def test_a_command_line_that_names_an_agent_whose_limits_nobody_knows_is_refused(word):
    with pytest.raises(ArgumentRefused):
        own_agent(replace(ACP, command=("kiro-cli", "acp", word)), fence(), Path("/a"))


def test_servers_know_what_the_agent_knows_but_for_its_credential():
    source = {"PATH": "/bin", "KIRO_API_KEY": "k", "GITHUB_TOKEN": "g", "ISSUES_TOKEN": "i", "AWS_REGION": "r"}
    assert known_to_servers(ACP, source, ["ISSUES_TOKEN", "NOT_THERE"]) == {
        "PATH": "/bin", "ISSUES_TOKEN": "i", "AWS_REGION": "r", **ACP.environment,
    }  # fmt: skip

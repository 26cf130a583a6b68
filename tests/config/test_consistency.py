import pytest

from kiro_worker.config import ConfigInvalid, Sources
from kiro_worker.config.load import load


def flaws(flags, **sources):
    with pytest.raises(ConfigInvalid) as invalid:
        load(Sources(flags=flags, **sources))
    return [str(flaw) for flaw in invalid.value.flaws]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (
            {"spec.only": "2.1", "spec.until": "3"},
            "flag --until: spec.until is set, and spec.only too (flag --only); set the one that says which tasks you want",
        ),
        (
            {"spec.name": "a", "spec.path": ".kiro/specs/b/"},
            "flag --spec-path: spec.path is '.kiro/specs/b/', and spec.name is 'a' (flag --spec); set one of them",
        ),
        (
            {"branch.name": "main", "branch.base": "main"},
            "flag --branch: branch.name is 'main', which is branch.base too (flag --base); the work needs a branch of its own, so leave branch.name out",
        ),
        (
            {"forge.app_id": "1"},
            "flag --forge-app-id: forge.app_id is set and forge.installation_id is not; set both, or neither to use a token",
        ),
        (
            {"forge.installation_id": "1"},
            "flag --forge-installation-id: forge.installation_id is set and forge.app_id is not; set both, or neither to use a token",
        ),
        ({"agent.name": "my-agent 'x"}, "flag --agent: agent.name is \"my-agent 'x\", in which a quotation does not end; close it"),
        (
            {"agent.variables": "OPENAI_API_KEY GITHUB_TOKEN"},
            "flag --agent-variables: agent.variables names GITHUB_TOKEN, the forge's credential, which only the worker has; remove it",
        ),
        (
            {"gates.variables": "LEASE_CONNECTION_STRING_STAGING"},
            "flag --gates-variables: gates.variables names LEASE_CONNECTION_STRING_STAGING, the address of the leases' server",
        ),
        ({"gates.variables": "GH_TOKEN"}, "flag --gates-variables: gates.variables names GH_TOKEN, the forge's credential"),
        ({"gates.variables": "MY_TOKEN", "forge.token_variable": "MY_TOKEN"}, "flag --gates-variables: gates.variables names MY_TOKEN"),
        ({"agent.variables": "GITHUB_TOKEN_PRODUCTION"}, "flag --agent-variables: agent.variables names GITHUB_TOKEN_PRODUCTION"),
        ({"forge.token_variable": "MINE"}, "flag --forge-token-variable: forge.token_variable is 'MINE', which does not look like"),
        (
            {"agent.args": "--effort high -a --v3"},
            "flag --agent-args: agent.args holds '-a', which is refused because it trusts all tools",
        ),
        ({"artifact.store": "s3"}, "flag --artifact-store: artifact.store is s3, and artifact.bucket is not set; name the bucket"),
        (
            {"launch.kind": "codebuild", "lease.store": "dynamodb", "lease.table": "leases"},
            "flag --launch: launch.kind is codebuild, and launch.project is not set; set it, or LAUNCH_PROJECT",
        ),
        (
            {"launch.kind": "codebuild", "launch.project": "kiro-worker-test"},
            "flag --launch: launch.kind is codebuild, and lease.store is sqlite (default); a build's branch is reserved",
        ),
        (
            {"launch.project": "arn:aws:codebuild:us-east-1:1:project/kiro-worker-test"},
            "flag --launch-project: is 'arn:aws:codebuild:us-east-1:1:project/kiro-worker-test', which is no project of CodeBuild",
        ),
        ({"lease.store": "dynamodb"}, "flag --lease: lease.store is dynamodb, and lease.table is not set; set it, or LEASE_TABLE"),
        ({"agent.name": "gemini --acp --yolo"}, "flag --agent: agent.name holds '--yolo', which is refused because"),
        (
            {"agent.name": "kiro-cli chat --trust-all-tools", "agent.protocol": "headless"},
            "flag --agent: agent.name holds '--trust-all-tools', which is refused because",
        ),
        (
            {"agent.name": "claude -p --continue", "agent.protocol": "headless"},
            "flag --agent: agent.name holds '--continue', which is refused because",
        ),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told_where_it_can_be_changed(flags, told):
    assert flaws(flags)[0].startswith(told)


def test_a_named_environments_credential_is_not_handed_over_either():
    told = flaws(
        {"environment": "staging", "agent.variables": "GITHUB_TOKEN_STAGING"},
        branch={".kiro/environments/staging.yaml": b""},
    )
    assert told[0].startswith("flag --agent-variables: agent.variables names GITHUB_TOKEN_STAGING")


@pytest.mark.parametrize(
    "flags",
    [
        {"spec.name": "a", "spec.path": ".kiro/specs/a"},
        {"forge.app_id": "1", "forge.installation_id": "2"},
        {"agent.name": "gemini --acp"},
        {"agent.name": "kiro-cli acp --agent mine"},
        {"agent.name": "gemini -y -o stream-json", "agent.protocol": "headless"},
        {
            "agent.name": "claude -p --output-format stream-json --dangerously-skip-permissions",
            "agent.protocol": "headless",
        },
        {"agent.name": "my-agent run", "agent.args": "--yolo", "agent.protocol": "headless"},
        {"agent.args": "--effort high --model x -v"},
        {"agent.variables": "OPENAI_API_KEY"},
    ],
)
def test_what_goes_together_is_taken(flags):
    load(Sources(flags=flags))

"""What an environment can choose, where the three that there are choose nothing."""

import json

import pytest
import yaml

from infra.assembly import Stack, listed, shown, statements


@pytest.fixture
def other(assembly):
    """The stacks of an environment that makes every choice in the other way, by their names."""
    return {stack.name.rpartition("-")[2]: stack for stack in assembly.other.stacks()}


def told(other: dict[str, Stack]) -> dict[str, str]:
    project = other["worker"].one("AWS::CodeBuild::Project")
    return {each["Name"]: shown(each["Value"]) for each in project["Environment"]["EnvironmentVariables"]}


def test_cdk_nag_finds_nothing_there_either(assembly):
    for report in assembly.other.report("other")["pluginReports"]:
        assert report["violations"] == []


def test_an_account_and_a_region_that_are_written_down_are_the_only_place_to_go(assembly, other):
    places = {
        each["environment"]
        for each in assembly.other.manifest("other")["artifacts"].values()
        if each["type"] == "aws:cloudformation:stack"
    }
    assert places == {"aws://123456789012/eu-central-1"}


def test_what_nobody_watches_costs_nothing_more(other):
    assert "monitoring" not in other
    assert not any("MetricsConfigurations" in each for each in other["core"].of("AWS::S3::Bucket").values())
    assert told(other)["KIRO_WORKER_METRIC_KIND"] == "none"
    assert all(stack.of("AWS::CloudWatch::Alarm") == {} for stack in other.values())


def test_an_app_takes_the_place_of_the_token_everywhere(other):
    assert told(other)["KIRO_WORKER_SECRET_GITHUB_APP_PLACE"] == "kiro-worker-staging-github-app"
    assert "KIRO_WORKER_SECRET_GITHUB_TOKEN_PLACE" not in told(other)
    # Git signs in with the App's tokens, too, so nobody has to keep a password for it.
    assert "KIRO_WORKER_SECRET_GIT_CREDENTIALS_PLACE" not in told(other)
    for stack in ("worker", "poller", "api"):
        read = {
            resource
            for _, each in statements(other[stack])
            if each["Sid"] == "ReadSecrets"
            for resource in listed(each["Resource"])
        }
        assert any("github-app" in each for each in read)
        assert not any("github-token" in each for each in read)


def test_a_github_of_ones_own_is_told_to_builds_and_to_the_poller(other):
    assert told(other)["KIRO_WORKER_FORGE_API_URL"] == "https://github.example.com/api/v3"
    (poller,) = (
        each
        for each in other["poller"].of("AWS::Lambda::Function").values()
        if str(each["FunctionName"]).endswith("poller")
    )
    assert poller["Environment"]["Variables"]["KIRO_WORKER_FORGE_API_URL"] == "https://github.example.com/api/v3"


def test_the_parameter_that_is_described_has_the_references_shape(other):
    parameter = other["core"].one("AWS::SSM::Parameter")
    assert parameter["Name"] == "/kiro-worker/staging/github-project-config"
    assert json.loads(parameter["Value"]) == {
        "organization": "acme", "repository": "shop", "projectNumber": 4, "targetStatusColumn": "For Implementation",
    }  # fmt: skip


def test_an_environment_whose_builds_will_find_no_agent_says_so_before_it_is_deployed(assembly):
    (said,) = assembly.warnings("test", "kiro-worker-test-worker")
    assert "build.agent_download" in said
    assert assembly.other.warnings("other", "kiro-worker-staging-worker") == ()


def test_an_image_of_ones_own_is_fetched_with_rights_for_it_alone(other):
    project = other["worker"].one("AWS::CodeBuild::Project")
    assert project["Environment"]["ImagePullCredentialsType"] == "SERVICE_ROLE"
    (fetch,) = (each for _, each in statements(other["worker"]) if each["Sid"] == "FetchImage")
    assert listed(fetch["Resource"]) == ["arn:${AWS::Partition}:ecr:eu-central-1:210987654321:repository/team/agent"]
    assert set(fetch["Action"]) == {
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    }  # fmt: skip


def test_the_agent_that_is_downloaded_and_the_settings_that_are_added_arrive(other):
    spec = yaml.safe_load(other["worker"].one("AWS::CodeBuild::Project")["Source"]["BuildSpec"])
    install = spec["phases"]["install"]
    assert "runtime-versions" not in install
    assert "https://example.com/agent-1.0.tar.gz" in install["commands"][1]
    assert told(other)["KIRO_WORKER_AGENT_NAME"] == "opencode"
    assert told(other)["KIRO_WORKER_GATES_EACH_TASK"] == "true"


def test_an_api_takes_the_tokens_of_its_issuer_and_pages_of_its_origins(other):
    api = other["api"]
    assert api.one("AWS::ApiGatewayV2::Authorizer")["JwtConfiguration"] == {
        "Issuer": "https://id.example.com", "Audience": ["kiro"],
    }  # fmt: skip
    assert {each["AuthorizationType"] for each in api.of("AWS::ApiGatewayV2::Route").values()} == {"JWT"}
    assert api.one("AWS::ApiGatewayV2::Api")["CorsConfiguration"]["AllowOrigins"] == ["https://app.example.com"]

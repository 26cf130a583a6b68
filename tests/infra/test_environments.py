"""The file of environments: what may be written, and what is said of the rest."""

import pytest

from kiro_worker_infra.environment import Api, Build, Download, Environment, Keep, Notify, SettingWrong, Threshold
from kiro_worker_infra.environments import ENVIRONMENTS, EnvironmentUnknown, environment_of
from kiro_worker_infra.names import KINDS, Names


def test_there_is_one_of_each_kind():
    assert tuple(each.name for each in ENVIRONMENTS) == KINDS


def test_production_is_protected_and_keeps_things_longest():
    kept = {each.name: each.keep for each in ENVIRONMENTS}
    assert [each.name for each in ENVIRONMENTS if each.protected] == ["production"]
    assert kept["production"].logs > kept["staging"].logs >= kept["test"].logs
    assert kept["production"].artifacts > kept["staging"].artifacts >= kept["test"].artifacts


@pytest.mark.parametrize("name", [None, "", "prod", "Test"])
def test_an_environment_that_nobody_described_is_refused_with_those_that_are(name):
    with pytest.raises(EnvironmentUnknown, match=r"environment=test\|staging\|production"):
        environment_of(name)


GOOD = "a" * 64


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"polling_interval": "rate(1 minutes)"}, "polling_interval"),
        ({"polling_interval": "rate(5 minute)"}, "polling_interval"),
        ({"polling_interval": "cron(0 * * * ? *)"}, "polling_interval"),
        ({"polling_interval": "5 minutes"}, "polling_interval"),
        ({"coverage_threshold": 101}, "coverage_threshold 101: write 0 to 100"),
        ({"build": Build(minutes=4)}, "build.minutes 4: write 5 to 2160"),
        ({"build": Build(queued_minutes=481)}, "queued_minutes"),
        ({"build": Build(concurrent=0)}, "concurrent"),
        ({"build": Build(image="example.com/own:1")}, "build.runtimes"),
        ({"build": Build(variables={"KIRO_API_KEY": "k"})}, "build.variables KIRO_API_KEY"),
        ({"build": Build(variables={"npm_token": "k"})}, "agent-credentials"),
        ({"keep": Keep(logs=31)}, "keep.logs 31: one of"),
        ({"keep": Keep(artifacts=0)}, "keep.artifacts 0"),
        ({"account": "123456789012"}, "account and region: write both or neither"),
        ({"notify": Notify(delivery="ses")}, "notify.sender"),
        ({"notify": Notify(delivery="slack")}, "notify.secret"),
        ({"api": Api(issuer="https://id.example.com")}, "api.issuer and api.audience"),
        ({"api": Api(callback_hosts=("https://hooks.example.com",))}, "api.callback_hosts"),
        ({"thresholds": {"build-failed": Threshold(warning=1, error=1)}}, "warning has to be other than error"),
        ({"build": Build(agent_download=Download(address="http://x/a", digest=GOOD, programs=()))}, "https://"),
        ({"build": Build(agent_download=Download(address="https://x/a'b", digest=GOOD, programs=()))}, "without quotes"),
        ({"build": Build(agent_download=Download(address="https://x/a", digest="abc", programs=()))}, "64 hexadecimal"),
        (
            {"build": Build(agent_download=Download(address="https://x/a", digest=GOOD, programs=("../a",)))},
            "inside the archive",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_deployed_is_said_before_anything_is(wrong, says):
    with pytest.raises(SettingWrong) as caught:
        Environment(name="test", **wrong)
    assert says in str(caught.value)
    assert str(caught.value).startswith("test: ")


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(SettingWrong) as caught:
        Environment(name="test", coverage_threshold=-1, polling_interval="often")
    assert "coverage_threshold" in str(caught.value)
    assert "polling_interval" in str(caught.value)


@pytest.mark.parametrize(
    ("interval", "minutes"),
    [("rate(1 minute)", 1), ("rate(5 minutes)", 5), ("rate(2 hours)", 120), ("rate(1 day)", 1440)],
)
def test_an_interval_is_known_in_minutes(interval, minutes):
    assert Environment(name="test", polling_interval=interval).polling_minutes == minutes


def test_names_are_those_of_the_reference():
    names = Names("test")
    assert names.project == "kiro-worker-test"
    assert names.build_logs == "/aws/codebuild/kiro-worker-test"
    assert names.github_token == "kiro-worker-test-github-token"
    assert names.git_credentials == "kiro-worker-test-git-credentials"
    assert names.project_config == "/kiro-worker/test/github-project-config"


@pytest.mark.parametrize("environment", KINDS)
def test_names_fit_into_what_amazon_allows(environment):
    names = Names(environment)
    # S3 takes 63 characters and IAM 64; the longest region's name has 14.
    assert len(names.artifacts("123456789012", "ap-northeast-9")) <= 63
    assert len(names.access_logs("123456789012", "ap-northeast-9")) <= 63
    for function in (names.poller, names.notifier, names.delegate):
        assert len(names.function_role(function)) <= 64

"""Stack worker: the build project."""

import pytest
import yaml

from kiro_worker.config.key import variables
from kiro_worker.launch.build_environment import EXPORTED
from kiro_worker.testing.codebuild.buildspec import read_buildspec
from kiro_worker_infra.environments import environment_of
from kiro_worker_infra.names import KINDS


@pytest.fixture(params=KINDS)
def project(assembly, request):
    return assembly.stack("worker", request.param).one("AWS::CodeBuild::Project")


def test_what_runs_stands_in_the_project_and_in_no_repository(project):
    assert project["Source"]["Type"] == "NO_SOURCE"
    assert "SecondarySources" not in project
    # A file's name would be one of a source; commands are not.
    assert project["Source"]["BuildSpec"].startswith("version: 0.2\n")


def test_codebuild_understands_the_buildspec(project):
    read = read_buildspec(project["Source"]["BuildSpec"])
    assert read.phases["build"].commands == ("kiro-worker build run",)
    # What the run told comes first: whether more is run once a command of these has failed, nobody promises.
    assert read.phases["build"].at_last == ("if [ -f exports.sh ]; then . ./exports.sh; fi", "kiro-worker build finish")
    assert read.exported == EXPORTED
    assert {name: each.format for name, each in read.reports.items()} == {
        "tests": "JUNITXML",
        "coverage": "COBERTURAXML",
    }


def test_no_command_names_what_a_card_or_a_branch_can_say(project):
    spec = yaml.safe_load(project["Source"]["BuildSpec"])
    text = yaml.dump(spec["phases"])
    for name in ("BRANCH_NAME", "SPEC_PATH", "KIRO_WORKER_REPOSITORY", "KIRO_WORKER_ITEM", "KIRO_WORKER_SETTINGS"):
        assert name not in text


def told(project):
    return {each["Name"]: each for each in project["Environment"]["EnvironmentVariables"]}


def test_each_setting_that_a_build_is_told_is_one_of_the_workers(project):
    settings = [name for name in told(project) if name.startswith("KIRO_WORKER_")]
    assert settings
    assert [name for name in settings if name not in variables()] == []


def test_no_variable_holds_a_secret_but_only_where_it_is(project):
    assert {each["Type"] for each in told(project).values()} == {"PLAINTEXT"}
    for name, each in told(project).items():
        if "SECRET" in name and name.endswith("_PLACE"):
            assert each["Value"].startswith("kiro-worker-")


@pytest.mark.parametrize("environment", KINDS)
def test_the_environments_numbers_arrive(assembly, environment):
    project = assembly.stack("worker", environment).one("AWS::CodeBuild::Project")
    settings = environment_of(environment)
    assert told(project)["ENVIRONMENT"]["Value"] == environment
    assert told(project)["KIRO_WORKER_GATES_COVERAGE_THRESHOLD"]["Value"] == str(settings.coverage_threshold)
    assert told(project)["KIRO_WORKER_LIMITS_BUILD"]["Value"] == f"{settings.build.minutes}m"
    assert project["TimeoutInMinutes"] == settings.build.minutes
    assert project["ConcurrentBuildLimit"] == settings.build.concurrent


def test_a_build_is_tried_again_by_the_dispatcher_alone_and_has_no_rights_over_its_machine(project):
    assert project["AutoRetryLimit"] == 0
    assert project["Environment"]["PrivilegedMode"] is False


def test_reports_are_the_groups_that_codebuild_makes_of_the_buildspecs_names(assembly):
    stack = assembly.stack("worker")
    project = stack.one("AWS::CodeBuild::Project")
    groups = {each["Name"] for each in stack.of("AWS::CodeBuild::ReportGroup").values()}
    assert groups == {f"{project['Name']}-{name}" for name in read_buildspec(project["Source"]["BuildSpec"]).reports}

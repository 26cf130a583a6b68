"""The buildspec runner: what CodeBuild's guide says of phases, shells, variables and ends, seen to happen."""

import os
import textwrap
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from kiro_worker.testing.codebuild.build import described_project
from kiro_worker.testing.codebuild.server import Trouble
from kiro_worker.testing.git_remote import BareRemote
from testing.codebuild.builds import ENVIRONMENT, NAME, built, said, states

PLAIN = """
    version: 0.2
    phases:
      build:
        commands:
          - echo built
"""
OF_THE_SOURCE = """
    version: 0.2
    phases:
      build:
        commands:
          - echo "$CODEBUILD_SOURCE_REPO_URL $CODEBUILD_RESOLVED_SOURCE_VERSION $CODEBUILD_SOURCE_VERSION"
"""
WAITING = """
    version: 0.2
    env:
      exported-variables: [DONE]
    phases:
      build:
        commands:
          - export DONE=no
          - (setsid sleep 61 & echo $! > "$HOME/pid"); touch "$HOME/ready"; sleep 60
        finally:
          - echo at last
"""


def refusal(call, **words):
    with pytest.raises(ClientError) as caught:
        call(**words)
    return caught.value.response["Error"]


def waited_for(path):
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    return path


def ready(server, id_):
    """Wait until the commands of `WAITING` wait."""
    home = server.service.around.folder / server.service.builds[id_].stream / "home"
    waited_for(home / "ready")
    return int((home / "pid").read_text())


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"


def test_all_phases_share_one_folder_and_one_set_of_variables(serve):
    server, client = serve("""
        version: 0.2
        env:
          exported-variables: [GREETING, NEVER]
        phases:
          install:
            commands:
              - mkdir below && cd below
              - export GREETING="good day"
              - LOCAL=forgotten
          build:
            commands:
              - basename "$PWD"
              - echo "$GREETING, ${LOCAL:-nobody}"
              - |
                if true; then
                  export GREETING="good night"
                fi
    """)
    build = built(server, client)
    assert said(build) == ["below", "good day, nobody"]
    assert build.status == "SUCCEEDED"
    told = client.batch_get_builds(ids=[build.id])["builds"][0]
    assert told["exportedEnvironmentVariables"] == [{"name": "GREETING", "value": "good night"}]
    assert [each["phaseType"] for each in told["phases"]] == [
        "SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD",
        "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED",
    ]  # fmt: skip


def test_what_starts_a_build_wins_over_the_project_and_that_over_the_buildspec(serve):
    server, client = serve(
        """
        version: 0.2
        env:
          variables: {ONE: buildspec, TWO: buildspec, THREE: buildspec, COUNT: 80, FLAG: on}
        phases:
          build:
            commands:
              - echo "$ONE $TWO $THREE $COUNT $FLAG"
        """,
        variables={"TWO": "project", "THREE": "project"},
    )
    build = built(server, client, environmentVariablesOverride=[{"name": "THREE", "value": "start"}])
    assert said(build) == ["buildspec project start 80 on"]


def test_commands_know_of_their_build(serve):
    server, client = serve(
        """
        version: 0.2
        phases:
          build:
            commands:
              - echo "$CODEBUILD_BUILD_ID $CODEBUILD_BUILD_NUMBER $CODEBUILD_BUILD_SUCCEEDING $CODEBUILD_SOURCE_VERSION"
              - test "$PWD" = "$CODEBUILD_SRC_DIR" && test "${#CODEBUILD_START_TIME}" = 13
        """
    )
    build = built(server, client, sourceVersion="main")
    assert said(build) == [f"{build.id} 1 1 main"]
    assert build.status == "SUCCEEDED"


def test_a_failing_build_phase_still_has_its_finally_and_its_post_build(serve):
    server, client = serve("""
        version: 0.2
        phases:
          build:
            commands:
              - exit 3
              - echo never
            finally:
              - echo finally $CODEBUILD_BUILD_SUCCEEDING
          post_build:
            commands:
              - echo after $CODEBUILD_BUILD_SUCCEEDING
    """)
    build = built(server, client)
    assert said(build) == ["finally 1", "after 0"]
    assert build.status == "FAILED"
    (context,) = next(each["contexts"] for each in build.phases if each["phaseType"] == "BUILD")
    assert context == {
        "statusCode": "COMMAND_EXECUTION_ERROR",
        "message": "Error while executing command: exit 3. Reason: exit status 3",
    }


@pytest.mark.parametrize(
    ("phase", "on_failure", "after"),
    [
        ("install", "", []),
        ("install", "CONTINUE", ["build", "post"]),
        ("build", "ABORT", []),
        ("build", "CONTINUE", ["post"]),
    ],
)
def test_what_follows_a_failure_is_said_by_the_phase(serve, phase, on_failure, after):
    spec = {
        "install": ["exit 1" if phase == "install" else "true"],
        "build": ["echo build"],
        "post_build": ["echo post"],
    }
    if phase == "build":
        spec["build"] = ["exit 1"]
    text = "version: 0.2\nphases:\n"
    for name, commands in spec.items():
        text += f"  {name}:\n"
        text += f"    on-failure: {on_failure}\n" if on_failure and name == phase else ""
        text += f"    commands: {commands}\n"
    server, client = serve(text)
    build = built(server, client)
    assert said(build) == after
    assert build.status == "FAILED"


def test_a_build_that_is_stopped_is_killed_without_a_word_with_all_that_it_started(serve):
    server, client = serve(WAITING)
    id_ = client.start_build(projectName=NAME)["build"]["id"]
    sleeper = ready(server, id_)
    assert is_alive(sleeper)
    assert client.stop_build(id=id_)["build"]["id"] == id_
    build = server.build_of(id_)
    assert (build.status, said(build), build.exported) == ("STOPPED", [], [])
    assert states(build)["BUILD"] == "STOPPED"
    assert not is_alive(sleeper)


def test_a_build_that_takes_too_long_is_killed_the_same_way(serve):
    server, client = serve(WAITING, server={"minute": 0.05}, timeoutInMinutes=5)
    build = built(server, client)
    assert (build.status, said(build), build.exported) == ("TIMED_OUT", [], [])


def test_one_token_starts_one_build_and_fits_one_order_for_five_minutes(serve, monkeypatch):
    server, client = serve(PLAIN)
    order = {"projectName": NAME, "idempotencyToken": "1-abc"}
    first = client.start_build(**order)["build"]["id"]
    assert client.start_build(**order)["build"]["id"] == first
    assert refusal(client.start_build, **order, sourceVersion="main")["Code"] == "InvalidInputException"
    monkeypatch.setattr(server.service, "now", lambda: time.monotonic() + 301)
    assert client.start_build(**order)["build"]["id"] != first
    assert len(server.service.builds) == 2


def test_a_project_takes_no_more_builds_than_its_limit(serve):
    server, client = serve(WAITING, concurrentBuildLimit=1)
    first = client.start_build(projectName=NAME)["build"]["id"]
    assert refusal(client.start_build, projectName=NAME)["Code"] == "AccountLimitExceededException"
    client.stop_build(id=first)
    server.build_of(first)
    assert client.start_build(projectName=NAME)["build"]["buildStatus"] == "IN_PROGRESS"


def test_builds_beyond_what_the_account_may_run_wait_for_their_turn(serve):
    server, client = serve(WAITING, server={"capacity": 1})
    first = client.start_build(projectName=NAME)["build"]["id"]
    ready(server, first)
    second, third = (client.start_build(projectName=NAME)["build"]["id"] for _ in range(2))
    assert client.batch_get_builds(ids=[second])["builds"][0]["currentPhase"] in {"SUBMITTED", "QUEUED"}
    client.stop_build(id=third)
    assert states(server.build_of(third)) == {"SUBMITTED": "SUCCEEDED", "QUEUED": "STOPPED", "COMPLETED": None}
    client.stop_build(id=first)
    server.build_of(first)
    ready(server, second)


def test_a_build_whose_turn_does_not_come_times_out(serve):
    server, client = serve(
        WAITING, server={"capacity": 1, "minute": 0.05}, queuedTimeoutInMinutes=5, timeoutInMinutes=600
    )
    first = client.start_build(projectName=NAME)["build"]["id"]
    ready(server, first)
    assert states(built(server, client))["QUEUED"] == "TIMED_OUT"


def test_builds_are_listed_latest_first_a_hundred_at_a_time(serve):
    server, client = serve(PLAIN)
    ids = [client.start_build(projectName=NAME)["build"]["id"] for _ in range(3)]
    for id_ in ids:
        server.build_of(id_)
    assert client.list_builds_for_project(projectName=NAME)["ids"] == ids[::-1]
    assert client.list_builds_for_project(projectName=NAME, sortOrder="ASCENDING")["ids"] == ids
    told = client.batch_get_builds(ids=[*ids, f"{NAME}:none"])
    assert (len(told["builds"]), told["buildsNotFound"]) == (3, [f"{NAME}:none"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 0.1\nphases: {build: {commands: [true]}}", "version has to be 0.2"),
        ("version: 0.2\nphases: {test: {commands: [true]}}", "unknown key 'test' in phases"),
        ("version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b\n", "found subkeys instead"),
        ("version: 0.2\nphases: {build: {commands: echo}}", "phases.build.commands is no list"),
        ("version: 0.2\n", "there are no phases"),
        ("version: 0.2\nphases: [\n", "while parsing"),
    ],
)
def test_a_buildspec_that_cannot_be_read_fails_the_build_before_any_command(serve, text, told):
    server, client = serve(text + ("\n" if "\n" not in text else ""))
    build = built(server, client)
    (context,) = build.phases[3]["contexts"]
    assert context["statusCode"] == "YAML_FILE_ERROR"
    assert told in context["message"]
    assert (build.status, "BUILD" in states(build)) == ("FAILED", False)


@pytest.mark.parametrize(
    ("operation", "words", "code"),
    [
        ("start_build", {"projectName": "nobody"}, "ResourceNotFoundException"),
        ("stop_build", {"id": "worker:none"}, "ResourceNotFoundException"),
        ("list_builds_for_project", {"projectName": "nobody"}, "ResourceNotFoundException"),
        ("start_build", {"projectName": NAME, "timeoutInMinutesOverride": 2161}, "InvalidInputException"),
        (
            "start_build",
            {"projectName": NAME, "environmentVariablesOverride": [{"name": "CODEBUILD_X", "value": ""}]},
            "InvalidInputException",
        ),
        ("retry_build", {"id": "worker:none"}, "UnknownOperationException"),
    ],
)
def test_what_cannot_be_done_is_refused_by_the_services_own_codes(serve, operation, words, code):
    _, client = serve(PLAIN)
    assert refusal(getattr(client, operation), **words)["Code"] == code


def test_a_repository_is_the_source_where_the_project_names_one(serve, tmp_path):
    address = "https://github.com/acme/shop.git"
    remote = BareRemote(tmp_path / "origin.git")
    tip = remote.commit({"buildspec.yml": textwrap.dedent(OF_THE_SOURCE).encode()})
    remote.commit({"buildspec.yml": b"version: 0.2\nphases: {build: {commands: [exit 9]}}\n"}, branch="feature/login")
    server, client = serve("", server={"sources": {address: remote.url}})
    server.service.projects.own[NAME] = {
        **described_project({"name": NAME, "environment": ENVIRONMENT}),
        "source": {"type": "GITHUB", "location": address},
    }
    build = built(server, client, sourceVersion="main")
    assert said(build) == [f"{address} {tip} main"]
    told = client.batch_get_builds(ids=[build.id])["builds"][0]
    assert (told["buildStatus"], told["resolvedSourceVersion"]) == ("SUCCEEDED", tip)
    assert built(server, client, sourceVersion="feature/login").status == "FAILED"
    assert states(built(server, client, sourceVersion="no-such-branch"))["DOWNLOAD_SOURCE"] == "FAILED"


def test_an_answer_that_is_lost_was_an_answer_to_something_that_was_done(serve):
    server, client = serve(PLAIN)
    server.trouble(
        Trouble(operation="StartBuild", after=True), Trouble(operation="StartBuild", code="ThrottlingException")
    )
    with pytest.raises(HTTPClientError):
        client.start_build(projectName=NAME, idempotencyToken="one")
    assert refusal(client.start_build, projectName=NAME, idempotencyToken="one")["Code"] == "ThrottlingException"
    found = client.start_build(projectName=NAME, idempotencyToken="one")["build"]["id"]
    assert list(server.service.builds) == [found]
    server.build_of(found)


def test_a_machine_that_fails_under_a_build_is_no_fault_of_its_commands_and_the_next_build_gets_another(serve):
    server, client = serve(PLAIN)
    server.service.failing_hosts = 1
    first, second = built(server, client), built(server, client)
    assert (first.status, said(first), states(first)["PROVISIONING"]) == ("FAULT", [], "FAULT")
    assert (second.status, said(second)) == ("SUCCEEDED", ["built"])


def test_something_may_happen_to_the_caller_while_it_waits_for_its_answer(serve):
    server, client = serve(PLAIN)
    happened = []
    server.trouble(Trouble(operation="StartBuild", meanwhile=lambda: happened.append(len(server.service.builds))))
    with pytest.raises(HTTPClientError):
        client.start_build(projectName=NAME)
    assert (happened, server.service.builds) == ([0], {})

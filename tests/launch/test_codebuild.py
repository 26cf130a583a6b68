import asyncio
import itertools
import os
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from kiro_worker.aws import Aws, AwsDenied, AwsRefused, AwsUnreachable
from kiro_worker.launch.builds import seen
from kiro_worker.launch.codebuild import BuildProjectMissing
from kiro_worker.launch.port import AtLimit, Launched
from kiro_worker.lease.port import LeaseKey
from kiro_worker.testing.codebuild import CodeBuildServer
from kiro_worker.testing.codebuild.server import Trouble
from kiro_worker.testing.launch_contract import LimitedLaunchesContract, ends, over, request, started
from kiro_worker.value import replace
from launch.building import Place

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def server(aws, tmp_path_factory):
    """CodeBuild, beside an account of its own; at the end nothing went wrong in it, and no answer was off the model."""
    tools = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    folder = tmp_path_factory.mktemp("builds")
    with CodeBuildServer(folder, aws.environment(aws.account()), tools=tools) as server:
        yield server
    assert (server.violations, server.service.faults, server.service.undelivered) == ([], [], [])


@pytest.fixture(scope="module")
def asking(server):
    asked = Aws()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in server.environment().items():
            environment.setenv(name, value)
        for service in ("codebuild", "dynamodb"):
            asked.client(service)
    return asked


@pytest.fixture
def place(tmp_path, server, asking):
    """A project of two builds at once."""
    place = Place(tmp_path, server, asking, next(NUMBERS))
    yield place
    place.close()


@pytest.fixture
def launches(place):
    return place.open()


def by_branch(asked):
    return LeaseKey(f"{asked.repository}#{asked.branch}")


class TestCodeBuildLaunches(LimitedLaunchesContract):
    # It is killed, so its last words are CodeBuild's.
    stopped_says = "The build was stopped."

    @pytest.fixture
    def launches(self, place):
        return place.open()


async def test_a_branch_is_reserved_for_as_long_as_its_build_may_take(place):
    launches, reservations = place.open(key_of=by_branch), place.reservations()
    launched = await launches.launch(request("r-1"))
    (held,) = await reservations.held()
    (build,) = place.builds()
    assert (held.key, held.run, f"build {held.build}") == ("/srv/shop.git#wait", "r-1", launched.where)
    # An hour of work, eight of waiting, and a quarter of an hour besides.
    assert 32_900 < (held.until - datetime.now(UTC)).total_seconds() <= 33_302
    told = {each["name"]: each["value"] for each in build.environment["environmentVariables"]}
    assert told["KIRO_WORKER_FENCE"] == str(held.fence)
    assert build.order["idempotencyToken"].startswith(f"{held.fence}-")


async def test_of_many_who_want_one_branch_one_starts_a_build(place):
    pollers = [place.open(key_of=by_branch) for _ in range(20)]
    asked = [poller.launch(request(f"r-{number}")) for number, poller in enumerate(pollers)]
    answers = await asyncio.gather(*asked)
    assert sum(isinstance(each, Launched) for each in answers) == 1
    assert all("another run has wait" in each.why for each in answers if isinstance(each, AtLimit))
    assert len(place.builds()) == 1


async def test_what_ended_gives_its_branch_free_by_its_own_fence_alone(place):
    launches, reservations = place.open(key_of=by_branch), place.reservations()
    await launches.launch(request("r-1", "crash"))
    await over(launches)
    first = await launches.reconcile()
    assert (first.released, [end.run for end in first.ends]) == (("r-1",), ["r-1"])
    # The next run of the branch has it now; that the first one ended is heard of again.
    await launches.launch(request("r-2", "crash"))
    (build, _) = place.builds()
    again = await place.open(key_of=by_branch).reconcile([build.id])
    assert "r-1" not in again.released
    await over(launches)
    assert (await launches.reconcile()).released in {("r-2",), ()}
    assert await reservations.held() == ()


async def test_a_lost_answer_costs_nothing_when_the_same_is_asked_again(place):
    launches = place.open(key_of=by_branch)
    # The library asks three times by itself.
    place.server.trouble(Trouble(operation="StartBuild", after=True, times=2))
    launched = await launches.launch(request("r-1"))
    assert isinstance(launched, Launched)
    assert len(place.builds()) == 1


async def test_whoever_never_had_an_answer_is_told_so_and_the_next_finds_the_build(place):
    place.server.trouble(Trouble(operation="StartBuild", after=True, times=3))
    with pytest.raises(AwsUnreachable):
        await place.open(key_of=by_branch).launch(request("r-1"))
    (held,) = await place.reservations().held()
    assert (held.run, held.build) == ("r-1", "")
    # Another branch's run is nobody's business; this branch is not free.
    assert isinstance(await place.open(key_of=by_branch).launch(request("r-2")), AtLimit)
    found = await place.open(key_of=by_branch).reconcile()
    (build,) = place.builds()
    assert found.adopted == ("r-1",)
    (held,) = await place.reservations().held()
    assert held.build == build.id
    again = await place.open(key_of=by_branch).launch(request("r-1"))
    assert (again.run, len(place.builds())) == ("r-1", 1)


async def test_what_was_reserved_and_never_started_strands_no_branch(place):
    dead = await place.reservations().reserve(LeaseKey("/srv/shop.git#wait"), "r-0", seconds=1)
    launches = place.open(key_of=by_branch)
    assert isinstance(await launches.launch(request("r-1")), AtLimit)
    assert (await launches.reconcile()).adopted == ()
    async with asyncio.timeout(20):
        while isinstance(await launches.launch(request("r-1")), AtLimit):  # noqa: ASYNC110  # the table's clock passes
            await asyncio.sleep(0.2)
    (held,) = await place.reservations().held()
    assert (held.run, held.fence > dead.fence) == ("r-1", True)


@pytest.mark.parametrize("code", ["AccountLimitExceededException", "ThrottlingException"])
async def test_a_service_that_takes_no_more_is_asked_again_later_and_the_branch_is_free(place, code):
    place.server.trouble(Trouble(operation="StartBuild", code=code, times=3))
    launches = place.open(key_of=by_branch)
    refused = await launches.launch(request("r-1"))
    assert isinstance(refused, AtLimit)
    assert code in refused.why
    assert await place.reservations().held() == ()
    place.server.forgive()
    assert isinstance(await launches.launch(request("r-2", "exit-0")), Launched)


@pytest.mark.parametrize(
    ("code", "fault"), [("AccessDeniedException", AwsDenied), ("InvalidInputException", AwsRefused)]
)
async def test_a_refusal_is_told_and_the_branch_is_free(place, code, fault):
    place.server.trouble(Trouble(operation="StartBuild", code=code))
    with pytest.raises(fault):
        await place.open(key_of=by_branch).launch(request("r-1"))
    assert await place.reservations().held() == ()


async def test_a_project_that_is_not_there_is_named(place):
    with pytest.raises(BuildProjectMissing, match="no project nobody") as caught:
        await place.open(project="nobody").launch(request("r-1"))
    assert "LAUNCH_PROJECT" in caught.value.next_step


async def test_a_project_that_goes_away_meanwhile_is_named_and_the_branch_is_free(place):
    place.server.trouble(Trouble(operation="StartBuild", code="ResourceNotFoundException"))
    with pytest.raises(BuildProjectMissing):
        await place.open(key_of=by_branch).launch(request("r-1"))
    assert await place.reservations().held() == ()


async def test_whoever_comes_back_knows_what_runs_and_what_was_started_before(place):
    await place.open().launch(request("r-1"))
    await place.open().launch(request("r-2", "exit-4"))
    await started(place.folder, "r-1")
    again = place.open()
    (end,) = await ends(again, 1)
    assert (end.run, end.exit_status, end.said) == ("r-2", 4, "last words of r-2")
    assert [each.run for each in await again.running()] == ["r-1"]
    late = await place.open().launch(request("r-9", "exit-4", token="r-2"))
    assert (late.run, place.starts("r-2"), place.starts("r-9")) == ("r-2", 1, 0)
    assert await again.stop("r-1")
    assert [each.run for each in await ends(again, 1)] == ["r-1"]


async def test_an_end_is_told_once_and_until_then_its_run_is_under_way(launches, place):
    await launches.launch(request("r-1", "exit-0"))
    await over(launches)
    # Whoever stops it now may count on hearing of its end.
    assert await launches.stop("r-1")
    assert [end.run for end in await ends(launches, 1)] == ["r-1"]
    assert not await launches.stop("r-1")
    await launches.launch(request("r-2", "exit-0"))
    assert [end.run for end in await ends(launches, 1)] == ["r-2"]


async def test_a_build_that_waits_has_not_begun(place, monkeypatch):
    monkeypatch.setattr(place.server.service, "capacity", 1)
    launches = place.open()
    await launches.launch(request("r-1"))
    await started(place.folder, "r-1")
    await launches.launch(request("r-2"))
    assert [(each.run, each.began is None) for each in await launches.running()] == [("r-1", False), ("r-2", True)]


async def test_builds_that_people_start_are_left_to_them(place):
    id_ = place.aws.client("codebuild").start_build(projectName=place.project)["build"]["id"]
    place.server.build_of(id_)
    found = await place.open().reconcile([id_])
    assert (found.ends, found.released) == ((), ())


async def test_who_only_looks_frees_nothing_and_is_told_of_no_end(place):
    await place.open(key_of=by_branch).launch(request("r-1", "crash"))
    await over(place.open())
    looking = place.open(key_of=by_branch, acts=False)
    assert (await looking.reconcile()).released == ()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await anext(looking.ends())


async def test_a_service_that_is_away_for_a_while_keeps_nobody_from_hearing_of_ends(place):
    launches = place.open()
    await launches.launch(request("r-1", "exit-3"))
    await over(launches)
    place.server.trouble(Trouble(operation="ListBuildsForProject", code="InvalidInputException", times=2))
    (end,) = await ends(launches, 1)
    assert (end.run, end.exit_status) == ("r-1", 3)


async def test_a_build_that_fails_before_the_worker_says_which_command_did(place):
    place.buildspec("version: 0.2\nphases:\n  install:\n    commands:\n      - exit 7\n")
    launches = place.open()
    await launches.launch(request("r-1", "exit-0"))
    (end,) = await ends(launches, 1)
    assert end.exit_status is None
    assert end.said == "INSTALL: Error while executing command: exit 7. Reason: exit status 7"


async def test_a_run_that_ended_for_its_builds_sake_was_stopped_by_nobody_and_is_gone_on_with(place):
    launches = place.open()
    await launches.launch(request("r-1", "exit-143"))
    (end,) = await ends(launches, 1)
    assert (end.exit_status, end.said) == (None, "last words of r-1")


async def test_a_build_that_is_alive_is_found_behind_hundreds_of_later_ones(place):
    launches = place.open()
    await launches.launch(request("r-1"))
    (first,) = place.builds()
    for number in range(250):
        made = replace(
            first, id=f"{place.project}:later-{number}", status="SUCCEEDED", phase="COMPLETED", ended=time.time(),
            began=time.time() + number, over=threading.Event(),
        )  # fmt: skip
        made.over.set()
        place.server.service.builds[made.id] = made
    assert [each.where for each in await place.open().running()] == [f"build {first.id}"]
    # Nobody looks further back than a build can be alive.
    for made in place.builds()[1:]:
        made.began -= 46 * 3600
    before = len(place.server.seen)
    await place.open().running()
    assert [operation for operation, _ in place.server.seen[before:]] == ["ListBuildsForProject", "BatchGetBuilds"]


async def test_success_is_not_believed_without_the_workers_own_word(place):
    place.buildspec("version: 0.2\nphases:\n  build:\n    commands:\n      - echo nothing was done\n")
    launches = place.open()
    await launches.launch(request("r-1", "exit-0"))
    (end,) = await ends(launches, 1)
    assert end.exit_status is None


def test_a_build_s_end_tells_the_pull_request_that_its_worker_told():
    began = datetime.now(UTC)
    build = {
        "id": "p:1", "buildStatus": "SUCCEEDED", "startTime": began, "endTime": began,
        "environment": {"environmentVariables": [
            {"name": name, "value": "r-1", "type": "PLAINTEXT"} for name in ("KIRO_WORKER_RUN_ID", "KIRO_WORKER_REQUEST")
        ]},
        "exportedEnvironmentVariables": [{"name": "KIRO_WORKER_PULL_REQUEST", "value": "https://github.com/a/b/pull/7"}],
        "phases": [],
    }  # fmt: skip
    assert seen(build).pull_request == "https://github.com/a/b/pull/7"


@pytest.mark.parametrize(
    ("status", "command", "exported", "known"),
    [
        ("FAILED", "kiro-worker build run. Reason: exit status 10", "", 10),
        ("FAILED", "kiro-worker build run. Reason: exit status 10", "3", 3),
        ("FAILED", "kiro-worker build finish. Reason: exit status 10", "", None),
        ("FAILED", "kiro-worker build run. Reason: exit status 143", "", None),
        ("STOPPED", "kiro-worker build run. Reason: exit status 143", "", 143),
    ],
)
def test_a_failed_build_that_exports_nothing_still_tells_how_the_worker_ended(status, command, exported, known):
    began = datetime.now(UTC)
    build = {
        "id": "p:1", "buildStatus": status, "startTime": began, "endTime": began,
        "environment": {"environmentVariables": [
            {"name": name, "value": "r-1", "type": "PLAINTEXT"} for name in ("KIRO_WORKER_RUN_ID", "KIRO_WORKER_REQUEST")
        ]},
        "exportedEnvironmentVariables": [{"name": "KIRO_WORKER_EXIT_STATUS", "value": exported}] if exported else [],
        "phases": [
            {"phaseType": "INSTALL", "contexts": [{"statusCode": "", "message": ""}]},
            {"phaseType": "BUILD", "contexts": [
                {"statusCode": "COMMAND_EXECUTION_ERROR", "message": f"Error while executing command: {command}"},
            ]},
        ],
    }  # fmt: skip
    assert seen(build).exit_status == known

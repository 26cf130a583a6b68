"""The poller, with real builds, a table, a bucket and a project; without git and without a disk of its own."""

import asyncio
import contextlib

import pytest

from entry.conftest import place, schemas  # noqa: F401  # fixtures
from entry.place import BRANCH, PARAMETER, SECRET
from kiro_worker.bootstrap.keptstate import UNREAD
from kiro_worker.bootstrap.poller import Poller, PollerUnfit, PollLate
from kiro_worker.bootstrap.projectconfig import ProjectConfigUnfit, settings_of
from kiro_worker.error import WorkerError
from kiro_worker.state import open_state
from kiro_worker.state.copy import copy_of
from kiro_worker.testing.github_server import Act, Trouble
from kiro_worker.testing.github_side import TOKEN

KEY = f"https://github.com/acme/engine.git#{BRANCH}"


@pytest.fixture
def up(place, tmp_path, monkeypatch):  # noqa: F811
    """Makes pollers: each is a container of its own, with an empty disk."""
    made = []
    # The one thing that is read from the process itself: where AWS is. Git is to be found by the fakes alone.
    monkeypatch.setenv("AWS_ENDPOINT_URL_CODEBUILD", place.builds.url)

    def make(**more):
        folder = tmp_path / f"container-{len(made)}"
        folder.mkdir(exist_ok=True)
        made.append(Poller(place.environment(**more), folder))
        return made[-1]

    return make


@contextlib.asynccontextmanager
async def closing(poller):
    try:
        yield poller
    finally:
        await poller.close()


async def test_a_card_that_is_ready_becomes_one_build_and_its_end_is_told_on_the_board(up, place):  # noqa: F811
    async with closing(up()) as poller:
        polled = await poller.poll(seconds=60)
        assert (polled.report.faults, polled.notes) == ((), ())
        assert [(each.deed.value, each.says) for each in polled.report.actions] == [
            ("begun", f"{BRANCH} of https://github.com/acme/engine.git")
        ]
        (told,) = place.started()
        run = told["KIRO_WORKER_RUN_ID"]
        assert (told["BRANCH_NAME"], told["KIRO_WORKER_REPOSITORY"]) == (BRANCH, "https://github.com/acme/engine.git")
        assert [(row["run"], row["key"]) for row in place.lease()] == [(run, KEY)]
        again = await poller.poll(seconds=60)
        assert (again.report.actions, again.report.running) == ((), (run,))
    # Another container, which finds all that it needs to know in the bucket, is told of the end.
    place.let_build_end(0)
    async with closing(up()) as other:
        polled = await other.poll(place.service_builds(), seconds=60)
        assert [each.deed.value for each in polled.report.actions] == ["settled"]
        assert polled.notes == (f"Reservations of runs whose builds have ended were given up: {run}.",)
        assert place.column() == "In Review"
        assert (await other.poll(seconds=60)).report.actions == ()
    assert len(place.started()) == 1
    assert "run" not in place.lease()[0]


async def test_twenty_events_at_once_in_four_containers_are_one_build(up, place):  # noqa: F811
    pollers = [up() for _ in range(4)]

    async def events(poller):
        return [await poller.poll(seconds=90) for _ in range(5)]

    told = [each for five in await asyncio.gather(*map(events, pollers)) for each in five]
    for poller in pollers:
        await poller.close()
    assert len({build["KIRO_WORKER_RUN_ID"] for build in place.started()}) == 1
    assert len(place.service_builds()) == 1
    assert [each.report.faults for each in told if each.report.faults] == []
    # Whoever came second found the branch taken; nobody's board was written to twice.
    begun = [each for polled in told for each in polled.report.actions if each.deed.value == "begun"]
    assert len(begun) == 1


async def test_a_book_that_is_lost_costs_no_second_build_and_is_written_anew(up, place):  # noqa: F811
    async with closing(up()) as poller:
        await poller.poll(seconds=60)
    place.project.drag(place.card, "In Progress")
    place.client("s3").delete_object(Bucket=place.bucket, Key="state/poller.db")
    async with closing(up()) as other:
        polled = await other.poll(seconds=60)
        assert (polled.report.actions, polled.report.faults, polled.notes) == ((), (), ())
        assert polled.report.running == (place.started()[0]["KIRO_WORKER_RUN_ID"],)
    assert len(place.started()) == 1


@pytest.mark.parametrize("seen", [True, False])
async def test_a_run_that_no_book_knows_is_gone_on_with_when_its_build_is_killed(up, place, seen):  # noqa: F811
    # As when the function is killed between starting a build and writing its book.
    async with closing(up()) as poller:
        await poller.poll(seconds=60)
    place.project.drag(place.card, "In Progress")
    place.client("s3").delete_object(Bucket=place.bucket, Key="state/poller.db")
    (first,) = place.started()
    if seen:
        async with closing(up()) as other:
            await other.poll(seconds=60)
    place.let_build_end(137)
    async with closing(up()) as third:
        polled = await third.poll(place.service_builds(), seconds=60)
    assert [each.deed.value for each in polled.report.actions] == ["tried-again"]
    _, second = place.started()
    assert (second["KIRO_WORKER_RESUMES"], second["KIRO_WORKER_ATTEMPT"]) == (first["KIRO_WORKER_RUN_ID"], "2")
    assert second["KIRO_WORKER_ITEM"] == first["KIRO_WORKER_ITEM"]


async def test_a_bucket_that_is_down_is_done_without(up, place):  # noqa: F811
    async with closing(up(STATE_BUCKET="there-is-no-such-bucket-here")) as poller:
        polled = await poller.poll(seconds=60)
        assert [each.deed.value for each in polled.report.actions] == ["begun"]
        assert UNREAD in polled.notes[0]
        polled = await poller.poll(seconds=60)
        # What this container has noted, it knows as long as it is up.
        assert (polled.report.actions, len(polled.report.running)) == ((), 1)
    assert len(place.started()) == 1


async def test_a_book_that_is_damaged_is_begun_anew(up, place):  # noqa: F811
    place.client("s3").put_object(Bucket=place.bucket, Key="state/poller.db", Body=b"x" * 5000)
    async with closing(up()) as poller:
        polled = await poller.poll(seconds=60)
        assert [each.deed.value for each in polled.report.actions] == ["begun"]
        assert [note for note in polled.notes if "A new one is begun." in note]
    async with closing(up()) as other:
        assert (await other.poll(seconds=60)).report.running == (place.started()[0]["KIRO_WORKER_RUN_ID"],)


async def test_a_book_of_a_newer_program_is_done_without_and_left_as_it_is(up, place, tmp_path):  # noqa: F811
    state = open_state(tmp_path / "newer")
    with state.transaction() as connection:
        connection.execute("INSERT INTO migration VALUES ('dispatch', 99)")
    body = copy_of(state)
    state.close()
    place.client("s3").put_object(Bucket=place.bucket, Key="state/poller.db", Body=body)
    async with closing(up()) as poller:
        polled = await poller.poll(seconds=60)
        assert [each.deed.value for each in polled.report.actions] == ["begun"]
        assert [note for note in polled.notes if "newer" in note]
    kept = place.client("s3").get_object(Bucket=place.bucket, Key="state/poller.db")
    assert kept["Body"].read() == body


async def test_a_token_that_was_changed_is_fetched_anew_in_the_same_look(up, place):  # noqa: F811
    async with closing(up()) as poller:
        await poller.poll(seconds=60)
        grants = place.hub.model.tokens
        fresh = TOKEN[:-4] + "wxyz"
        grants[fresh] = grants.pop(TOKEN)
        place.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=fresh)
        polled = await poller.poll(seconds=60)
        assert (polled.report.known, polled.report.faults) == (True, ())


async def test_a_parameter_that_was_changed_counts_from_the_next_look_on(up, place):  # noqa: F811
    place.configure(organization="acme", repository="other", projectNumber=4, targetStatusColumn="For Implementation")
    async with closing(up()) as poller:
        assert [each.deed.value for each in (await poller.poll(seconds=60)).report.actions] == ["told"]
        place.configure(organization="acme", projectNumber="4")
        assert [each.deed.value for each in (await poller.poll(seconds=60)).report.actions] == ["begun"]


async def test_a_board_that_is_paused_begins_nothing_and_what_runs_is_settled(up, place):  # noqa: F811
    told = {"organization": "acme", "repository": "engine", "projectNumber": 4}
    other = place.add("Another", BRANCH)
    async with closing(up()) as poller:
        await poller.poll(seconds=60)
        place.configure(**told, paused=True)
        place.let_build_end(0)
        polled = await poller.poll(place.service_builds(), seconds=60)
        assert [each.deed.value for each in polled.report.actions] == ["settled"]
        assert [reason.code for each in polled.report.waiting for reason in each.reasons] == ["dispatch.paused"]
        assert len(place.started()) == 1
    assert {place.column(), place.column(other)} == {"In Review", "For Implementation"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("[1]", "no JSON object"),
        ('{"organization": "acme"}', "projectNumber is missing"),
        ('{"projectNumber": 4}', "organization is missing"),
        ('{"organization": "acme", "projectNumber": true}', "projectNumber"),
        ('{"organization": "acme", "projectNumber": "-1"}', "projectNumber"),
        ('{"organization": "acme", "projectNumber": 4, "repository": 7}', "repository"),
        ('{"organization": "acme", "projectNumber": 4, "paused": "yes"}', "paused is neither true nor false"),
    ],
)
def test_a_parameter_that_names_no_project_says_what_is_missing_and_quotes_nothing(text, reason):
    with pytest.raises(ProjectConfigUnfit, match=reason) as caught:
        settings_of(PARAMETER, text)
    assert "put-parameter --overwrite" in caught.value.next_step


async def test_what_is_missing_is_told_by_its_name_and_nothing_is_begun(up, place):  # noqa: F811
    with pytest.raises(PollerUnfit, match="STATE_BUCKET, STATE_PREFIX"):
        up(STATE_BUCKET="", STATE_PREFIX="")
    for more, told in (
        ({"GITHUB_PROJECT_CONFIG_PARAMETER": "/none"}, "ParameterNotFound"),
        ({"KIRO_WORKER_SECRET_GITHUB_TOKEN_PLACE": "none"}, "none"),
        ({"KIRO_WORKER_LAUNCH_KIND": "inline"}, "launch.kind is inline"),
        ({"KIRO_WORKER_LAUNCH_PROJECT": "none"}, "CodeBuild"),
        ({"KIRO_WORKER_LEASE_TABLE": "none"}, "none"),
    ):
        async with closing(up(**more)) as poller:
            with pytest.raises(WorkerError, match=told) as caught:
                await poller.poll(seconds=60)
            assert TOKEN not in "".join(caught.value.lines())
    assert place.started() == []
    assert place.column() == "For Implementation"


async def test_a_look_that_takes_too_long_is_given_up_with_its_words_kept(up, place):  # noqa: F811
    async with closing(up()) as poller:
        await poller.poll(seconds=60)
        place.hub.trouble(Trouble(act=Act.STALL, path="/graphql"))
        with pytest.raises(PollLate):
            await poller.poll(seconds=9)
        polled = await poller.poll(seconds=60)
        assert polled.report.running == (place.started()[0]["KIRO_WORKER_RUN_ID"],)


async def test_a_board_that_cannot_be_read_is_reported_and_nothing_is_stopped_or_begun(up, place):  # noqa: F811
    place.hub.trouble(Trouble(path="/graphql", status=404, times=9))
    async with closing(up()) as poller:
        polled = await poller.poll(seconds=60)
        assert (polled.report.known, polled.report.actions) == (False, ())
    assert place.started() == []

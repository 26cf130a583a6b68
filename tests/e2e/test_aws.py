"""The whole path on AWS, with the rights of the templates: from a card on a board to a pull request and back."""

import base64
import contextlib
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from e2e.cloud import AGENT_KEY, BOARD, PASSWORD, PUT_BOARD, PUT_SECRET, TEST, cloud, exported, until, variables
from e2e.stations import Transcript, alarms_reach_a_person, path_of, roles_of
from e2e.traces import traces
from infra.conftest import assembly, functions  # noqa: F401  # fixtures
from kiro_worker.testing.codebuild.server import Trouble
from kiro_worker.testing.github_side import TOKEN

SECRETS = (TOKEN, PASSWORD, AGENT_KEY)
# Names a file that the way of the work item is written to, with the identifiers at each station.
TRANSCRIPT = "KIRO_WORKER_TRANSCRIPT"


@pytest.fixture(scope="session")
def deployed(assembly, functions):  # noqa: F811
    with cloud(assembly, functions) as made:
        yield made
        assert (made.hub.violations, made.builds.violations, made.builds.service.faults) == ([], [], [])


@pytest.fixture(autouse=True)
def nothing_leaked(deployed):
    """After each test: no secret stands in anything that was written."""
    yield
    forms = [form for secret in SECRETS for form in (secret.encode(), base64.b64encode(secret.encode()))]
    places = dict(traces(deployed))
    assert {TEST.build_logs, TEST.leases, "the repository", "the emulator's own log"} <= {
        where for where, content in places.items() if content or where == TEST.build_logs
    }
    assert [(where, form) for where, content in places.items() for form in forms if form in content] == []


@pytest.mark.timeout(240)
def test_a_card_goes_the_whole_way_and_each_role_has_what_it_takes_and_no_more(deployed, tmp_path):
    told = Transcript(Path(os.environ.get(TRANSCRIPT) or tmp_path / "path.txt"))
    path_of(deployed, "feature/whole", told)
    alarms_reach_a_person(deployed, told)
    # A second one is taken away while its build runs.
    deployed.agent(pause=60)
    card = deployed.ask("feature/unwanted")
    assert deployed.deeds() == [("begun", card)]
    deployed.project.drag(card, "Backlog")
    assert ("stopped", card) in deployed.deeds()
    (build,) = deployed.builds_of("feature/unwanted")
    assert deployed.builds.build_of(build.id).status == "STOPPED"
    until(lambda: "run" not in deployed.lease("feature/unwanted"), why=deployed.said)
    roles_of(deployed, told)


@pytest.mark.timeout(240)
def test_a_deployment_is_proved_by_a_work_item_of_its_own(deployed):
    deployed.world.turns.clear()
    deployed.world.turn("1", {"write": "KIRO_WORKER_PROOF.md", "content": "This deployment works.\n"}, {"say": "Done."})
    assert deployed.world.agent
    over = deployed.prove()
    assert over.returncode == 0, over.stdout + over.stderr
    stations = {each["name"]: each["says"] for each in json.loads(over.stdout)["stations"]}
    assert stations[f"secret {TEST.agent_credentials}"] == "has a value"
    assert stations[f"build of {TEST.project}"].endswith(": SUCCEEDED")
    assert stations["result"].startswith("DONE (exit status 0) https://")
    assert not any(secret in over.stdout + over.stderr for secret in SECRETS)


@pytest.mark.timeout(240)
def test_twenty_events_at_once_begin_one_build_and_what_it_pushed_outlives_its_being_stopped(deployed):
    deployed.agent(pause=60)
    card = deployed.ask("feature/twenty")
    # As deployed, looks come one after another; here they overlap.
    deployed.client("lambda").put_function_concurrency(FunctionName=TEST.poller, ReservedConcurrentExecutions=3)
    with ThreadPoolExecutor(20) as crowd:
        told = [each.result() for each in [crowd.submit(deployed.fire) for _ in range(20)]]
    deployed.client("lambda").put_function_concurrency(FunctionName=TEST.poller, ReservedConcurrentExecutions=1)
    assert [each for each in told if each["failed"]] == []
    (build,) = deployed.builds_of("feature/twenty")
    begun = [each for look in told for each in look["answer"]["actions"] if each["deed"] == "begun"]
    assert len(begun) == 1
    first = until(lambda: deployed.commits("feature/twenty"), why=lambda: "\n".join(build.lines[-9:]))
    # A person stops it, on CodeBuild's own page; nobody gives it any time.
    deployed.builds.answer("StopBuild", json.dumps({"id": build.id}).encode())
    assert deployed.builds.build_of(build.id).status == "STOPPED"
    until(lambda: deployed.column(card) == "Needs Input", why=deployed.said)
    assert "It was cancelled." in deployed.note(card)
    assert "run" not in deployed.lease("feature/twenty")
    deployed.agent()
    deployed.project.drag(card, "For Implementation")
    assert deployed.deeds() == [("begun", card)]
    until(lambda: deployed.column(card) == "In Review", why=deployed.said)
    commits = deployed.commits("feature/twenty")
    assert [each["Kiro-Task"] for each in commits] == ["1.1", "1.2", "2", "3"]
    assert commits[: len(first)] == first
    assert int(commits[-1]["Kiro-Fence"]) > int(first[0]["Kiro-Fence"])


def kill_poller(deployed):
    """As Lambda ends what takes too long: without a word. Only what this world's own emulator has started."""
    port = deployed.emulator.url.rpartition(":")[2]
    wanted = {f"AWS_LAMBDA_FUNCTION_NAME={TEST.poller}".encode(), f"GATEWAY_PORT={port}".encode()}

    def alive():
        return [int(process.name) for process in Path("/proc").glob("[0-9]*") if wanted <= variables_of(process)]

    for process in alive():
        os.kill(process, signal.SIGKILL)
    until(lambda: not alive())


def variables_of(process):
    try:
        return set((process / "environ").read_bytes().split(b"\0"))
    except OSError:
        return set()


def forget(deployed):
    """All that the poller had noted is lost, in its memory and in the bucket: nothing but convenience goes with it."""
    kill_poller(deployed)
    files = deployed.client("s3")
    for each in files.list_objects_v2(Bucket=deployed.bucket, Prefix="state/").get("Contents", ()):
        files.delete_object(Bucket=deployed.bucket, Key=each["Key"])


def expire(deployed, branch):
    """Five minutes pass for a reservation."""
    row = deployed.lease(branch)
    deployed.client("dynamodb").update_item(
        TableName=TEST.leases, Key={"key": {"S": row["key"]}}, UpdateExpression="SET #until = :past",
        ExpressionAttributeNames={"#until": "until"}, ExpressionAttributeValues={":past": {"N": str(time.time() - 1)}},
    )  # fmt: skip


@pytest.mark.timeout(240)
def test_a_poller_that_dies_at_its_worst_moment_and_builds_that_break_strand_no_branch(deployed):
    branch = "feature/broken"
    deployed.agent(pause=60)
    card = deployed.ask(branch)
    deployed.builds.trouble(Trouble(operation="StartBuild", meanwhile=lambda: kill_poller(deployed), times=3))
    assert deployed.fire()["failed"]
    deployed.builds.forgive()
    reserved = deployed.lease(branch)
    assert (reserved["reserved"], deployed.builds_of(branch), deployed.column(card)) == (
        True, [], "For Implementation",
    )  # fmt: skip
    # For as long as CodeBuild would know the token, nobody begins another.
    assert deployed.deeds() == []
    expire(deployed, branch)
    forget(deployed)
    # The first build's machine fails, the second takes too long.
    deployed.builds.service.failing_hosts = 1
    project = deployed.builds.service.projects.find(TEST.project)
    deployed.builds.service.projects.own[TEST.project] = {**project, "timeoutInMinutes": 6}
    assert deployed.deeds() == [("begun", card)]
    fences = [int(reserved["fence"])]
    until(lambda: len(deployed.builds_of(branch)) == 2, why=deployed.said)
    for build, status in zip(deployed.builds_of(branch), ("FAULT", "TIMED_OUT"), strict=True):
        assert deployed.builds.build_of(build.id).status == status
        fences.append(int(variables(build)["KIRO_WORKER_FENCE"]))
    del deployed.builds.service.projects.own[TEST.project]
    until(lambda: "run" not in deployed.lease(branch), why=deployed.said)
    assert fences == sorted(set(fences))
    deployed.project.drag(card, "Backlog")
    deployed.deeds()
    assert "run" not in deployed.lease(branch)
    assert len(deployed.builds_of(branch)) == 2


GONE = "aws secretsmanager delete-secret --secret-id kiro-worker-test-github-token --force-delete-without-recovery"
NEW = "aws secretsmanager create-secret --name kiro-worker-test-github-token"
PUT_AGAIN = "put-secret-value --secret-id kiro-worker-test-github-token"
# What is done instead of the right thing; what it is called then, and what it says besides.
UNREADABLE = {
    "a parameter that is no JSON": ((f"{PUT_BOARD}'{{{TOKEN}'",), "poller.project-config", "put-parameter --overwrite"),
    "a parameter without a number": (
        (f"""{PUT_BOARD}'{{"organization":"acme","projectNumber":"{PASSWORD}"}}'""",),
        "poller.project-config", "put-parameter --overwrite",
    ),
    # Of a role that is given secrets by name Secrets Manager says so, too, since it does not find out the whole ARN.
    "a secret that is gone": ((GONE,), "secret.not-fetched", "secretsmanager:GetSecretValue"),
    "a secret without a text": ((GONE, NEW), "secret.malformed", PUT_AGAIN),
    "a token that is none": (
        (f"{PUT_SECRET}github-token --secret-string {PASSWORD}",), "forge.credential", "Bad credentials",
    ),
}  # fmt: skip


@pytest.mark.timeout(240)
def test_what_cannot_be_used_is_named_with_its_cure_and_nothing_is_begun(deployed):
    """One after another, on one deployment: with each test of its own another process might make a second."""
    before, branch = len(deployed.builds.service.builds), "feature/unused"
    card = deployed.ask(branch)
    for what, (commands, code, says) in UNREADABLE.items():
        # With another word in the parameter everything is fetched anew, the secrets, too.
        deployed.configure(f"{PUT_BOARD}'{json.dumps({**BOARD, 'note': what})}'", *commands)
        told = deployed.fire()
        said = json.dumps(told["answer"]) + told["log"]
        assert (what, code in said, says in said) == (what, True, True), said
        assert told["failed"] or (told["answer"]["known"], told["answer"]["actions"]) == (False, []), what
        with contextlib.suppress(ClientError):
            deployed.configure(NEW)
        deployed.configure()
    deployed.project.drag(card, "Backlog")
    assert deployed.deeds() == []
    assert (len(deployed.builds.service.builds), deployed.lease(branch)) == (before, {})


@pytest.mark.timeout(240)
def test_a_build_that_cannot_read_its_secret_says_so_on_the_card_and_touches_nothing(deployed):
    card = deployed.ask("feature/secret")
    deployed.configure(f"{PUT_SECRET}git-credentials --secret-string '{PASSWORD}'")
    try:
        assert deployed.deeds() == [("begun", card)]
        (build,) = deployed.builds_of("feature/secret")
        assert deployed.builds.build_of(build.id).status == "FAILED"
        until(lambda: deployed.column(card) not in {"In Progress", "For Implementation"}, why=deployed.said)
    finally:
        deployed.configure()
    assert (exported(build)["KIRO_WORKER_VERDICT"], deployed.column(card)) == ("CREDENTIAL", "Failed")
    assert "The secret git-credentials in Secrets Manager" in deployed.note(card)
    assert "put-secret-value --secret-id kiro-worker-test-git-credentials" in "\n".join(build.lines)
    assert deployed.commits("feature/secret") == []

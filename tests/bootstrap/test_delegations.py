"""What is asked for through the API, with a real table, a real repository and a project; without git."""

import hashlib
import hmac
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from entry.conftest import place, schemas  # noqa: F401  # fixtures
from entry.place import PROJECT
from kiro_worker.bootstrap.delegations import CallbackLost, Delegations, delegation_id
from kiro_worker.dispatch.asked import Asked
from kiro_worker.dispatch.delegate import DelegationUnfit, Idea
from kiro_worker.error import WorkerError
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_side import TOKEN

IDEA = Idea(title="Add export button", objective="Let people export", acceptance=("It is in the header",))
URL = "https://github.com/acme/engine.git"


@pytest.fixture
def delegations(place, tmp_path):  # noqa: F811
    def make(**more):
        return Delegations(place.environment(**more), tmp_path / "function", clock=HandClock(hurried=True))

    return make


@pytest.fixture
def pool():
    """Somebody who is told things, and answers with the statuses that a test sets."""
    told, statuses = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append((self.path, dict(self.headers), body))
            self.send_response(statuses.pop(0) if statuses else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        server.told, server.statuses = told, statuses
        yield server
        server.shutdown()


async def test_a_branch_a_pull_request_a_card_and_a_row_are_made_and_the_poller_takes_it_from_there(delegations, place):  # noqa: F811
    taken = await delegations().take(Asked(idea=IDEA))
    pull = taken.made.pull_request
    assert re.fullmatch(r"feature/add-export-button-\d{13}", pull.branch)
    assert (taken.handed, taken.note) == ("poller", "")
    assert b"It is in the header" in place.remote.read("TASK.md", pull.branch)
    assert place.remote.git("rev-list", "--count", f"main..{pull.branch}") == "1"
    assert place.hub.model.pull(pull.number)["draft"] is True
    assert place.column(taken.made.card) == "For Implementation"
    row = await delegations().status(taken.id)
    shown = {name: row[name] for name in ("state", "repository", "branch", "prNumber", "prUrl", "card")}
    assert shown == {
        "state": "accepted", "repository": "acme/engine", "branch": pull.branch, "prNumber": str(pull.number),
        "prUrl": pull.url, "card": taken.made.card,
    }  # fmt: skip
    assert taken.id == delegation_id(URL, pull.branch)
    assert await delegations().status("d-none") is None


async def test_what_may_not_be_asked_for_makes_nothing(delegations, place):  # noqa: F811
    made = delegations(CALLBACK_HOSTS="hooks.example.com")
    for asked, why in (
        (Asked(idea=Idea(title=" ")), "no title"),
        (Asked(idea=IDEA, repository="acme/other"), "does not serve"),
        (Asked(idea=IDEA, repository="other"), "does not serve"),
        (Asked(idea=IDEA, callback="https://evil.example.com/"), "callbackUrl"),
        (Asked(idea=IDEA, callback="http://hooks.example.com/"), "callbackUrl"),
        (Asked(idea=IDEA, callback="https://169.254.169.254/latest"), "callbackUrl"),
    ):
        with pytest.raises(DelegationUnfit, match=why):
            await made.take(asked)
    assert [name for name in place.remote.refs() if "export" in name] == []
    assert place.hub.model.repository.pulls == []


async def test_a_board_that_names_no_repository_serves_those_of_its_owner_alone(delegations, place):  # noqa: F811
    place.configure(organization="acme", projectNumber=4, targetStatusColumn="For Implementation")
    made = delegations()
    for repository in ("other/engine", "acme-evil/engine"):
        with pytest.raises(DelegationUnfit, match="does not serve"):
            await made.take(Asked(idea=IDEA, repository=repository))
    assert (await made.take(Asked(idea=IDEA, repository="acme/engine"))).handed == "poller"


async def test_a_pool_is_handed_the_work_in_its_own_words_and_the_board_gets_no_card(delegations, place, pool):  # noqa: F811
    address = f"http://127.0.0.1:{pool.server_port}/"
    taken = await delegations(POOL_ADDRESS=address).take(Asked(idea=IDEA, repository="engine"))
    ((path, _, body),) = pool.told
    assert path == "/api/process-pr"
    assert json.loads(body) == {
        "prNumber": taken.made.pull_request.number,
        "branch": taken.made.pull_request.branch,
        "repo": "engine",
        "owner": "acme",
        "taskDetails": "Add export button. Let people export. - It is in the header",
    }
    assert (taken.handed, taken.made.card, len(place.project.cards)) == ("pool", "", 1)
    pool.statuses.append(503)
    again = await delegations(POOL_ADDRESS=address).take(Asked(idea=Idea(title="Another")))
    assert (again.handed, again.note) == ("", f"The pool at {address} did not take it: it answered with HTTP 503.")


async def test_a_build_of_a_delegation_that_ends_is_noted_once_and_others_are_nobodys(delegations):
    made = delegations()
    taken = await made.take(Asked(idea=IDEA))
    told = {"KIRO_WORKER_REPOSITORY": URL, "BRANCH_NAME": taken.made.pull_request.branch, "KIRO_WORKER_RUN_ID": "r-1"}
    assert await made.ended(f"{PROJECT}:1", "SUCCEEDED", told)
    assert not await made.ended(f"{PROJECT}:1", "SUCCEEDED", told)
    row = await made.status(taken.id)
    assert (row["state"], row["buildStatus"], row["run"]) == ("ended", "SUCCEEDED", "r-1")
    assert not await made.ended(f"{PROJECT}:2", "FAILED", {**told, "BRANCH_NAME": "feature/other"})
    assert not await made.ended(f"{PROJECT}:3", "FAILED", {})


async def test_whoever_asked_is_told_with_a_signature_that_they_can_check(delegations, pool):
    # An address of this machine stands for theirs, which would have to be https.
    made = delegations()
    pool.statuses += [503, 200]
    await made._post_signed(f"http://127.0.0.1:{pool.server_port}/done", {"id": "d-1"})
    assert len(pool.told) == 2
    path, headers, sent = pool.told[-1]
    told = {name.lower(): value for name, value in headers.items()}
    signed = f"{told['x-kiro-worker-timestamp']}.".encode() + sent
    mark = hmac.new(b"0123456789abcdefghijklmnop", signed, hashlib.sha256).hexdigest()
    assert told["x-kiro-worker-signature-256"] == f"sha256={mark}"
    assert (path, json.loads(sent)) == ("/done", {"id": "d-1"})


async def test_one_that_cannot_be_told_is_a_fault_and_told_again_when_the_event_comes_again(delegations):
    made = delegations(CALLBACK_HOSTS="localhost")
    taken = await made.take(Asked(idea=IDEA, callback="https://localhost/done"))
    told = {"KIRO_WORKER_REPOSITORY": URL, "BRANCH_NAME": taken.made.pull_request.branch}
    for _ in range(2):
        with pytest.raises(CallbackLost, match="localhost was not told"):
            await made.ended(f"{PROJECT}:1", "FAILED", told)
    # A host that may not be called any more is not.
    with pytest.raises(DelegationUnfit, match="callbackUrl"):
        await delegations(CALLBACK_HOSTS="").ended(f"{PROJECT}:1", "FAILED", told)


async def test_a_credential_that_is_refused_says_so_and_shows_nothing_of_it(delegations, place):  # noqa: F811
    place.hub.model.tokens.clear()
    with pytest.raises(WorkerError) as caught:
        await delegations().take(Asked(idea=IDEA))
    assert TOKEN not in "".join(caught.value.lines())

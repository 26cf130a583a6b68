"""Whole runs against a GitHub that goes wrong in every way the real one does."""

import base64
import json
from pathlib import Path

import pytest

from e2e.world import BRANCH, World
from kiro_worker.testing.git_remote import BareRemote, GitHttpServer
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import Act, GitHubServer, Trouble
from kiro_worker.testing.github_side import TOKEN

SCHEMAS = Path(__file__).parents[1] / "schemas/github"


class RemoteBranches(dict[str, list[str]]):
    """The fake's branches, which are those of a real repository."""

    def __init__(self, remote: BareRemote) -> None:
        super().__init__()
        self._remote = remote

    def _commits(self, name: str) -> list[str]:
        return self._remote.git("rev-list", "--reverse", f"refs/heads/{name}").splitlines()

    def __contains__(self, name: object) -> bool:
        return self._remote.tip(str(name)) is not None

    def __getitem__(self, name: str) -> list[str]:
        if name not in self:
            raise KeyError(name)
        return self._commits(name)

    def get(self, name: str, default: object = None) -> object:
        return self._commits(name) if name in self else default

    def values(self):
        return [
            self._commits(ref.removeprefix("refs/heads/"))
            for ref in self._remote.refs()
            if ref.startswith("refs/heads/")
        ]


@pytest.fixture
def github(world: World):
    model = GitHubModel()
    model.repository.branches = RemoteBranches(world.remote)
    model.tokens[TOKEN] = Grant()
    with GitHubServer(model, GitHubSchemas(SCHEMAS)) as server:
        world.environment |= {
            "GITHUB_TOKEN": TOKEN,
            "KIRO_WORKER_FORGE_KIND": "github",
            "KIRO_WORKER_FORGE_API_URL": server.address,
            "KIRO_WORKER_FORGE_REPOSITORY": "ada/engine",
        }
        yield server
        assert server.violations == []


def small(world: World) -> None:
    """One task, so that a run is short."""
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"})


def test_a_pull_request_is_made_on_github_and_only_once(world, github):
    small(world)
    ran = world.run("--only", "1.1")
    assert (ran.status, ran.verdict) == (0, "DONE")
    (pull,) = github.model.repository.pulls
    assert pull["head"]["ref"] == BRANCH
    assert pull["draft"] is True
    assert "1.1 Greet a name" in pull["body"].replace("\\", "")
    github.model.edit(1, title="A better title", body=f"Please look closely.\r\n\r\n{pull['body']}")
    again = world.run("--only", "1.1")
    assert again.verdict == "ALREADY_DONE"
    (pull,) = github.model.repository.pulls
    assert pull["title"] == "A better title"
    assert pull["body"].startswith("Please look closely.")
    head = world.remote.tip(BRANCH)
    assert github.model.repository.statuses[head][-1]["state"] == "success"


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Trouble(status=503, times=99), 32, "forge.away"),
        (Trouble(act=Act.RESET, times=99), 32, "forge.away"),
        (Trouble(status=401, body='{"message": "Bad credentials"}', times=99), 3, "forge.not-ready"),
    ],
    ids=["out-of-order", "reset", "refused"],
)
def test_a_forge_that_is_away_when_a_run_begins_is_no_wrong_credential(world, github, trouble, status, code):
    small(world)
    github.trouble(trouble)
    ran = world.run("--only", "1.1")
    assert (ran.status, ran.cause["code"]) == (status, code)
    assert not ran.all("turn.started")


@pytest.mark.parametrize("place", ["variable", "folder"])
def test_a_token_in_a_file_serves_and_is_written_nowhere(world, github, place):
    small(world)
    world.turns[-1] = json.dumps({"write": "greet.txt", "content": f"the token is {TOKEN}\n"})
    del world.environment["GITHUB_TOKEN"]
    path = world.folder / "token" if place == "variable" else _secrets_of(world) / "GITHUB_TOKEN"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{TOKEN}\n")
    if place == "variable":
        world.environment["GITHUB_TOKEN_FILE"] = str(path)
    path.chmod(0o644)
    exposed = world.run("--only", "1.1")
    assert (exposed.status, github.model.repository.pulls) == (3, [])
    assert "secret.exposed" in exposed.err
    path.chmod(0o600)
    ran = world.run("--only", "1.1")
    assert github.model.repository.pulls
    assert ran.verdict == "REFUSED"
    written = (file for file in (world.folder / "laptop").rglob("*") if file.is_file() and file != path)
    assert not [file for file in written if TOKEN.encode() in file.read_bytes()]
    assert TOKEN not in ran.out + ran.err


def _secrets_of(world: World) -> Path:
    return world.folder / "laptop/.config/kiro-worker/secrets"


def test_the_token_is_nowhere_but_in_the_requests(world, github):
    small(world)
    world.turns[-1] = (
        '{"run": ["sh", "-c", "env; git config --list; cat /proc/$PPID/environ | tr \\"\\\\0\\" \\"\\\\n\\""]}'
    )
    world.turns.append('{"write": "greet.txt", "content": "hello"}')
    ran = world.run("--only", "1.1")
    assert ran.verdict == "DONE"
    forms = (TOKEN, base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()[8:-4])
    for path in world.folder.rglob("*"):
        if path.is_file():
            assert not any(form.encode() in path.read_bytes() for form in forms), path
    assert not any(form in ran.out + ran.err for form in forms)


@pytest.mark.parametrize(
    ("trouble", "status", "verdict"),
    [
        (Trouble(status=401, body='{"message": "Bad credentials"}', times=9), 3, "CREDENTIAL"),
        (Trouble(status=404, body='{"message": "Not Found"}', times=9), 3, "CREDENTIAL"),
        (
            Trouble(method="POST", path=".*/pulls", status=403, body='{"message": "Resource not accessible"}', times=9),
            3,
            None,
        ),
        (
            Trouble(method="POST", path=".*/pulls", status=422, body='{"message": "Validation Failed"}', times=9),
            32,
            None,
        ),
        (Trouble(method="POST", path=".*/pulls", status=503, times=20), 32, "FORGE_FAULT"),
    ],
)
def test_a_github_that_says_no_is_told_in_its_own_words(world, github, trouble, status, verdict):
    small(world)
    github.trouble(trouble)
    ran = world.run("--only", "1.1")
    assert ran.status == status
    if verdict:
        assert ran.verdict == verdict
    words = trouble.body.split('"')[3]
    assert words in ran.cause["message"] or str(trouble.status) in ran.cause["message"]


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(act=Act.RESET, method="POST", path=".*/pulls", after=True),
        Trouble(method="POST", path=".*/pulls", status=502, after=True),
        Trouble(method="GET", path=".*/pulls", status=502, times=2),
        Trouble(status=429, headers={"Retry-After": "1"}, method="GET", path=".*/pulls"),
        Trouble(
            method="POST", path=".*/statuses/.*", status=403, body='{"message": "Resource not accessible"}', times=5
        ),
    ],
)
def test_what_passes_by_itself_costs_nothing_but_time(world, github, trouble):
    small(world)
    github.trouble(trouble)
    ran = world.run("--only", "1.1")
    assert (ran.status, ran.verdict) == (0, "DONE")
    assert len(github.model.repository.pulls) == 1


def test_a_missing_token_is_told_before_anything_is_spent(world, github):
    small(world)
    del world.environment["GITHUB_TOKEN"]
    ran = world.run("--only", "1.1")
    assert (ran.status, ran.verdict) == (3, "CREDENTIAL")
    assert "GITHUB_TOKEN" in ran.cause["message"]
    assert not ran.all("lease.taken")


def test_a_named_environment_never_uses_another_s_credential(world, github):
    world.spec(base={".kiro/environments/staging.yaml": b"gates:\n  repair_rounds: 1\n"})
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"})
    ran = world.run("--only", "1.1", "--environment", "staging")
    assert (ran.status, ran.verdict) == (3, "CREDENTIAL")
    assert "GITHUB_TOKEN_STAGING" in ran.cause["message"]
    world.environment["GITHUB_TOKEN_STAGING"] = world.environment.pop("GITHUB_TOKEN")
    assert world.run("--only", "1.1", "--environment", "staging").verdict == "DONE"


def test_a_remote_over_http_with_a_password_is_fetched_from_and_pushed_to(world, tmp_path):
    small(world)
    with GitHttpServer(folder=world.folder, user="ada", password="pass-word-77") as server:
        url = server.url(world.remote).replace("http://", "http://ada:pass-word-77@")
        over = world.call("run", "--repository", url, "--branch", BRANCH, "--only", "1.1", "--agent", world.agent)
    assert over.status == 0, over.err
    assert world.done_by_worker() == ["1.1"]
    for path in (world.folder / "laptop").rglob("*"):
        if path.is_file():
            assert b"pass-word-77" not in path.read_bytes(), path

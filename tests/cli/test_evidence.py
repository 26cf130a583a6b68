"""`kiro-worker evidence`: real repositories, evidence kept on a real remote, and commits that come later."""

import asyncio
import json
import subprocess
from dataclasses import replace

import jsonschema
import pytest

from cli.conftest import clone_of
from cli.place import Place
from e2e.test_github import SCHEMAS, RemoteBranches
from e2e.world import World
from evidence.branches import BASE, Branch
from kiro_worker.clock import SystemClock
from kiro_worker.evidence.document import document_text
from kiro_worker.forge.local import LocalForge
from kiro_worker.forge.port import StatusState
from kiro_worker.ids import RunId
from kiro_worker.lease.holder import this_holder
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.state import open_state
from kiro_worker.testing.evidence_sample import sample_evidence
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer
from kiro_worker.testing.github_side import TOKEN
from kiro_worker.workspace.evidence import evidence_ref
from reference import evidence_schema

BRANCH = "feature/greeting"
CODE = "LIMIT = 30\n\n\ndef quote(weight):\n    if weight > LIMIT:\n        raise ValueError\n    return weight\n"
TESTS = 'def test_heavy():\n    """Validates: 1.1"""\n    assert quote(31)\n'


def files(tree):
    return {path: None if text is None else text.encode() for path, text in tree.items()}


def keep(remote, content, branch=BRANCH):
    blob = remote.git("hash-object", "-w", "--stdin", stdin=content)
    remote.git("update-ref", evidence_ref(branch), blob)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A branch that was judged: one criterion proved, two to come."""
    folder = tmp_path_factory.mktemp("judged")
    world = World(folder=folder, remote=BareRemote(folder / "origin.git"))
    base = world.remote.commit(files(BASE))
    branch = Branch()
    branch.commit({"src/rates.py": CODE, "tests/test_rates.py": TESTS}, task="1.1")
    branch.test("test_heavy", bite="bites")
    head = world.remote.commit(files(branch.tree), branch=BRANCH, onto=base)
    evidence = replace(branch.evidence(), base=base, head=head, branch=BRANCH)
    keep(world.remote, document_text(evidence).encode())
    return world, evidence


@pytest.fixture
def place(judged, tmp_path):
    world, _ = judged
    return Place(world=world, clone=clone_of(world, tmp_path / "clone"), ids={})


def later(place, changes):
    """A commit in the clone, pushed by nobody."""
    for path, text in changes.items():
        (place.clone / path).write_text(text)
    who = ("-c", "user.name=P", "-c", "user.email=p@example.org")
    subprocess.run(["git", *who, "commit", "-qam", "Later"], cwd=place.clone, check=True)


def test_evidence_is_shown_requirement_by_requirement(place):
    said = place("evidence", "show")
    assert (said.status, said.err) == (0, "")
    assert said.lines[0] == f"rates on {BRANCH}: 1 of 3 criteria proved, 2 missing"
    assert "1 Weights" in said.lines
    assert "  proved        1.1      WHEN it is heavy THE SYSTEM SHALL refuse it" in said.lines
    assert said.lines[5].strip() == "A test that names it passes, and fails without the change."


def test_phantoms_and_ticks_of_people_are_shown_too(place, judged):
    sample = replace(sample_evidence(60), branch="large")
    keep(place.world.remote, document_text(sample).encode(), branch="large")
    said = place("evidence", "show", "--branch", "large")
    assert "phantom: task 5.1: Its commit touches nothing besides the spec." in said.lines
    assert said.lines[-1] == "unbacked: 4.2 (ticked by people)"
    assert len(said.lines) > 480


def test_criteria_that_nobody_has_judged_make_evidence_out_of_date(place):
    folder = ".kiro/specs/rates/requirements.md"
    later(place, {folder: BASE[folder].replace("### Requirement 2", "3. It is new\n### Requirement 2")})
    said = place("evidence", "check")
    assert said.status == 1
    assert "  Not there when it was judged: 1.3" in said.lines


def test_evidence_as_a_document_is_what_was_kept_and_fits_its_schema(place, judged):
    told = place("evidence", "show", "--json").json
    jsonschema.validate(told, evidence_schema.schema(), jsonschema.Draft202012Validator)
    assert told == json.loads(document_text(judged[1]))


def test_what_still_holds_is_current(place, judged):
    said = place("evidence", "check")
    assert (said.status, said.err) == (0, "")
    assert said.lines[0].startswith(f"CURRENT: {BRANCH} at {judged[1].head[:10]}")
    later(place, {"src/rates.py": "import math\n" + CODE.replace("LIMIT = 30", "LIMIT = 40")})
    assert place("evidence", "check").status == 0


def test_a_later_commit_makes_evidence_stale_and_it_is_told_why(place, judged):
    later(place, {"src/rates.py": CODE.replace(">", ">=")})
    said = place("evidence", "check")
    assert said.status == 1
    assert said.lines[0].startswith(f"OUT OF DATE: {BRANCH} at ")
    assert said.lines[1:3] == ["  1.1", "    Line 5 of src/rates.py was changed."]
    told = place("evidence", "check", "--json")
    assert told.status == 1
    assert told.json["stale"] == [{"id": "1.1", "reasons": ["Line 5 of src/rates.py was changed."]}]
    assert (told.json["current"], told.json["judged_at"]) == (False, judged[1].head)
    assert told.json["states"]["stale"] == 1
    # The commit that was judged is as good as it was.
    assert place("evidence", "check", "--at", "HEAD~1").status == 0


def test_it_is_told_how_the_commit_stands_to_the_one_that_was_judged(place, judged):
    head = judged[1].head[:10]

    def told(at):
        where = place("evidence", "check", "--at", at).lines[0].partition(f"{BRANCH} at ")[2].partition(": ")[0]
        facts = place("evidence", "check", "--at", at, "--json").json
        return where[12:], (facts["relation"], facts["commits_after"], facts["commits_before"])

    assert told("HEAD") == ("the commit that was judged", ("same", 0, 0))
    assert told("HEAD~1") == (f"1 commit before the one that was judged, {head}", ("before", 0, 1))
    later(place, {"src/rates.py": "import math\n" + CODE})
    later(place, {"src/rates.py": "import cmath\n" + CODE})
    assert told("HEAD") == (f"2 commits after the one that was judged, {head}", ("after", 2, 0))
    subprocess.run(["git", "checkout", "-q", "HEAD~3"], cwd=place.clone, check=True)
    later(place, {"src/rates.py": "import math\n" + CODE})
    beside = place("evidence", "check", BRANCH, "--at", "HEAD", "--json").json
    assert (beside["relation"], beside["commits_after"], beside["commits_before"]) == ("apart", 1, 1)
    said = place("evidence", "check", BRANCH).lines[0]
    assert f"beside the one that was judged, {head}: 1 commit that it lacks, and 1 commit the other way" in said


def test_a_clone_that_is_only_behind_is_not_sent_to_pay_for_a_run(place, judged):
    said = place("evidence", "check", "--at", "HEAD~1")
    assert said.status == 1
    newer = f"What was judged is newer. To have it here: git pull; to look at it: --at {judged[1].head[:10]}"
    assert said.lines[-1] == newer
    assert "kiro-worker run" not in said.out


def test_a_commit_that_was_judged_and_is_not_here_may_only_not_be_fetched(place, judged):
    other = place.clone.with_name("behind")
    remote = subprocess.run(
        ["git", "remote", "get-url", "origin"], cwd=place.clone, check=True, capture_output=True, text=True
    ).stdout.strip()
    words = ["git", "clone", "-q", "--no-local", "--single-branch", "--branch", "main", remote, str(other)]
    subprocess.run(words, check=True)
    said = place("evidence", "check", "-C", str(other), "--branch", BRANCH)
    assert "which is not in this clone" in said.lines[0]
    assert said.lines[-2:] == [
        "What was judged may only not be fetched yet. To have it here: git pull; then check again",
        f"To judge it anew: kiro-worker run --branch {BRANCH}",
    ]


def test_whose_evidence_is_meant_may_be_told_by_a_run(place):
    state = open_state(place.state)
    run = "r-01kz0q3x9v8w7t6s5r4q3p2n1m"
    facts = {"repository": "r", "spec": "s", "agent": "a", "began": "2026-11-21T09:00:00.000Z"}
    Registry(state).begin(RunEntry(run=RunId(run), branch=BRANCH, holder=this_holder(run), **facts))
    state.close()
    whole = place("evidence", "show")
    assert place("evidence", "show", run).out == place("evidence", "show", "--branch", run[:9]).out == whole.out
    unknown = place("evidence", "check", "r-01zz")
    assert (unknown.status, unknown.err.partition(":")[0]) == (2, "run.unknown")


def test_criteria_and_tests_that_change_are_told_too(place):
    later(place, {
        ".kiro/specs/rates/requirements.md": BASE[".kiro/specs/rates/requirements.md"].replace("heavy THE", "very heavy THE"),
        "tests/test_rates.py": TESTS.replace("31", "32"),
    })  # fmt: skip
    told = place("evidence", "check", "--json").json
    assert told["stale"] == [{"id": "1.1", "reasons": ["Its text was changed.", "The test test_heavy was changed."]}]


def test_a_shallow_clone_without_the_commit_of_then_compares_whole_files(judged, tmp_path):
    world, evidence = judged
    keep(world.remote, document_text(replace(evidence, head="1" * 40)).encode(), branch="squashed")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "-b", BRANCH, f"file://{world.remote.url}", str(clone)], check=True
    )
    place = Place(world=world, clone=clone, ids={})
    assert place("evidence", "check", "--branch", "squashed").status == 0
    later(place, {"src/rates.py": "import math\n" + CODE})
    said = place("evidence", "check", "--branch", "squashed")
    assert said.status == 1
    assert "    src/rates.py was changed, and which lines of it is not known here." in said.lines


def test_nothing_is_written_to_the_clone(place):
    def listing():
        return sorted((path, path.stat().st_mtime_ns) for path in (place.clone / ".git").rglob("*"))

    before = listing()
    assert place("evidence", "check").status == 0
    assert listing() == before


def test_a_branch_without_evidence_is_told_how_to_get_some(place):
    said = place("evidence", "show", "--branch", "main")
    assert (said.status, said.out) == (2, "")
    assert "evidence.missing" in said.err
    assert "kiro-worker run --branch main" in said.err


@pytest.mark.parametrize("content", [b"hello", b'{"schema": "kiro-worker/evidence/9"}'])
def test_what_somebody_else_put_there_is_no_evidence(place, content):
    keep(place.world.remote, content, branch="hostile")
    said = place("evidence", "check", "--branch", "hostile")
    assert said.status == 2
    assert "evidence.unreadable" in said.err


def test_a_commit_in_the_place_of_evidence_is_none(place):
    place.world.remote.git("update-ref", evidence_ref("commit"), "refs/heads/main")
    assert "evidence.unreadable" in place("evidence", "show", "--branch", "commit").err


def test_control_codes_in_evidence_are_not_handed_to_the_terminal(place, judged):
    keep(place.world.remote, document_text(replace(judged[1], spec="a\x1b[31mb")).encode(), branch="coloured")
    assert "\x1b" not in place("evidence", "show", "--branch", "coloured").out
    assert "\x1b" not in place("evidence", "check", "--branch", "coloured").out


def test_where_no_branch_is_checked_out_it_has_to_be_named(place):
    subprocess.run(["git", "checkout", "-q", "--detach"], cwd=place.clone, check=True)
    said = place("evidence", "check")
    assert (said.status, "evidence.nowhere" in said.err, "--branch NAME" in said.err) == (2, True, True)
    assert place("evidence", "check", "--branch", BRANCH).status == 0


@pytest.mark.parametrize("at", ["nowhere", "HEAD:src", "--all"])
def test_a_commit_that_is_not_there_is_told(place, at):
    said = place("evidence", "check", f"--at={at}")
    assert (said.status, "evidence.nowhere" in said.err) == (2, True)


# The commit status


async def test_the_local_forge_keeps_the_status_too(place):
    later(place, {"src/rates.py": CODE.replace(">", ">=")})
    said = await asyncio.to_thread(place, "evidence", "check", "--status", "--json")
    assert said.status == 1
    state = open_state(place.state)
    try:
        (status,) = await LocalForge(state, place.world.remote.url, SystemClock()).statuses(said.json["at"])
    finally:
        state.close()
    assert (status.context, status.state) == ("kiro-worker/evidence", StatusState.FAILURE)
    assert status.description == "out of date: 1.1; 0 of 3 criteria proved, 2 missing, 1 out of date"


@pytest.fixture
def github(place):
    model = GitHubModel()
    model.repository.branches = RemoteBranches(place.world.remote)
    model.tokens[TOKEN] = Grant()
    with GitHubServer(model, GitHubSchemas(SCHEMAS)) as server:
        yield (
            server,
            {
                "KIRO_WORKER_FORGE_KIND": "github",
                "KIRO_WORKER_FORGE_API_URL": server.address,
                "KIRO_WORKER_FORGE_REPOSITORY": "ada/engine",
            },
        )


def test_github_gets_the_status_in_the_form_that_its_schema_wants(place, judged, github):
    server, variables = github
    said = place("evidence", "check", "--status", GITHUB_TOKEN=TOKEN, **variables)
    assert said.status == 0, said.err
    (status,) = server.model.repository.statuses[judged[1].head]
    assert (status["context"], status["state"]) == ("kiro-worker/evidence", "pending")
    assert status["description"] == "1 of 3 criteria proved, 2 missing"
    assert server.violations == []


def test_a_token_that_may_not_is_told(place, github):
    server, variables = github
    said = place("evidence", "check", "--status", GITHUB_TOKEN="ghp_" + "0" * 36, **variables)
    assert said.status == 3
    assert not server.model.repository.statuses

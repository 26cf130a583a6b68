import json
import shutil

import pytest

from cli.conftest import clone_of
from cli.place import Place
from e2e.world import World
from kiro_worker.testing.git_remote import BareRemote

KEY = ".config/kiro-worker/receipt"


@pytest.fixture(scope="module")
def signing(tmp_path_factory):
    """A machine with a key, and two runs: one that ended well after another was killed."""
    folder = tmp_path_factory.mktemp("signing")
    world = World(folder=folder, remote=BareRemote(folder / "origin.git"))
    world.spec()
    world.honest()
    place = Place(world=world, clone=clone_of(world, folder / "clone"), ids={})
    assert place("receipt", "key", "new").status == 0
    with world.running() as running:
        died = str(running.until(lambda event: event["event"] == "run.started")["run"])
        running.at_step("commit", "1.1")
        running.process.kill()
        running.end()
    ran = world.run(died, "--agent", world.agent, verb="resume")
    assert ran.verdict == "DONE", ran.err
    done = str(ran.event("run.started")["run"])
    return Place(world=world, clone=place.clone, ids={"died": died, "done": done})


@pytest.fixture
def tampered(signing, tmp_path):
    """Copies a run's folder away, to do with it what one likes."""

    def copy(run, change):
        folder = tmp_path / "runs" / signing.ids[run]
        shutil.copytree(signing.folder_of(run), folder)
        path = folder / "events.jsonl"
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
        return str(path)

    return copy


# A machine without a key


def test_a_run_without_a_key_is_whole_and_says_what_that_shows(kiro):
    said = kiro("receipt", "verify", kiro.ids["done"])
    assert (said.status, said.err) == (0, "")
    assert said.lines[0] == f"WHOLE: receipt of {kiro.ids['done']}"
    assert said.lines[1].startswith("All ")
    assert "is not signed" in said.lines[2]


def test_a_killed_run_is_open(kiro):
    said = kiro("receipt", "verify", kiro.ids["died"])
    assert said.status == 4
    assert said.lines[0] == f"OPEN: receipt of {kiro.ids['died']}"
    assert "The run's process was killed." in said.out


def test_each_file_that_a_run_leaves_is_vouched_for(kiro):
    told = kiro("receipt", "verify", kiro.ids["done"], "--json").json
    assert (told["schema"], told["standing"], told["not_compared"]) == ("kiro-worker/receipt-verify/1", "whole", [])
    path = kiro.folder_of("done") / "changes.diff"
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"+hello", b"+HELLO"))
    try:
        said = kiro("receipt", "verify", kiro.ids["done"])
        assert (said.status, said.lines[1]) == (1, "changes.diff is not what the receipt vouches for.")
    finally:
        path.write_bytes(kept)


def test_a_named_key_makes_an_unsigned_receipt_refused(kiro, tmp_path):
    kiro("receipt", "key", "new", "--to", str(tmp_path / "mine.key"))
    said = kiro("receipt", "verify", kiro.ids["done"], "--public-key", str(tmp_path / "mine.pub"))
    assert said.status == 1
    assert "is not signed, and should be" in said.out


# A machine with one


def test_a_run_is_signed_by_the_key_of_its_machine(signing):
    said = signing("receipt", "verify", signing.ids["done"])
    assert (said.status, said.lines[0]) == (0, f"SIGNED: receipt of {signing.ids['done']}")
    assert signing("receipt", "verify", "--json").json["key"].startswith("sha256:")


def test_a_run_that_goes_on_vouches_for_the_killed_one(signing):
    said = signing("receipt", "verify", signing.ids["died"])
    assert said.status == 4
    assert f"{signing.ids['done']} went on with this run, and recorded exactly these" in said.out
    path = signing.folder_of("died") / "events.jsonl"
    kept = path.read_bytes()
    path.write_bytes(b"".join(kept.splitlines(keepends=True)[:-1]))
    try:
        said = signing("receipt", "verify", signing.ids["died"])
        assert (said.status, "is missing or another one" in said.out) == (1, True)
        said = signing("receipt", "verify", signing.ids["done"])
        assert (said.status, "is not the one of then" in said.out) == (1, True)
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda it: it, 0, "signed by the known key"),
        (lambda it: it[:-1], 4, "the closing line, is not there"),
        (lambda it: [*it[:4], *it[5:]], 1, "Line 5 does not follow line 4"),
        (lambda it: [*it[:4], it[5], it[4], *it[6:]], 1, "Line 5 does not follow line 4"),
        (lambda it: [it[0], it[1].replace(b"step.", b"STEP."), *it[2:]], 1, "Line 2 was changed"),
        (lambda it: [*it, it[0]], 1, "comes after the closing line"),
    ],
)
def test_a_file_is_verified_with_the_key_that_is_known_here(signing, tampered, change, status, words):
    said = signing("receipt", "verify", tampered("done", change))
    assert said.status == status
    assert words in said.out


def test_a_cut_end_is_refused_where_the_list_says_that_the_run_ended(signing):
    path = signing.folder_of("done") / "events.jsonl"
    kept = path.read_bytes()
    path.write_bytes(b"".join(kept.splitlines(keepends=True)[:-1]))
    try:
        said = signing("receipt", "verify", signing.ids["done"])
        assert said.status == 1
        assert "is missing: the run ended (DONE)" in said.out
        assert "the closing line, is missing" in signing("show", signing.ids["done"]).err
    finally:
        path.write_bytes(kept)


def test_the_key_is_never_written_nor_handed_on(signing):
    secret = (signing.world.folder / signing.machine / f"{KEY}.key").read_text().splitlines()[1]
    for path in signing.folder_of("done").rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_a_key_that_others_can_read_begins_no_run(signing):
    path = signing.world.folder / signing.machine / f"{KEY}.key"
    path.chmod(0o644)
    try:
        ran = signing.world.run()
        assert (ran.status, ran.events) == (3, ())
        assert "secret.exposed" in ran.err
    finally:
        path.chmod(0o600)


def test_a_key_is_taken_from_a_variable_too(fresh, tmp_path):
    fresh("receipt", "key", "new", "--to", str(tmp_path / "mine.key"))
    fresh.world.honest()
    fresh.world.environment["KIRO_RECEIPT_PRIVATE_KEY"] = (tmp_path / "mine.key").read_text()
    run = str(fresh.world.run().event("run.started")["run"])
    said = fresh("receipt", "verify", run, "--public-key", str(tmp_path / "mine.pub"))
    assert (said.status, said.lines[0]) == (0, f"SIGNED: receipt of {run}")


def test_what_is_no_key_begins_no_run(fresh):
    fresh.world.environment["KIRO_RECEIPT_PRIVATE_KEY"] = "words-that-are-no-key"
    ran = fresh.world.run()
    assert (ran.status, ran.events) == (3, ())
    assert "receipt.key-unusable" in ran.err
    assert "words-that-are-no-key" not in ran.err


def test_a_pair_is_made_once(fresh):
    said = fresh("receipt", "key", "new", "--json")
    told = said.json
    assert told["private_key"].endswith(f"{KEY}.key")
    assert told["public_key"].endswith(f"{KEY}.pub")
    again = fresh("receipt", "key", "new")
    assert (again.status, again.out) == (2, "")
    assert "receipt.key-there" in again.err


# Show


def test_a_receipt_tells_the_story(kiro):
    out = kiro("receipt", "show", kiro.ids["done"]).out
    for words in (
        "permission.refused      refused:", "turn.started            begins: 1.1", "commit.made", "gates.judged",
        "receipt.closed          closed after",
    ):  # fmt: skip
        assert words in out
    assert "\x1b" not in out


def test_a_story_can_be_of_one_task_or_of_one_kind(kiro):
    run = kiro.ids["done"]
    of_task = kiro("receipt", "show", run, "--task", "1.2", "--json").json["events"]
    assert {event["task"] for event in of_task} == {"1.2"}
    kinds = kiro("receipt", "show", run, "--kind", "permission", "--json").json["events"]
    assert {event["event"] for event in kinds} == {"permission.refused"}
    both = kiro("receipt", "show", run, "--task", "1.2", "--kind", "commit.made", "--json").json
    assert [event["event"] for event in both["events"]] == ["commit.made"]
    assert both["schema"] == "kiro-worker/receipt-show/1"


def test_a_story_without_an_event_says_so(kiro):
    said = kiro("receipt", "show", kiro.ids["done"], "--task", "1.2", "--kind", "no-such.kind")
    assert (said.status, said.lines) == (0, [f"{kiro.ids['done']} has no event for --task 1.2 --kind no-such.kind."])


def test_a_story_says_so_when_it_was_changed(kiro, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes((kiro.folder_of("done") / "events.jsonl").read_bytes().replace(b'"DONE"', b'"BUSY"'))
    said = kiro("receipt", "show", str(path))
    assert "The receipt is not what the worker wrote: line" in said.err
    assert kiro("receipt", "show", str(path), "--json").json["fault"]


def test_the_receipt_holds_what_a_run_went_by(kiro):
    events = kiro("receipt", "show", kiro.ids["done"], "--json").json["events"]
    found = {event["event"]: event for event in events}
    assert len(found["run.admitted"]["settings_sha256"]) == 64
    assert found["run.admitted"]["agent"]["name"]
    prompt = found["turn.started"]["prompt"]
    assert "Task ID:" in (kiro.folder_of("done") / prompt["file"]).read_text()
    assert len(found["commit.hashed"]["diff_sha256"]) == 64
    assert {file["file"] for file in found["files.kept"]["files"]} >= {"changes.diff", "tests.log"}
    assert found["receipt.closed"] is not None
    assert found["turn.ended"]["left_out"] == {}


def test_a_receipt_that_is_not_there_is_a_fault(kiro, tmp_path):
    for verb in ("verify", "show"):
        said = kiro("receipt", verb, str(tmp_path / "none.jsonl"))
        assert (said.status, said.out) == (2, "")
        assert "receipt.missing" in said.err


def test_a_receipt_of_a_stranger_cannot_command_the_terminal(kiro, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(json.dumps({"n": 1, "at": "\x1b[2J", "event": "\x1b[31mx", "before": "0" * 64, "hash": "0"}) + "\n")
    for words in (("verify",), ("show",), ("show", "--json")):
        assert "\x1b" not in kiro("receipt", *words, str(path), terminal=True, NO_COLOR="1").out

"""The policy over the final diff: whatever wrote a file, and whether or not anybody asked before."""

import json

import pytest

from e2e.test_guided import somebody
from e2e.world import BRANCH, WORKER

CI = ".github/workflows/ci.yml"


def files(world) -> set[str]:
    return set(world.remote.git("ls-tree", "-r", "--name-only", BRANCH).splitlines())


def unapproved(world) -> str:
    return "".join(path.read_text() for path in world.folder.rglob("unapproved.diff"))


def with_pipeline(world) -> None:
    world.spec()
    world.turn("1\\.1", {"write": CI, "content": "on: push\n"}, {"write": "greet.txt", "content": "hello\n"})


def test_a_pipeline_is_not_pushed_before_a_person_approves_it(world):
    with_pipeline(world)
    over = world.run("--only", "1.1")
    assert (over.status, over.verdict, over.cause["code"]) == (14, "NEEDS_INPUT", "change.needs-approval")
    assert CI in over.cause["message"]
    assert "path.ci" in over.cause["message"]
    assert CI not in files(world)
    assert "greet.txt" in files(world)
    assert world.done_by_worker() == []
    assert "+on: push" in unapproved(world)


def test_a_person_is_asked_about_it_in_a_guided_run(world):
    with_pipeline(world)
    with somebody(world, "--only", "1.1") as person:
        person.reads(f"! {CI} needs a person's approval")
        person.reads("+on: push")
        person.reads("[A]pprove")
        person.types("a")
        assert person.waits_for_the_end() == 0
    assert person.seen.count(f"{CI} needs a person's approval") == 1
    assert {CI, "greet.txt"} <= files(world)
    assert world.done_by_worker() == ["1.1"]


def test_what_stopping_saves_holds_nothing_that_was_not_approved(world):
    with_pipeline(world)
    with somebody(world, "--only", "1.1") as person:
        person.reads("[A]pprove")
        person.types("t")
        assert person.waits_for_the_end() == 130
    assert CI not in files(world)
    assert "greet.txt" in files(world)


def test_the_worker_s_own_policy_is_undone_told_once_and_then_refused(world):
    world.spec(base={".kiro/governance.yaml": b"require_human_approval:\n  - file_patterns: ['secret/**']\n"})
    loose = {"write": ".kiro/governance.yaml", "content": "require_human_approval: []\n"}
    world.turn("1\\.1", loose, {"write": "greet.txt", "content": "hello\n"})
    over = world.run("--only", "1.1")
    assert (over.status, over.verdict, over.cause["code"]) == (13, "REFUSED", "change.denied")
    assert len(over.all("turn.started")) == 2
    assert b"secret/**" in world.remote.read(".kiro/governance.yaml", BRANCH)


def test_a_shell_that_never_asked_is_held_to_it_too(world):
    world.spec()
    world.turn("1\\.1", {"run": ["sh", "-c", "mkdir -p .github/workflows && echo x > .github/workflows/x.yml"]})
    over = world.run("--only", "1.1")
    assert over.verdict == "NEEDS_INPUT"
    assert not [path for path in files(world) if path.startswith(".github")]


def test_what_the_task_names_needs_nobody(world):
    tasks = b"- [ ] 1. Run the tests in `.github/workflows/ci.yml`\n"
    world.spec({".kiro/specs/greeting/tasks.md": tasks})
    world.turn("1", {"write": CI, "content": "on: push\n"})
    over = world.run()
    assert over.verdict == "DONE"
    assert CI in files(world)


@pytest.mark.parametrize(
    ("governance", "steps", "told"),
    [
        (b"  - thresholds: {files_changed: 1}\n", [("a.txt", "a"), ("b.txt", "b")], "thresholds: files_changed"),
        (b"  - thresholds: {lines_added: 5}\n", [("a.txt", "a\n" * 6)], "thresholds: lines_added"),
        (
            b"  - change_types: [database_schema]\n",
            [("store.py", 'SQL = "CREATE TABLE users (id INT)"\n')],
            "change_types: database_schema",
        ),
        (b"  - file_patterns: ['**/migrations/**']\n", [("db/migrations/1.txt", "x")], "require_approval"),
    ],
)
def test_governance_of_the_base_branch_asks(world, governance, steps, told):
    world.spec(base={".kiro/governance.yaml": b"require_human_approval:\n" + governance})
    world.turn("1\\.1", *({"write": path, "content": content} for path, content in steps))
    over = world.run("--only", "1.1")
    assert (over.verdict, over.cause["code"]) == ("NEEDS_INPUT", "change.needs-approval")
    assert told in over.cause["message"]
    assert world.done_by_worker() == []


def test_governance_of_the_branch_itself_loosens_nothing(world):
    strict = b"require_human_approval:\n  - thresholds: {files_changed: 1}\n"
    world.spec({".kiro/governance.yaml": b"require_human_approval: []\n"}, base={".kiro/governance.yaml": strict})
    world.turn("1\\.1", {"write": "a.txt", "content": "a"}, {"write": "b.txt", "content": "b"})
    assert world.run("--only", "1.1").verdict == "NEEDS_INPUT"


def test_a_narrow_write_scope_undoes_what_the_task_does_not_name(world):
    world.spec(base={".kiro/config.yaml": b"policy:\n  write_scope: task\n", ".kiro/worker.yaml": WORKER})
    world.turn(
        "1\\.1", {"write": "greet.txt", "content": "hello\n"}, {"write": "other.py", "content": "x = 1\n"},
        unless={"file": "greet.txt"},
    )  # fmt: skip
    world.turn("1\\.1", {"say": "Then without."})
    over = world.run("--only", "1.1")
    assert over.verdict == "DONE"
    assert "other.py" not in files(world)
    assert [each["path"] for each in over.event("changes.inspected")["undone"]] == []


def asks_first(world) -> None:
    """An agent that wants to run a word of code, and does its work only when it may."""
    world.spec()
    code = "open('greet.txt', 'w').write('hello')"
    world.turns += [json.dumps({"turn": "told why", "match": "Not everything you asked for was allowed"})]
    world.turns += [json.dumps({"say": "Then I cannot."})]
    world.turn("1\\.1", {"run": ["python3", "-c", code], "ask": True}, {"say": "Done."})


def test_what_only_a_person_could_allow_ends_an_unattended_run_with_the_question(world):
    asks_first(world)
    over = world.run("--only", "1.1")
    assert (over.status, over.verdict, over.cause["code"]) == (14, "NEEDS_INPUT", "permission.needs-person")
    assert "python3 -c" in over.cause["message"]
    assert "greet.txt" not in files(world)


@pytest.mark.parametrize(("answer", "status"), [("a", 0), ("reject", 12)])
def test_a_person_is_asked_while_the_agent_waits(world, answer, status):
    asks_first(world)
    with somebody(world, "--only", "1.1") as person:
        person.reads("The agent asks, at task 1.1:")
        person.reads("python3 -c")
        person.reads("[A]llow once")
        person.types("what?")
        person.reads("[A]llow once")
        person.types(answer)
        if answer == "a":
            person.reads("+hello")
            person.reads("[A]pprove")
            person.types("a")
        else:
            person.reads("[A]llow once")
            person.types(answer)
        assert person.waits_for_the_end() == status
    assert ("greet.txt" in files(world)) is (answer == "a")
    receipt = "".join(path.read_text() for path in world.folder.rglob("events.jsonl"))
    assert ("allowed it" in receipt) is (answer == "a")

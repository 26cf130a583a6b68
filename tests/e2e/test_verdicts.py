"""Whole runs, one for each way a run can end, through the command that a person calls."""

import json

import pytest

from e2e.world import BRANCH, CHECK, FOLDER, TASKS, Kept, new_world


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that did everything, and the world after it: once for all tests that look at it or go on from there."""
    world = new_world(tmp_path_factory.mktemp("whole"))
    world.spec()
    world.honest()
    return world.run(), Kept.of(world)


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A run that did one task only, and the world after it."""
    world = new_world(tmp_path_factory.mktemp("begun"))
    world.spec()
    world.honest()
    return world.run("--only", "1.1"), Kept.of(world)


def test_a_spec_branch_becomes_a_pull_request(whole):
    ran, kept = whole
    world = kept.again()
    assert (ran.status, ran.verdict) == (0, "DONE")
    assert world.done_by_worker() == ["1.1", "1.2", "2", "3"]
    assert world.tasks().count("- [x]") == 5
    assert "- [ ]" not in world.tasks()
    first = world.log()[1]
    assert first["subject"] == "greeting: 1.1 Greet a name"
    assert first["Kiro-Spec"] == "greeting"
    assert first["Kiro-Requirement"] == "1.1"
    assert first["Kiro-Run"] == ran.event("run.started")["run"]
    assert int(first["Kiro-Fence"]) > 0
    published = ran.event("pull-request.published")
    assert (published["change"], published["draft"]) == ("created", False)


def test_each_commit_holds_one_task_and_its_tick(whole):
    world = whole[1].again()
    oid = world.log()[1]["oid"]
    changed = world.remote.git("show", "--name-only", "--format=", oid).splitlines()
    assert changed == [f"{FOLDER}/tasks.md", "greet.txt"]
    diff = world.remote.git("show", "--format=", oid, "--", f"{FOLDER}/tasks.md")
    assert [line for line in diff.splitlines() if line.startswith("+ ")] == ["+  - [x] 1.1 Greet a name"]


def test_running_again_changes_nothing_and_says_so(whole):
    world = whole[1].again()
    world.honest()
    head = world.remote.tip(BRANCH)
    before = world.call("pr", "show", BRANCH, "--repository", world.remote.url, "--json").out
    again = world.run()
    assert (again.status, again.verdict) == (0, "ALREADY_DONE")
    assert world.remote.tip(BRANCH) == head
    published = again.event("pull-request.published")
    assert (published["number"], published["change"]) == (1, "unchanged")
    assert not again.all("commit-status.set")
    assert before == world.call("pr", "show", BRANCH, "--repository", world.remote.url, "--json").out


def test_the_evidence_of_earlier_runs_stays_in_the_pull_request(begun):
    world = begun[1].again()
    world.honest()
    first = world.log()[1]["oid"][:10]
    rest = world.run(machine="another")
    before = rest.event("run.admitted")["done_before"]
    assert [(task["id"], task["criteria"]) for task in before] == [("1.1", ["1.1"])]
    assert before[0]["commits"] == [world.log()[1]["oid"]]
    body = world.call("pr", "show", BRANCH, "--repository", world.remote.url, "--json", machine="another").out
    told = json.loads(body)["body"].replace("\\", "")
    assert f"| ✅ | 1.1 Greet a name *(by an earlier run)* | 1.1 | {first} |" in told
    assert "**1.1** WHEN a name is given, THE Greeter SHALL greet that name<br>" in told
    assert f"| 1.1<br>{first} |" in told
    again = world.run()
    assert [task["id"] for task in again.event("run.admitted")["done_before"]] == ["1.1", "1.2", "2", "3"]
    last = json.loads(world.call("pr", "show", BRANCH, "--repository", world.remote.url, "--json").out)["body"]
    assert "4 done before" in last
    assert first in last


def test_a_task_that_a_person_ticked_is_nobody_s_evidence(world):
    ticked = TASKS.replace(b"- [ ] 1.1", b"- [x] 1.1")
    world.spec({f"{FOLDER}/tasks.md": ticked})
    world.honest()
    ran = world.run()
    assert (ran.verdict, ran.event("run.admitted")["done_before"]) == ("DONE", [])


def test_only_selected_tasks_are_done_and_the_pull_request_stays_a_draft(begun):
    ran, kept = begun
    world = kept.again()
    world.honest()
    assert (ran.verdict, world.done_by_worker()) == ("DONE", ["1.1"])
    assert ran.event("pull-request.published")["draft"] is True
    rest = world.run("--until", "2")
    assert (rest.verdict, world.done_by_worker()) == ("DONE", ["1.1", "1.2", "2"])


def test_a_new_branch_is_made_from_the_base(world):
    world.spec()
    world.remote.commit({f"{FOLDER}/tasks.md": TASKS})
    world.honest()
    ran = world.run("--new-branch")
    branch = ran.event("workspace.prepared")["branch"]
    assert ran.verdict == "DONE"
    assert branch.startswith("kiro/greeting/2")
    assert world.remote.tip(branch)
    assert ran.event("pull-request.published")["change"] == "created"


def test_red_tests_end_the_run_as_a_draft_with_the_findings(world):
    world.spec()
    world.turn("1\\.1", {"write": "RED", "content": ""})
    world.turn("1\\.2", {"write": "world.txt", "content": "hello"})
    ran = world.run("--until", "1.2", "--repair-rounds", "0")
    assert (ran.status, ran.verdict) == (10, "TESTS_RED")
    assert "expected an exclamation mark" in ran.cause["output"]
    assert ran.event("pull-request.published")["draft"] is True
    assert world.done_by_worker() == ["1.1", "1.2"]


def test_red_tests_are_handed_back_and_mended(world):
    world.spec()
    world.turn("1\\.1", {"write": "RED", "content": ""})
    world.turn(None, {"delete": "RED"}, {"write": "mended.txt", "content": "x"})
    ran = world.run("--only", "1.1")
    assert ran.verdict == "DONE"
    assert [each["subject"] for each in world.log()][-1] == "greeting: repair 1"


def test_low_coverage_ends_the_run_and_tells_the_percentage(world):
    world.spec()
    world.turn("1\\.1", {"write": "LOW", "content": ""})
    ran = world.run("--only", "1.1", "--repair-rounds", "0")
    assert (ran.status, ran.verdict) == (11, "COVERAGE_LOW")
    assert "50" in ran.cause["message"]


def test_a_missing_coverage_report_is_never_a_pass(world):
    world.spec()
    world.turn("1\\.1", {"write": "NOREPORT", "content": ""})
    ran = world.run("--only", "1.1", "--repair-rounds", "0")
    assert (ran.status, ran.verdict) == (11, "COVERAGE_LOW")


def test_a_hanging_test_command_is_ended_and_red(world):
    world.spec()
    world.turn("1\\.1", {"write": "HANG", "content": ""})
    ran = world.run("--only", "1.1", "--repair-rounds", "0", "--set", "limits.tests=2s")
    assert (ran.status, ran.verdict) == (10, "TESTS_RED")


def test_claims_without_work_are_a_phantom(world):
    world.spec()
    world.turn(
        "1\\.1", {"write": f"{FOLDER}/tasks.md", "content": TASKS.decode().replace("[ ]", "[x]")}, {"say": "Done!"}
    )
    ran = world.run()
    assert (ran.status, ran.verdict) == (12, "PHANTOM")
    assert len(ran.all("turn.started")) == 2
    assert "- [x]" not in world.tasks()
    assert ran.cause["task"] == "1.1"


def test_a_forbidden_change_is_undone_told_once_and_then_refused(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hi"}, {"link": "passwords", "target": "/etc/passwd"})
    ran = world.run("--only", "1.1")
    assert (ran.status, ran.verdict) == (13, "REFUSED")
    assert ran.cause["code"] == "change.link-leaves"
    assert world.done_by_worker() == []


def test_a_question_goes_to_a_person(world):
    world.spec()
    world.turn("1\\.1", {"say": "I looked around.\nNEEDS INPUT: Which language?"})
    ran = world.run()
    assert (ran.status, ran.verdict) == (14, "NEEDS_INPUT")
    assert ran.cause["message"] == "Which language?"


@pytest.mark.parametrize(
    ("step", "status", "verdict"),
    [
        ({"hang": True}, 21, "STALLED"),
        ({"crash": 3}, 23, "AGENT_FAULT"),
        ({"crash": -9}, 23, "AGENT_FAULT"),
        ({"fail": {"code": -32603, "message": "boom"}}, 23, "AGENT_FAULT"),
        ({"end": "refusal"}, 23, "AGENT_FAULT"),
    ],
)
def test_an_agent_that_breaks_off_loses_no_work(world, step, status, verdict):
    world.spec()
    world.turn("1\\.1", {"write": "half.txt", "content": "half"}, step)
    ran = world.run("--set", "limits.silence=1s")
    assert (ran.status, ran.verdict) == (status, verdict)
    assert world.log()[-1]["Kiro-Kind"] == "partial"
    assert world.remote.read("half.txt", BRANCH) == b"half"
    assert "- [x]" not in world.tasks()
    assert ran.event("pull-request.published")["draft"] is True


def test_a_turn_that_takes_too_long_is_ended(world):
    world.spec()
    world.turn("1\\.1", *[{"wait": 0.3}, {"say": "still at it"}] * 40)
    ran = world.run("--set", "limits.turn=2s")
    assert (ran.status, ran.verdict) == (22, "TIMEOUT")


def test_a_run_that_takes_too_long_is_ended(world):
    world.spec()
    world.turn("1\\.1", {"write": "half.txt", "content": "half"}, *[{"wait": 0.3}, {"say": "still at it"}] * 40)
    ran = world.run("--set", "limits.run=3s")
    assert (ran.status, ran.verdict) == (22, "TIMEOUT")
    assert world.remote.read("half.txt", BRANCH) == b"half"


def test_a_flood_is_cut_off(world):
    world.spec()
    world.turn("1\\.1", {"flood": 400_000_000})
    ran = world.run()
    assert (ran.status, ran.verdict) == (20, "BUDGET")
    assert "(budget.output)" in ran.cause["message"]
    assert "raise that budget" in ran.cause["next_step"]


def test_garbage_on_the_wire_does_not_end_a_turn(world):
    world.spec()
    world.turn("1\\.1", {"garbage": ["42", "not json", "[]", "\udcff"]}, {"write": "a.txt", "content": "a"})
    assert world.run("--only", "1.1").verdict == "DONE"


def test_an_agent_that_leaves_a_daemon_holds_nothing_up(world):
    world.spec()
    world.turn("1\\.1", {"write": "a.txt", "content": "a"}, {"daemon": 300})
    ran = world.run("--only", "1.1", timeout=60)
    assert ran.verdict == "DONE"


def test_a_missing_agent_is_told_before_anything_is_spent(world):
    world.spec()
    ran = world.run("--agent", "no-such-agent acp")
    assert (ran.status, ran.verdict) == (2, "CONFIG")
    assert ran.cause["code"] == "agent.not-ready"
    assert not ran.all("lease.taken")


def test_a_branch_that_is_not_there_is_told_with_the_command_that_pushes_it(world):
    world.spec()
    ran = world.run("--branch", "nowhere")
    assert (ran.status, ran.cause["code"]) == (2, "run.branch-missing")
    assert "git push -u origin nowhere" in ran.cause["next_step"]


def test_the_base_branch_is_never_worked_on(world):
    world.spec()
    ran = world.run("--branch", "main")
    assert (ran.status, ran.cause["code"]) == (2, "run.branch-is-base")


def test_a_branch_without_a_spec_is_told(world):
    world.remote.commit({"check.sh": CHECK})
    world.remote.git("branch", BRANCH, "main")
    ran = world.run()
    assert (ran.status, ran.cause["code"]) == (2, "spec.missing")


def test_two_specs_that_fit_are_named_and_none_is_guessed(world):
    world.spec({".kiro/specs/other/tasks.md": TASKS})
    world.remote.git("branch", "-m", BRANCH, "something-else")
    ran = world.run("--branch", "something-else")
    assert (ran.status, ran.cause["code"]) == (2, "spec.ambiguous")
    assert "greeting, other" in ran.cause["message"]
    assert world.run("--branch", "something-else", "--spec", "nope").cause["code"] == "spec.missing"


def test_tasks_that_cannot_be_read_need_a_person(world):
    world.spec({f"{FOLDER}/tasks.md": b"# Plan\n\n1. [ ] Not a task to Kiro\n"})
    ran = world.run()
    assert (ran.status, ran.cause["code"]) == (14, "spec.no-tasks")


def test_a_task_that_cannot_be_read_among_others_is_not_left_out_in_silence(world):
    world.spec({f"{FOLDER}/tasks.md": TASKS + b"-[ ] 4. Greet twice\n"})
    ran = world.run()
    assert (ran.status, ran.cause["code"]) == (14, "spec.tasks-unread")
    assert "tasks.md:12" in ran.cause["message"]


def test_a_merge_that_nobody_resolved_needs_a_person(world):
    both = b"<<<<<<< HEAD\n- [ ] 4. Greet twice\n=======\n- [ ] 4. Greet never\n>>>>>>> theirs\n"
    world.spec({f"{FOLDER}/tasks.md": TASKS + both})
    ran = world.run()
    assert (ran.status, ran.cause["code"]) == (14, "spec.unresolved-merge")
    assert "tasks.md line 12" in ran.cause["message"]


def test_a_reference_to_nothing_needs_a_person(world):
    world.spec({f"{FOLDER}/tasks.md": TASKS.replace(b"_Requirements: 1.2_", b"_Requirements: 9.9_")})
    ran = world.run()
    assert (ran.status, ran.cause["code"]) == (14, "spec.dangling-reference")
    assert "9.9" in ran.cause["message"]


def test_a_property_that_is_not_there_is_called_one(world):
    design = b"# Design\n\n## Correctness Properties\n\n### Property 2: It is loud\n\nFor any name, it is loud.\n"
    tasks = TASKS + b"- [ ] 4. Test it\n  - **Property 1: It greets**\n"
    world.spec({f"{FOLDER}/tasks.md": tasks, f"{FOLDER}/design.md": design})
    ran = world.run()
    assert (ran.status, ran.cause["code"]) == (14, "spec.dangling-reference")
    assert "task 4 refers to property 1 of design.md" in ran.cause["message"]


def test_a_task_that_is_not_there_is_told_with_those_that_are(world):
    world.spec()
    ran = world.run("--only", "7.7")
    assert (ran.status, ran.cause["code"]) == (2, "spec.unknown-task")


def test_settings_that_cannot_be_used_are_all_told_at_once(world):
    world.spec(base={".kiro/worker.yaml": b"gates:\n  coverage_treshold: 80\n  repair_rounds: many\n"})
    ran = world.run()
    assert (ran.status, ran.verdict) == (2, "CONFIG")
    assert ".kiro/worker.yaml:2:3" in ran.cause["message"]
    assert ".kiro/worker.yaml:3:18" in ran.cause["message"]


def test_a_named_environment_needs_its_file(world):
    world.spec()
    ran = world.run("--environment", "staging")
    assert ran.status == 2
    assert "staging" in ran.cause["message"]


@pytest.mark.parametrize("command", [b"[no-such-program]", b"no-such-program --all"], ids=["list", "text"])
def test_a_test_command_that_is_not_there_is_told_before_anything_is_spent(world, command):
    world.spec(base={".kiro/worker.yaml": b"gates:\n  test_command: " + command + b"\n  setup_command: none\n"})
    world.honest()
    ran = world.run()
    assert (ran.status, ran.verdict) == (2, "CONFIG")
    assert not ran.all("turn.started")


def test_an_empty_repository_is_told(world):
    ran = world.run()
    assert (ran.status, ran.cause["code"]) == (2, "run.repository-empty")


def test_the_files_of_a_run_are_all_there_and_hold_no_secret(world):
    world.environment["DEPLOY_TOKEN"] = "correct-horse-battery-9"
    world.spec()
    world.turn("1\\.1", {"say": "The token is correct-horse-battery-9."}, {"write": "a.txt", "content": "a"})
    ran = world.run("--only", "1.1")
    folder = world.folder / "laptop/state/kiro-worker/runs" / ran.event("run.started")["run"]
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"events.jsonl", "run.json", "run.html", "summary.md", "changes.diff", "transcript.jsonl"} <= names
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"correct-horse" not in path.read_bytes(), path.name
    assert "[redacted:DEPLOY_TOKEN]" in (folder / "transcript.jsonl").read_text()
    assert json.loads((folder / "run.json").read_text())["verdict"] == "DONE"


def test_what_looks_like_a_secret_is_taken_out_before_it_is_in_a_commit(world):
    """A task's commit is pushed at once, so the gates at the end would find it too late."""
    token = "ghp_" + "9sK2mQ7xWc4RtYv1Lp8ZaB3nE6uJ0dHf5GkT"
    world.spec(base={"old.py": f"OLD = '{token[:-3]}abc'\n".encode()})
    world.turn(
        "1\\.1", {"write": "greet.py", "content": f"TOKEN = '{token}'\n"}, {"write": "plain.txt", "content": "b"}
    )
    ran = world.run("--only", "1.1")
    assert (ran.status, ran.cause["code"]) == (13, "change.secret")
    told = [each for event in ran.all("changes.inspected") for each in event["undone"]]
    assert [each["path"] for each in told] == ["greet.py", "greet.py"]
    assert told[0]["title"].startswith("greet.py, line 1: What is added here looks like a secret: ")
    assert world.done_by_worker() == []
    for ref in world.remote.refs():
        assert token not in world.remote.git("log", "-p", "--format=%B", ref)
    assert token not in ran.out


def test_what_is_made_up_says_so_and_a_secret_that_moves_is_none_of_the_task_s(world):
    token = "ghp_" + "9sK2mQ7xWc4RtYv1Lp8ZaB3nE6uJ0dHf5GkT"
    world.spec(base={"old.py": f"OLD = '{token}'\n".encode()})
    world.turn(
        "1\\.1",
        {"write": "greet.txt", "content": "hello\n"},
        {"write": "new.py", "content": f"NEW = '{token}'\n"},
        {"write": "old.py", "content": "from new import NEW as OLD\n"},
        {"write": "shown.py", "content": "KEY = 'ghp_EXAMPLE" + "EXAMPLE" * 4 + "'\n"},
        {"say": "Done."},
    )
    ran = world.run("--only", "1.1")
    assert (ran.status, ran.verdict) == (0, "DONE")
    assert [each["path"] for each in ran.event("changes.inspected")["files"]] == [
        "greet.txt",
        "new.py",
        "old.py",
        "shown.py",
    ]


def test_a_known_secret_in_a_file_is_refused(world):
    world.environment["DEPLOY_TOKEN"] = "correct-horse-battery-9"
    world.spec()
    world.turn(
        "1\\.1", {"write": "a.txt", "content": "x correct-horse-battery-9 y"}, {"write": "b.txt", "content": "b"}
    )
    ran = world.run("--only", "1.1")
    assert (ran.status, ran.cause["code"]) == (13, "change.secret")
    assert world.done_by_worker() == []

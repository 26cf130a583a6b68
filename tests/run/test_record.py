from kiro_worker.run.journal import Event
from kiro_worker.run.record import UNSETTLED, fold, is_of_what_was_stopped
from kiro_worker.run.report.concern import concerns

AT = "2026-11-27T18:54:00.000Z"


def told(name, **facts):
    return Event(number=1, name=name, at=AT, facts=facts)


def gate(name, color="green"):
    return {"gate": name, "color": color, "summary": f"{name} {color}", "findings": []}


def judged(scope, commit, *gates, **facts):
    return told("gates.judged", scope=scope, task="", commit=commit, results=list(gates), **facts)


def test_between_tasks_the_last_word_of_each_gate_stays():
    run = fold([judged("checkpoint", "a", gate("tests"), gate("coverage")), judged("task", "b", gate("tests", "red"))])
    assert [(each["gate"], each["color"]) for each in run.gates] == [("coverage", "green"), ("tests", "red")]
    assert run.judged == "b"


def test_at_the_end_nothing_is_left_of_what_gates_said_of_an_earlier_commit():
    run = fold([judged("final", "a", gate("tests"), gate("lint", "red")), judged("final", "b", gate("tests", "error"))])
    assert [(each["gate"], each["color"]) for each in run.gates] == [("tests", "error")]
    assert run.judged == "b"


def test_evidence_what_was_looked_at_and_the_size_of_the_change_are_kept():
    run = fold(
        [
            told("evidence.judged", commit="a", evidence={"schema": "kiro-worker/evidence/1"}),
            judged("final", "a", gate("tests"), looked={"lines": 3, "tests": 2, "nothing": 1}, change={"files": 1, "added": 3, "deleted": 0}),
            judged("checkpoint", "b", gate("tests")),
        ]
    )  # fmt: skip
    assert run.evidence == {"schema": "kiro-worker/evidence/1"}
    assert run.looked == {"lines": 3, "tests": 2, "nothing": 1}
    assert run.change["added"] == 3


def test_the_repository_s_own_page_is_known_from_when_the_run_was_admitted():
    admitted = {"branch": "x", "base": "main", "spec": "engine", "plan": []}
    assert fold([told("run.admitted", web="https://github.com/ada/engine", **admitted)]).web.endswith("/ada/engine")
    assert fold([told("run.admitted", **admitted)]).web == "", "of a receipt of an older worker"


def test_notes_of_what_the_agent_was_not_let_do_are_known_by_how_they_are_written():
    run = fold(
        [
            told("permission.refused", task="1.1", asked="rm x", rule="path.outside", reason="outside"),
            told("changes.inspected", task="1.1", undone=[{"title": "x was undone"}], claims=["tasks.md"], left_out=["a.pyc"]),
        ]
    )  # fmt: skip
    assert [is_of_what_was_stopped(note) for note in run.notes] == [True, True, True, False]


def test_which_steering_files_were_brought_and_which_wait_for_a_person_is_told():
    power = {"name": "standards", "version": "1.1.0"}
    files = [
        {"path": ".kiro/steering/git.md", "outcome": "updated", "clashes": 0},
        {"path": ".kiro/steering/code.conflict.md", "outcome": "conflict", "clashes": 2},
    ]
    waiting = [{"path": ".kiro/steering/old.md", "state": "broken", "reason": "it is a link"}]
    run = fold([told("steering.synced", powers=[power], files=files, waiting=waiting, current=3)])
    assert run.notes == (
        "Steering files were brought up to standards 1.1.0: updated .kiro/steering/git.md",
        f"{UNSETTLED}.kiro/steering/code.conflict.md tells what this repository and standards 1.1.0 both changed",
        f"{UNSETTLED}.kiro/steering/old.md: it is a link",
    )
    (concern,) = concerns(run)
    assert concern.title == "Steering files to be settled by a person"
    assert [item.text for item in concern.items] == [note.removeprefix(UNSETTLED) for note in run.notes[1:]]
    assert fold([told("steering.synced", powers=[power], files=[], waiting=[], current=6)]).notes == ()

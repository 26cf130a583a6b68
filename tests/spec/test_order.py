"""The order of execution: waves where they can be trusted, else the document."""

import json

import pytest

from kiro_worker.spec import TaskList, execution_order, read_tasks

TASKS = """\
- [ ] 1. Setup
  - [x] 1.1 one
  - [ ] 1.2 two
  - [ ]* 1.3 extra
- [ ] 2. Checkpoint - all green
- [ ] 3. Build
  - [ ] 3.1 a
  - [ ] 3.2 b
- [ ] 4. Checkpoint
- [ ] 5. Finish
"""


def tasks(waves: object = None, text: str = TASKS) -> TaskList:
    graph = f"\n## Task Dependency Graph\n\n```json\n{json.dumps({'waves': waves})}\n```\n" if waves else ""
    return read_tasks((text + graph).encode())


def ids(tasks: TaskList, **wanted: object) -> list[str]:
    return [task.id for task in execution_order(tasks, **wanted).tasks]  # type: ignore[arg-type]  # any of its own


def wave(number: int, *listed: str, **more: object) -> dict[str, object]:
    return {"id": number, "tasks": list(listed), **more}


def test_without_a_graph_the_document_is_the_order():
    order = execution_order(tasks())
    assert [task.id for task in order.tasks] == ["1.2", "2", "3.1", "3.2", "4", "5"]
    assert (order.by, order.reason) == ("document", "")


def test_waves_come_first_and_checkpoints_behind_the_work_before_them():
    order = execution_order(tasks([wave(0, "1.1", "3.2"), wave(1, "1.2"), wave(2, "3.1", "5")]))
    assert [task.id for task in order.tasks] == ["3.2", "1.2", "2", "3.1", "4", "5"]
    assert order.by == "waves"


def test_a_checkpoint_before_all_listed_work_comes_first():
    assert ids(tasks([wave(0, "3.1", "3.2")]))[:2] == ["1.2", "2"]


def test_a_task_that_no_wave_lists_follows_its_predecessor():
    text = TASKS.replace("  - [ ] 3.2 b\n", "  - [ ] 3.2 b\n  - [ ] 3.3 late\n")
    assert ids(tasks([wave(0, "3.2", "1.2"), wave(1, "3.1"), wave(2, "5")], text)) == [
        *("3.2", "1.2", "2", "3.1", "3.3", "4", "5"),
    ]


def test_a_task_without_number_follows_what_is_written_above_it():
    text = "- [ ] 1. a\n- [ ] Loose\n- [ ] 2. b\n- [ ] 3. c\n"
    read = tasks([wave(0, "1"), wave(1, "3"), wave(2, "2")], text)
    assert [task.title for task in execution_order(read).tasks] == ["a", "Loose", "c", "b"]


def test_numbers_are_compared_as_numbers():
    text = "".join(f"- [ ] {number}. t\n" for number in range(1, 13))
    ordered = ids(tasks([wave(0, "9"), wave(1, "10"), wave(2, "12")], text))
    assert ordered.index("11") == ordered.index("10") + 1


@pytest.mark.parametrize(
    ("waves", "reason"),
    [
        ([wave(0, "9.9")], "task 9.9, which is not there"),
        ([wave(0, "1")], "task 1, which has sub-tasks"),
        ([wave(0, "1.2"), wave(0, "1.2")], "task 1.2 is listed twice"),
        ([wave(0, "1.2", depends=[1]), wave(1, "3.1", depends=[0])], "wave 0 depends on wave 1, which does not come"),
        ([wave(0, "1.2", depends_on=[0])], "wave 0 depends on wave 0"),
        ([wave(0, "1.2", dependsOn=[7])], "wave 0 depends on wave 7, which is not there"),
        ([{"wave": 0, "tasks": ["1.2"]}], "a wave is not of the form"),
    ],
)
def test_a_wrong_graph_is_worse_than_none(waves: object, reason: str):
    order = execution_order(tasks(waves))
    assert [task.id for task in order.tasks] == ["1.2", "2", "3.1", "3.2", "4", "5"]
    assert order.by == "document"
    assert reason in order.reason


def test_a_doubled_number_in_a_graph_is_not_followed():
    order = execution_order(tasks([wave(0, "1")], "- [ ] 1. a\n- [ ] 1. b\n"))
    assert [task.id for task in order.tasks] == ["1", "1#2"]
    assert "of which there are 2" in order.reason


def test_dependencies_that_agree_with_the_ids_are_fine():
    assert execution_order(tasks([wave(0, "3.1"), wave(1, "1.2", depends=[0])])).by == "waves"


def test_optional_tasks_are_done_when_asked_for():
    assert "1.3" not in ids(tasks())
    assert ids(tasks(), include_optional=True)[1] == "1.3"
    assert ids(tasks(), only=frozenset({"1.3"})) == ["1.3"]
    assert ids(tasks([wave(0, "1.3", "1.2")])) == ["1.2", "2", "3.1", "3.2", "4", "5"]


def test_a_parent_stands_for_its_leaves():
    assert ids(tasks(), only=frozenset({"3"})) == ["3.1", "3.2"]
    assert ids(tasks(), only=frozenset({"1"})) == ["1.2"]
    assert ids(tasks(), only=frozenset({"1"}), include_optional=True) == ["1.2", "1.3"]


def test_execution_stops_behind_the_task_that_is_named():
    assert ids(tasks(), until="2") == ["1.2", "2"]
    assert ids(tasks(), until="1.1") == []
    assert ids(tasks(), until="3") == ["1.2", "2", "3.1", "3.2"]
    assert ids(tasks(), until="3.1", only=frozenset({"3", "5"})) == ["3.1"]


def test_ids_that_do_not_exist_are_told_and_an_unknown_end_selects_nothing():
    order = execution_order(tasks(), only=frozenset({"3.1", "8", "9"}))
    assert (order.unknown, [task.id for task in order.tasks]) == (("8", "9"), ["3.1"])
    order = execution_order(tasks(), until="7")
    assert (order.unknown, order.tasks) == (("7",), ())


def test_what_is_done_already_is_told():
    assert execution_order(tasks(), only=frozenset({"1.1", "3.1"})).already_done == ("1.1",)


def test_nothing_to_do_is_no_error():
    assert execution_order(TaskList()).tasks == ()


def test_the_end_is_found_in_the_order_of_the_waves():
    assert ids(tasks([wave(0, "3.1"), wave(1, "1.2"), wave(2, "3.2")]), until="1.2") == ["3.1", "1.2"]

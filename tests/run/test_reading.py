import pytest

from kiro_worker.ids import Oid
from kiro_worker.run.fault import BaseUnknown, RepositoryEmpty, SpecWithoutTasks, TasksUnread
from kiro_worker.run.reading import head_of, insist_on_tasks
from kiro_worker.spec import read_spec
from kiro_worker.workspace import Snapshot

GOOD = "- [ ] 1. Lock the door\n"


def spec(tasks, name="door"):
    return read_spec(name, {"TASK.md" if name == "TASK.md" else "tasks.md": tasks.encode()})


@pytest.mark.parametrize("line", ["-[ ] 2. Open it", "- [] 2. Open it", "1. [ ] 2. Open it", "☐ 2. Open it"])
def test_a_line_that_was_meant_as_an_open_task_is_never_left_out_in_silence(line):
    with pytest.raises(TasksUnread) as raised:
        insist_on_tasks(spec(f"{GOOD}{line}\n"))
    assert "tasks.md:2: This looks like a task" in raised.value.message
    assert "kiro-worker spec check door" in raised.value.next_step


def test_many_such_lines_are_counted():
    with pytest.raises(TasksUnread) as raised:
        insist_on_tasks(spec(GOOD + "-[ ] 2. Open it\n" * 5))
    assert raised.value.message.startswith("5 lines of the spec door")
    assert raised.value.message.endswith("And 2 more.")


@pytest.mark.parametrize("line", ["-[x] 2. Opened", "- [AI] is a tag", "```\n-[ ] an example\n```", "- a detail"])
def test_what_is_done_or_no_task_stops_nothing(line):
    insist_on_tasks(spec(f"{GOOD}{line}\n"))


def test_who_chooses_tasks_by_their_ids_knows_what_can_be_read():
    insist_on_tasks(spec(f"{GOOD}-[ ] 2. Open it\n"), only=("1",))


def test_a_spec_without_a_task_is_told_first():
    with pytest.raises(SpecWithoutTasks):
        insist_on_tasks(spec("-[ ] 1. Lock it\n"), only=("1",))


def test_a_repository_whose_head_leads_nowhere_is_not_said_to_be_empty():
    there = Snapshot(branch="door", head=Oid("a" * 40), base_branch="master", base=None, fence=None, fence_oid=None)
    with pytest.raises(BaseUnknown, match="its HEAD leads to master, which is not there") as raised:
        head_of(there, branch="door", base="", repository="/srv/house.git")
    assert "--base main" in raised.value.next_step
    empty = Snapshot(branch="door", head=None, base_branch="master", base=None, fence=None, fence_oid=None)
    with pytest.raises(RepositoryEmpty):
        head_of(empty, branch="door", base="", repository="/srv/house.git")

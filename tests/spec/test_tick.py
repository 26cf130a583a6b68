"""One byte for each box, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.spec import NotTicked, Refusal, Status, Task, Ticked, read_tasks, tick, untick

TREE = b"""\
- [ ] 1. Root
  - [x] 1.1 a
  - [-] 1.2 b
  - [ ]* 1.3 extra
- [ ]* 2. Optional parent
  - [ ] 2.1 c
- [ ] 3. All optional
  - [ ]* 3.1 d
  - [ ]* 3.2 e
- [ ] 4. Deep
  - [ ] 4.1 Mid
    - [ ] 4.1.1 f
"""


def task(data: bytes, name: str) -> Task:
    found = read_tasks(data).find(name)
    assert found
    return found


def ticked(data: bytes, *names: str) -> Ticked:
    for name in names:
        result = tick(data, task(data, name), expected=data)
        assert isinstance(result, Ticked), result
        data = result.document
    return result


def refused(data: bytes, name: str, *, expected: bytes) -> Refusal:
    result = tick(data, task(expected, name), expected=expected)
    assert isinstance(result, NotTicked)
    assert result.message
    return result.reason


def done(data: bytes) -> list[str]:
    return [each.id for each in read_tasks(data).tasks if not each.is_open]


def test_a_leaf_closes_its_parent_if_it_is_the_last_required_one():
    result = ticked(TREE, "1.2")
    assert result.changed == ("1.2", "1")
    assert done(result.document) == ["1", "1.1", "1.2"]


def test_parents_close_as_far_up_as_they_are_done():
    assert ticked(TREE, "4.1.1").changed == ("4.1.1", "4.1", "4")


def test_an_optional_task_is_only_ticked_itself():
    assert ticked(TREE, "1.3").changed == ("1.3",)
    assert ticked(TREE, "1.2", "1.3").changed == ("1.3",)


def test_an_optional_parent_is_never_touched():
    assert ticked(TREE, "2.1").changed == ("2.1",)


def test_a_parent_of_optional_tasks_closes_with_the_last_of_them():
    assert ticked(TREE, "3.1").changed == ("3.1",)
    assert ticked(TREE, "3.1", "3.2").changed == ("3.2", "3")


def test_a_parent_is_not_ticked_over_open_tasks():
    assert refused(TREE, "1", expected=TREE) is Refusal.OPEN_LEAVES
    assert ticked(TREE.replace(b"[-]", b"[x]"), "1").changed == ("1",)


@pytest.mark.parametrize(
    "data",
    [
        b"- [ ] 1. A\r\n\r\n- [ ] 2. B\r\n",
        b"\xef\xbb\xbf- [ ] 1. A",
        b"* [~]\\* 1. A  \t\n\xff\xfe\n",
        b"- [-]* 1. \xc3\xa4 \xff\r- [ ] 2. B",
        "\u3000-\u00a0[ ]  1. \u4e00".encode(),
    ],
)
def test_everything_but_the_box_stays_as_it_is(data: bytes):
    result = ticked(data, "1")
    at = task(data, "1").offset
    assert result.document == data[:at] + b"x" + data[at + 1 :]


def test_a_change_elsewhere_is_kept():
    now = b"# New title\r\n\n" + TREE.replace(b"1.1 a", b"1.1 aa\n    - more") + b"\n- [ ] 5. Late\n"
    result = tick(now, task(TREE, "1.2"), expected=TREE)
    assert isinstance(result, Ticked)
    assert sum(one != other for one, other in zip(now, result.document, strict=True)) == 2
    assert done(result.document) == ["1", "1.1", "1.2"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"1.2 b", b"1.2 c", Refusal.CHANGED),
        (b"1.2 b", b"1.2 b ", Refusal.CHANGED),
        (b"[-] 1.2", b"[ ] 1.2", Refusal.CHANGED),
        (b"[-] 1.2", b"[x] 1.2", Refusal.CHANGED),
        (b"  - [-] 1.2 b\n", b"", Refusal.GONE),
        (b"[-] 1.2 b", b"[-] 1.9 b", Refusal.GONE),
        (b"- [-] 1.2", b"- [- ] 1.2", Refusal.GONE),
    ],
)
def test_a_changed_line_is_refused(old: bytes, new: bytes, reason: Refusal):
    assert refused(TREE.replace(old, new), "1.2", expected=TREE) is reason


def test_a_task_that_is_done_is_told():
    assert refused(TREE, "1.1", expected=TREE) is Refusal.ALREADY_SO


def test_an_expectation_that_is_not_the_one_the_task_came_from_is_refused():
    assert tick(TREE, task(TREE, "4.1.1"), expected=b"- [ ] x") == NotTicked(
        Refusal.CHANGED, "The line of task 4.1.1 was changed since it was read."
    )


def test_a_tick_can_be_taken_back():
    data = ticked(TREE, "4.1.1").document
    result = untick(data, task(data, "4.1.1"), expected=data)
    assert result == Ticked(TREE, ("4.1.1", "4.1", "4"))


def test_taking_back_an_optional_tick_opens_no_parent():
    data = ticked(TREE, "1.2", "1.3").document
    result = untick(data, task(data, "1.3"), expected=data)
    assert isinstance(result, Ticked)
    assert result.changed == ("1.3",)


def test_only_a_tick_can_be_taken_back():
    result = untick(TREE, task(TREE, "1.2"), expected=TREE)
    assert isinstance(result, NotTicked)
    assert result.reason is Refusal.ALREADY_SO
    assert isinstance(untick(b"", task(TREE, "1.1"), expected=TREE), NotTicked)


boxes = st.sampled_from([" ", "x", "X", "-", "~"])
stars = st.sampled_from(["", "*", "\\*"])
numbers = st.one_of(
    st.just(""), st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)) + " ")
)
lines = st.one_of(
    st.builds(
        lambda indent, box, star, number, title: f"{indent}- [{box}]{star} {number}{title}",
        st.sampled_from(["", "  ", "    ", "\t", "\u3000"]),
        boxes,
        stars,
        numbers,
        st.sampled_from(["a", "b", "\u4e00", "a [x] b"]),
    ),
    st.sampled_from(["", "  - detail", "prose", "## Heading", "```", "- [] near", "\ufffd"]),
)
documents = st.builds(
    lambda parts, end, bom, last: bom + (end.join(parts) + last).encode() + b"\xff",
    st.lists(lines, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from(["", "\n"]),
)


def without_status(data: bytes) -> list[Task]:
    return [each._replace(status=Status.PENDING) for each in read_tasks(data).tasks]


@given(documents, st.randoms(use_true_random=False))
def test_ticking_changes_the_boxes_of_what_it_names_and_nothing_else(data: bytes, random):
    tasks = read_tasks(data)
    if not tasks.tasks:
        return
    chosen = random.choice(tasks.tasks)
    result = tick(data, chosen, expected=data)
    if isinstance(result, NotTicked):
        assert not chosen.is_open or any(leaf.is_open for leaf in tasks.leaves_of(chosen))
        return
    offsets = {each.offset for each in tasks.tasks if each.id in result.changed}
    differing = {at for at, (one, other) in enumerate(zip(data, result.document, strict=True)) if one != other}
    assert differing == offsets
    assert without_status(result.document) == without_status(data)
    before = {each.id for each in tasks.tasks if not each.is_open}
    assert {*done(result.document)} == before | {*result.changed}


@given(documents, st.randoms(use_true_random=False))
def test_a_parent_that_was_closed_has_no_open_required_leaf(data: bytes, random):
    tasks = read_tasks(data)
    leaves = [leaf for leaf in tasks.leaves if leaf.is_open]
    if not leaves:
        return
    result = tick(data, random.choice(leaves), expected=data)
    assert isinstance(result, Ticked)
    after = read_tasks(result.document)
    for name in result.changed:
        parent = after.find(name)
        assert parent
        assert not [leaf for leaf in after.leaves_of(parent) if leaf.is_open and not leaf.optional]


@given(documents)
def test_every_open_task_can_be_ticked_until_nothing_is_open(data: bytes):
    for _ in range(len(read_tasks(data).tasks)):
        tasks = read_tasks(data)
        leaf = next((each for each in tasks.leaves if each.is_open), None)
        if leaf is None:
            break
        result = tick(data, leaf, expected=data)
        assert isinstance(result, Ticked)
        data = result.document
    assert read_tasks(data).progress.done == read_tasks(data).progress.total


@given(documents)
def test_boxes_stand_where_they_are_said_to(data: bytes):
    for each in read_tasks(data).tasks:
        assert re.fullmatch(rb"[ xX~-]", data[each.offset : each.offset + 1])
        assert data[each.offset - 1 : each.offset] == b"["
        assert data[each.offset + 1 : each.offset + 2] == b"]"

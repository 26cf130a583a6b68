"""Lines that a person may have meant as tasks, and places where Kiro's reading differs from a person's."""

import pytest

from kiro_worker.spec import Severity, read_tasks


def told(text: str) -> list[tuple[str, int]]:
    return [(each.code, each.line) for each in read_tasks(text.encode()).diagnostics]


def cure(text: str, code: str) -> str:
    return next(each.cure for each in read_tasks(text.encode()).diagnostics if each.code == code)


@pytest.mark.parametrize(
    ("line", "reason", "meant"),
    [
        ("- [x ] 3. Do", "the brackets hold `x `", "- [x] 3. Do"),
        ("- [] 3. Do", "nothing is in the brackets", "- [ ] 3. Do"),
        ("1. [ ] Do", "its bullet is `1.`", "- [ ] 1. Do"),
        ("2) [x] Do", "its bullet is `2)`", "- [x] 2. Do"),
        ("- [ab] Do", "the brackets hold `ab`", "- [ ] Do"),
        ("- [y] Do", "the brackets hold `y`", "- [ ] Do"),
        ("- [\u2713] Do", "the brackets hold `\u2713`", "- [x] Do"),
        ("-[ ] Do", "there is no space before the brackets", "- [ ] Do"),
        ("- [ ]Do", "there is no space behind the brackets", "- [ ] Do"),
        ("- [ ]** Do", "the brackets are followed by `**`", "- [ ]* Do"),
        ("  - [ ]", "it has no title", "  - [ ] 1. Title"),
        ("#### - [ ] 0.1 Do", "it is a heading", "- [ ] 0.1 Do"),
        ("> - [ ] Do", "it is a quotation", "- [ ] Do"),
        ("[ ] Do", "it has no bullet", "- [ ] Do"),
        ("\u2022 [ ] Do", "its bullet is `\u2022`", "- [ ] Do"),
        (r"- \[ \] Do", "there is no space before the brackets", "- [ ] Do"),
        ("- \uff3b \uff3d Do", "its brackets are not those of a check box", "- [ ] Do"),
        ("- [ ] Do\u2028it", "its title holds a line separator", "- [ ] Do it"),
        ("- \u2705 1.1 Do", "it has an emoji in place of a check box", "- [x] 1.1 Do"),
        ("\u2610 Task 1: Do", "it has an emoji in place of a check box", "- [ ] 1: Do"),
    ],
)
def test_a_near_miss_is_told_with_its_reason_and_the_line_to_write(line: str, reason: str, meant: str):
    tasks = read_tasks(f"- [ ] 1. A\n{line}\n".encode())
    [near] = tasks.near_misses
    assert (near.line, near.reason, near.meant) == (2, reason, meant)
    [found] = [each for each in tasks.diagnostics if each.code == "tasks.not-a-task"]
    assert (found.line, found.severity) == (2, Severity.ERROR)
    assert found.cure == f"Write: {meant}"
    assert len(read_tasks(meant.encode()).tasks) == 1


@pytest.mark.parametrize("line", ["- [Vite] config", "- [docs](a.md)", "- [AI] part", "- [1] footnote", "- [^1]: note"])
def test_words_in_brackets_are_told_gently(line: str):
    assert told(f"- [ ] 1. A\n{line}\n") == [("tasks.box-in-words", 2)]
    assert read_tasks(f"{line}\n".encode()).unreadable_lines == 1


@pytest.mark.parametrize(
    "line", ["`- [ ]` is a task", "See [ ] there", "a [x] b", "[docs](a.md)", "- \u2705 all 31 pass", "| [ ] | a |"]
)
def test_text_about_boxes_is_no_near_miss(line: str):
    assert told(f"- [ ] 1. A\n{line}\n") == []


def test_a_near_miss_within_a_code_block_is_counted_but_not_told():
    tasks = read_tasks(b"- [ ] 1. A\n```\n- [] x\n```\n")
    assert tasks.unreadable_lines == 1
    assert tasks.diagnostics == ()


def test_unreadable_lines_are_counted_as_kiros_companions_count_them():
    shapes = "- [] a\n- [\t] a\n- [  ] a\n-[ ] a\n- [ ]a\n- [ ] \n- [x]\n1. [ ] a\n1) [ ] a\n- [ ]** a\n- [y] a\n"
    assert read_tasks(shapes.encode()).unreadable_lines == 10


def test_a_line_that_only_a_separator_keeps_from_being_a_task_is_not_counted_but_told():
    parted = read_tasks("- [ ] Do\u2028it\n- [ ]\\ Do\u2029it\n".encode())
    assert parted.unreadable_lines == 0
    assert [each.code for each in parted.diagnostics if each.code != "tasks.none"] == ["tasks.not-a-task"] * 2
    # These would be no tasks without the separator either.
    assert read_tasks("- [x ] Do\u2028it\n- [ ]\u2028\n1. [ ] Do\u2028it\n".encode()).unreadable_lines == 3


def test_a_doubled_number_is_told_with_the_first_line_and_the_id():
    [found] = read_tasks(b"- [ ] 1. A\n\n- [ ] 1. B\n").diagnostics
    assert (found.code, found.line) == ("tasks.number-doubled", 3)
    assert "on line 1" in found.message
    assert "1#2" in found.message


def test_a_star_behind_the_number_is_told_with_the_line_to_write():
    assert cure("- [x] 7.9* (P) Load test\n", "tasks.star-misplaced") == "Write: - [x]* 7.9 (P) Load test"


def test_a_number_that_is_cut_is_told():
    assert cure("- [ ] 1.2a Do it\n", "tasks.number-cut") == "Write: - [ ] 1.2 Do it"
    assert cure("- [ ] 1.2\n", "tasks.number-cut") == "Write: - [ ] 1.2 Title"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("**1. Do it**", "- [ ] 1. Do it"),
        ("Task 1.2: Do it", "- [ ] 1.2 Do it"),
        ("T001 Do it", "- [ ] 001. Do it"),
        ("1) Do it", "- [ ] 1. Do it"),
        ("1-1 Do it", "- [ ] 1.1 Do it"),
        ("\u30bf\u30b9\u30af3\uff1a Do it", "- [ ] 3. Do it"),
    ],
)
def test_a_number_that_kiro_does_not_see_is_told(text: str, line: str):
    assert cure(f"- [ ] {text}\n", "tasks.number-hidden") == f"Write: {line}"


@pytest.mark.parametrize("text", ["Add 2 tests", "Phase 1 is done", "3D model", "Version 2 works", "Do it"])
def test_a_number_within_a_title_is_just_a_number(text: str):
    assert told(f"- [ ] {text}\n") == []


def test_a_number_of_prose_is_told_among_numbers_with_a_dot():
    assert told("- [ ] 1. A\n- [ ] 2. B\n- [ ] 404 page\n") == [("tasks.number-of-prose", 3)]


def test_each_missing_parent_is_told_once():
    assert told("- [ ] 2.1 A\n- [ ] 2.2 B\n") == [("tasks.parent-missing", 1)]


def test_optional_in_words_is_told():
    assert cure("- [ ] 1. A (optional)\n", "tasks.optional-in-words") == "Write: - [ ]* 1. A (optional)"
    assert told("- [ ]* 1. A (optional)\n") == []


def test_tasks_that_move_are_told():
    assert told("- [ ] 1. A\n  - [ ] note\n") == [("tasks.moved-to-top", 2)]
    assert told("- [ ] Group\n  - [ ] 1.1 B\n") == [("tasks.swallowed", 2)]
    assert ("tasks.indent-disagrees", 3) in told("- [ ] 1. A\n- [ ] 2. B\n  - [ ] 1.1 c\n")


def test_a_tree_that_is_drawn_as_it_is_numbered_tells_nothing():
    assert told("- [ ] 1. A\n  - [ ] 1.1 b\n    - [ ] 1.1.1 c\n  - [ ]* 1.2 d\n- [ ] 2. E\n") == []
    assert told("- [ ] 1. A\n- [ ] 1.1 b\n- [ ] 2. E\n") == []


def test_tasks_in_fences_and_comments_are_told():
    assert told("```\n- [ ] 1. A\n```\n<!--\n- [ ] 2. B\n-->\n") == [("tasks.in-fence", 2), ("tasks.in-comment", 5)]


def test_a_heading_that_is_a_task_by_name_is_told_unless_its_tasks_follow():
    assert told("### Task 1.1: Do it\n- [ ] 2. A\n") == [("tasks.heading", 1)]
    assert told("### Task 1: Do it\n- [ ] 1.1 A\n") == [("tasks.parent-missing", 2)]


def test_a_task_without_title_is_told():
    assert told("- [ ]  \n") == [("tasks.empty-title", 1)]


def test_a_cure_never_carries_control_characters_or_endless_text():
    [found] = [
        each for each in read_tasks(b"- [] \x1b[31m" + b"a" * 5000).diagnostics if each.code == "tasks.not-a-task"
    ]
    assert "\x1b" not in found.cure
    assert len(found.cure) < 120

"""What Kiro reads in a tasks.md; each expectation was checked against the facts of its reader, not against ours."""

import pytest

from kiro_worker.spec import Purpose, Status, Task, TaskList, read_tasks


def read(text: str, *, bugfix: bool = False) -> TaskList:
    return read_tasks(text.encode(), bugfix=bugfix)


def tree(tasks: TaskList) -> list[str]:
    """The tasks as an indented picture: number or text, status."""
    drawn: list[str] = []

    def draw(task: Task, depth: int) -> None:
        drawn.append("  " * depth + (task.number or task.text))
        for child in tasks.children_of(task):
            draw(child, depth + 1)

    for root in tasks.roots:
        found = tasks.find(root)
        assert found
        draw(found, 0)
    return drawn


@pytest.mark.parametrize(
    ("line", "status", "optional"),
    [
        ("- [ ] a", Status.PENDING, False),
        ("- [x] a", Status.DONE, False),
        ("- [X] a", Status.DONE, False),
        ("- [-] a", Status.IN_PROGRESS, False),
        ("- [~] a", Status.QUEUED, False),
        ("* [ ] a", Status.PENDING, False),
        ("+ [x] a", Status.DONE, False),
        ("- [ ]* a", Status.PENDING, True),
        (r"- [x]\* a", Status.DONE, True),
        (r"- [ ]\ a", Status.PENDING, False),
        ("\t -   [ ]   a", Status.PENDING, False),
        ("-\u3000[ ]\u00a0a", Status.PENDING, False),
    ],
)
def test_a_task_line_is_one_to_kiro(line: str, status: Status, optional: bool):
    [task] = read(line).tasks
    assert (task.text, task.status, task.optional) == ("a", status, optional)


@pytest.mark.parametrize(
    "line",
    [
        *("-[ ] a", "- [] a", "- [x ] a", "- [ab] a", "1. [ ] a", "1) [ ] a", "- [ ]", "- [ ] ", "- [ ]a", "- [ ]** a"),
        *("- [y] a", "> - [ ] a", "# - [ ] a", "- [ ] a\u2028b", "- [ ] a\u2029", "[ ] a", "\u2022 [ ] a", "- [\t] a"),
    ],
)
def test_a_line_that_only_looks_like_a_task_is_none(line: str):
    assert read(line).tasks == ()


@pytest.mark.parametrize(
    ("text", "number", "title"),
    [
        ("1 A", "1", "A"),
        ("1. A", "1", "A"),
        ("1.1 A", "1.1", "A"),
        ("1.1. A", "1.1", "A"),
        ("1.A", "1", "A"),
        ("1\u3000A", "1", "A"),
        ("10.2.30 A", "10.2.30", "A"),
        ("**1. A**", "", "**1. A**"),
        ("Task 1: A", "", "Task 1: A"),
        ("1) A", "", "1) A"),
        ("1-1 A", "", "1-1 A"),
        ("T001 A", "", "T001 A"),
        ("404 page", "404", "page"),
        ("2.1* A", "2", "2.1* A"),
        ("1.2a A", "1", "1.2a A"),
        ("7.9* (P) A", "7", "7.9* (P) A"),
        ("1.2", "1", "1.2"),
        ("5", "", "5"),
        ("1.", "1", ""),
    ],
)
def test_a_number_is_what_kiro_takes_for_one(text: str, number: str, title: str):
    [task] = read(f"- [ ] {text}").tasks
    assert (task.number, task.title) == (number, title)


def test_a_title_of_white_space_is_a_task_as_long_as_a_character_is_left_for_it():
    [task] = read("- [ ]  \n").tasks
    assert (task.text, task.title, task.offset) == (" ", "", 3)


def test_numbered_tasks_are_filed_by_number_whatever_their_indentation():
    assert tree(read("- [ ] 1. A\n- [ ] 1.1 B\n    - [ ] 2. C\n- [ ] 1.2 D\n- [ ] 2.1.1 E\n")) == [
        *("1", "  1.1", "  1.2"),
        "2",
        "2.1.1",
    ]


def test_children_are_in_the_order_of_their_numbers_and_roots_in_that_of_the_file():
    assert tree(read("- [ ] 2. B\n- [ ] 1.10 c\n- [ ] 1.9 b\n- [ ] 1.2 a\n- [ ] 1. A\n")) == [
        "2",
        *("1", "  1.2", "  1.9", "  1.10"),
    ]


def test_the_last_of_a_doubled_number_gets_the_children():
    tasks = read("- [ ] 1. A\n- [ ] 1.1 x\n- [ ] 1. B\n- [ ] 1.2 y\n")
    assert [task.id for task in tasks.tasks] == ["1", "1.1", "1#2", "1.2"]
    second = tasks.find("1#2")
    assert second
    assert second.children == ("1.1", "1.2")
    assert tasks.roots == ("1", "1#2")


def test_an_unnumbered_task_takes_in_what_is_deeper_than_itself():
    assert tree(read("- [ ] Root\n    - [ ] four\n\t- [ ] tab\n  - [ ] two\n- [ ] Other\n")) == [
        "Root",
        "  four",
        "  tab",
        "    two",
        "Other",
    ]


def test_an_unnumbered_task_beneath_a_numbered_one_becomes_a_root():
    assert tree(read("- [ ] 1. A\n  - [ ] note\n- [ ] 2. B\n")) == ["1", "note", "2"]


def test_a_numbered_task_beneath_an_unnumbered_one_is_swallowed():
    assert tree(read("- [ ] Group\n  - [ ] 12 pairs\n- [ ] Ship\n")) == ["Group", "  12", "Ship"]


def test_an_unnumbered_task_ends_at_the_first_line_that_is_not_deeper():
    tasks = read("- [ ] A\n  kept\n\n  kept too\nprose\n  - [ ] B\n")
    assert tasks.tasks[0].details == ("kept", "", "kept too")
    assert tree(tasks) == ["A", "B"]


def test_a_parent_without_number_goes_on_after_its_child():
    tasks = read("- [ ] A\n  one\n  - [ ] B\n      two\n  three\n")
    assert [task.details for task in tasks.tasks] == [("one", "three"), ("  two",)]


def test_a_numbered_task_owns_everything_up_to_the_next_task():
    tasks = read("- [ ] 1. A\nprose\n\n  - bullet\n    - deeper\n\n- [ ] 2. B\n")
    assert tasks.tasks[0].details == ("prose", "", "- bullet", "  - deeper")


def test_details_end_at_a_heading_but_not_at_a_comment_of_code():
    tasks = read("- [ ] 1. A\n  ```sh\n  # install\n  make\n  ```\n  after\n\n  ## Notes\n  gone\n")
    assert tasks.tasks[0].details == ("```sh", "# install", "make", "```", "after")


def test_details_end_at_a_heading_behind_a_fence_that_is_never_closed():
    tasks = read("- [ ] 1. A\n  ```\n  code\n\n## Notes\n  gone\n")
    assert tasks.tasks[0].details == ("```", "code")


def test_fences_and_comments_are_not_looked_at():
    assert len(read("```\n- [ ] 1. A\n```\n<!--\n- [ ] 2. B\n-->\n").tasks) == 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_places_are_right_whatever_the_line_ends_and_the_letters(end: str, bom: bytes):
    data = bom + f"# Pl\xe4ne \u4e00{end}- [ ] 1. \xfc{end}  - \u4e8c{end}\u3000- [x]* 1.1 b{end}".encode()
    tasks = read_tasks(data)
    assert [task.line for task in tasks.tasks] == [2, 4]
    assert [data[task.offset : task.offset + 1] for task in tasks.tasks] == [b" ", b"x"]


def test_invalid_utf8_keeps_the_places_right():
    data = b"\xff\xfe bad \xc3\n- [-] 1. \xe4\xb8 cut\n  \xff\n- [~] 2. b"
    tasks = read_tasks(data)
    assert [data[task.offset : task.offset + 1] for task in tasks.tasks] == [b"-", b"~"]
    assert any(told.code == "document.not-utf8" and told.line == 1 for told in tasks.diagnostics)


def test_unnumbered_tasks_are_known_by_their_title():
    tasks = read("- [ ] Write it\n- [ ] Test it\n- [ ] Write it\n")
    first, other, third = (task.id for task in tasks.tasks)
    assert first.startswith("~")
    assert len(first) == 9
    assert third == f"{first}#2"
    assert other not in {first, third}
    assert read("prose\n\n- [x] Write it\n").tasks[0].id == first


def test_progress_counts_required_leaves_only():
    progress = read(
        "- [x] 1 root\n  - [~] 1.1 a\n  - [ ]* 1.2 b\n  - [-] 1.3 c\n  - [x] 1.4 d\n  - [ ] 1.5 e\n"
    ).progress
    assert progress == (4, 1, 1, 2, 1)
    assert progress.queued == 1


def test_open_required_leaves_are_what_is_left_to_do():
    tasks = read("- [ ] 1. A\n- [x] 1.1 a\n- [-] 1.2 b\n- [ ]* 1.3 c\n- [~] 2. B\n")
    assert [task.id for task in tasks.open_required_leaves] == ["1.2", "2"]


def test_family_is_found_from_any_member():
    tasks = read("- [ ] 1. A\n- [ ] 1.1 b\n- [ ] 1.1.1 c\n- [ ] 1.2 d\n")
    root, deep = tasks.find("1"), tasks.find("1.1.1")
    assert root
    assert deep
    assert [task.id for task in tasks.ancestors_of(deep)] == ["1.1", "1"]
    assert [task.id for task in tasks.leaves_of(root)] == ["1.1.1", "1.2"]
    assert tasks.find("9") is None


@pytest.mark.parametrize(
    "title",
    [
        *(
            "3. Checkpoint",
            "3. Checkpoint - Ensure all tests pass",
            "Checkpoint 1: After Phase 1",
            "3. Final checkpoint",
        ),
        *(
            "4. Checkpoint \u2014 \u043f\u0440\u043e\u0432\u0435\u0440\u0438\u0442\u044c",
            "5. \u68c0\u67e5\u70b9 - \u786e\u4fdd",
            "6. \u6700\u7ec8\u68c0\u67e5\u70b9 \u2014 \u5168\u529f\u80fd",
        ),
        *(
            "7. \u30c1\u30a7\u30c3\u30af\u30dd\u30a4\u30f3\u30c8 - \u5168\u30c6\u30b9\u30c8",
            "8. \u2705 Checkpoint",
            "9. Phase 2 Checkpoint",
            "1.1 **Checkpoint**",
            "3.2 Verify bug condition exploration test now passes",
            "3.3 Verify preservation tests still pass",
        ),
        *(
            "2. Punto de control: pruebas",
            "2. Ponto de verifica\xe7\xe3o - testes",
            "Kontrol noktas\u0131 - testler",
            "\uccb4\ud06c\ud3ec\uc778\ud2b8",
        ),
    ],
)
def test_a_checkpoint_says_so_in_its_title(title: str):
    assert read(f"- [ ] {title}").tasks[0].purpose is Purpose.CHECKPOINT


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Implement checkpoint system",
            "Checkpoint manager for training",
            "Implement resumption and checkpoint support",
        ),
        *(
            "Write checkpoints",
            "Verify the signature and test that old tokens still pass",
            "Write a test that verifies that all tests still pass",
            "Create the checkpoint - and restore it",
            "\u68c0\u67e5\u6a21\u5757\u5355\u6d4b",
            "Tests or verification checkpoints executed",
        ),
    ],
)
def test_work_on_something_called_checkpoint_is_work(title: str):
    assert read(f"- [ ] 1. {title}").tasks[0].purpose is Purpose.WORK


def test_a_parent_is_no_checkpoint():
    assert read("- [ ] 1. Checkpoint\n- [ ] 1.1 a\n").tasks[0].purpose is Purpose.WORK


def test_the_test_that_must_fail_first_is_known_in_a_bugfix_only():
    text = (
        "- [ ] 1. Write bug condition exploration test\n"
        "  - **CRITICAL**: This test MUST FAIL on unfixed code\n"
        "- [ ] 2. Fix\n  - [ ] 2.1 It MUST FAIL no more\n"
    )
    assert [task.purpose for task in read(text, bugfix=True).tasks] == [
        Purpose.EXPLORATION,
        Purpose.WORK,
        Purpose.WORK,
    ]
    assert {task.purpose for task in read(text).tasks} == {Purpose.WORK}


def test_remarks_of_a_bugfix_are_told_apart():
    [task] = read(
        "- [ ] 3.1 Fix\n"
        "  - _Bug_Condition: isBugCondition(X) where X.is_empty_\n"
        "  - _Expected_Behavior: raises (Property 1 from design)_\n"
        "  - _Preservation: everything else_\n"
        "  - _Requirements: 2.1_\n"
    ).tasks
    assert [(remark.role.value, remark.value) for remark in task.annotations] == [
        ("bug-condition", "isBugCondition(X) where X.is_empty"),
        ("expected-behavior", "raises (Property 1 from design)"),
        ("preservation", "everything else"),
        ("requirements", "2.1"),
    ]
    assert [(each.first, each.line) for each in task.references] == [("2.1", 5)]


def test_a_task_says_what_it_implements():
    [task] = read(
        "- [ ]* 2.2 Write property test _Requirements: 9.9_\n"
        "  - **Property 1: Round trip**\n"
        "  - **Validates: Requirements 5.1, 5.2**\n"
        "  - _Depends: 2.1_\n"
    ).tasks
    assert [(each.kind.value, each.first) for each in task.references] == [
        ("criterion", "9.9"),
        ("property", "1"),
        ("criterion", "5.1"),
        ("criterion", "5.2"),
    ]


def test_an_empty_file_has_no_tasks_and_says_so():
    assert [told.code for told in read("").diagnostics] == ["tasks.none"]

import os
import stat
import subprocess
import sys

import pytest

from e2e.world import FOLDER, REQUIREMENTS, TASKS


@pytest.fixture
def tree(tmp_path, kiro):
    """A working tree that git knows nothing of, and a way to call the verb in it."""
    top = tmp_path / "tree"
    (top / FOLDER).mkdir(parents=True)
    (top / FOLDER / "tasks.md").write_bytes(TASKS)
    (top / FOLDER / "requirements.md").write_bytes(REQUIREMENTS)
    (top / "src/deep").mkdir(parents=True)

    def call(*words, cwd=top, **more):
        return kiro("spec", *words, cwd=cwd, **more)

    call.top = top
    call.tasks = top / FOLDER / "tasks.md"
    return call


def test_specs_are_listed_with_how_far_they_are(tree):
    assert tree("list").lines == ["greeting  feature  0 of 4 required tasks done"]
    told = tree("list", "--json").json
    assert told["schema"] == "kiro-worker/spec-list/1"
    assert [(each["name"], each["progress"]["total"], each["criteria"]) for each in told["specs"]] == [
        ("greeting", 4, 3)
    ]


def test_the_folder_is_found_from_below_and_can_be_named(tree, tmp_path):
    assert tree("list", cwd=tree.top / "src/deep").status == 0
    assert tree("list", "-C", str(tree.top), cwd=tmp_path).status == 0


def test_a_tree_without_specs_is_an_error(kiro, tmp_path):
    said = kiro("spec", "list", "--json", cwd=tmp_path)
    assert (said.status, said.out) == (2, "")
    assert "spec.folder-missing" in said.err


def test_a_spec_is_shown_with_tasks_criteria_order_and_patterns(tree):
    said = tree("show")
    assert said.lines[:2] == ["greeting (feature): 0 of 4 required tasks done", ".kiro/specs/greeting"]
    assert "    [ ]  1.1 Greet a name  (1.1)" in said.lines
    assert "  Next (as written): 1.1, 1.2, 2, 3" in said.lines
    assert "  1.2   unwanted   IF the name is empty, THEN THE Greeter SHALL greet the world" in said.lines
    assert "\n\n\n" not in said.out


def test_a_spec_as_a_document(tree):
    told = tree("show", "greeting", "--json").json
    assert told["schema"] == "kiro-worker/spec-show/1"
    task = next(each for each in told["tasks"] if each["id"] == "1.1")
    assert (task["title"], task["status"], task["parent"], task["criteria"]) == (
        "Greet a name",
        "pending",
        "1",
        ["1.1"],
    )
    assert next(each for each in told["tasks"] if each["id"] == "2")["purpose"] == "checkpoint"
    assert told["order"] == {"by": "document", "reason": "", "tasks": ["1.1", "1.2", "2", "3"]}
    (requirement,) = told["requirements"]
    assert [each["ears"]["pattern"] for each in requirement["criteria"]] == ["event", "unwanted", "ubiquitous"]
    assert told["waves"] is None


def test_waves_properties_and_dangling_references_are_shown(tree):
    tree.tasks.write_text(
        "# Plan\n\n## Task Dependency Graph\n\n```json\n"
        '{"waves": [{"id": 0, "tasks": ["2"]}, {"id": 1, "tasks": ["1"]}]}\n```\n\n## Tasks\n\n'
        "- [ ] 1. One\n  - _Requirements: 1.1, 9.9_\n- [ ] 2. Two\n  - **Property 1: It greets**\n- [ ]* 3. Three\n"
    )
    (tree.top / FOLDER / "design.md").write_text(
        "# Design\n\n## Correctness Properties\n\n### Property 1: It greets\n\nFor any name it greets.\n\n"
        "**Validates: Requirements 1.1**\n"
    )
    told = tree("show", "--json").json
    assert told["order"] == {"by": "waves", "reason": "", "tasks": ["2", "1"]}
    assert [wave["tasks"] for wave in told["waves"]] == [["2"], ["1"]]
    assert [each["validates"] for each in told["properties"]] == [["Requirements 1.1"]]
    said = tree("show")
    assert "  [ ]  1 One  (1.1, 9.9?)" in said.lines
    assert "  [ ]  2 Two  (property 1)" in said.lines
    assert "  Next (waves): 2, 1" in said.lines
    assert "1 optional open" in said.lines[0]
    assert any("reference.dangling" in line for line in said.lines)


def test_a_graph_that_is_not_followed_is_told(tree):
    tree.tasks.write_text(
        '# Plan\n\n## Task Dependency Graph\n\n```json\n{"waves": [{"id": 0, "tasks": ["7"]}]}\n```\n\n- [ ] 1. One\n'
    )
    assert "  The task graph is not followed: it lists task 7, which is not there." in tree("show").lines


@pytest.mark.parametrize("asked", ["greeting", ".kiro/specs/greeting/", str(FOLDER)])
def test_a_spec_can_be_named_by_its_path(tree, asked):
    assert tree("show", asked, "--json").json["name"] == "greeting"


def test_without_a_name_the_only_open_one_is_meant_and_never_guessed(tree):
    other = tree.top / ".kiro/specs/other"
    other.mkdir()
    (other / "tasks.md").write_text("- [x] 1. Done\n")
    assert tree("show", "--json").json["name"] == "greeting"
    (other / "tasks.md").write_text("- [ ] 1. Open\n")
    said = tree("show", "--json")
    assert (said.status, said.out) == (2, "")
    assert "greeting, other" in said.err
    assert "spec.unknown" in tree("show", "none").err


def test_a_good_spec_passes_the_check(tree):
    said = tree("check")
    assert (said.status, said.lines) == (0, ["1 spec, 0 errors, 0 other remarks"])
    assert tree("check", "--json").json == {"schema": "kiro-worker/spec-check/1", "good": True, "diagnostics": []}


def test_what_is_wrong_is_told_with_its_place_and_its_cure(tree):
    tree.tasks.write_bytes(TASKS + b"- [] 4. Broken\n")
    said = tree("check", "greeting")
    assert said.status == 2
    assert said.lines[0].startswith(".kiro/specs/greeting/tasks.md:12:")
    assert ": error: " in said.lines[0]
    assert "Write: - [ ] 4. Broken" in said.lines[0]
    told = tree("check", "--json")
    assert (told.status, told.json["good"]) == (2, False)
    assert told.json["diagnostics"][0]["code"] == "tasks.not-a-task"
    assert "1 error (kiro-worker spec check greeting)" in tree("list").out


def test_a_tick_changes_one_byte_and_nothing_else(tree):
    crlf = b"\xef\xbb\xbf" + TASKS.replace(b"\n", b"\r\n").rstrip()
    tree.tasks.write_bytes(crlf)
    tree.tasks.chmod(0o640)
    inode = tree.tasks.stat().st_ino
    assert tree("tick", "greeting", "1.1").lines == ["Ticked: 1.1"]
    assert tree.tasks.read_bytes() == crlf.replace(b"[ ] 1.1", b"[x] 1.1")
    assert (tree.tasks.stat().st_ino, stat.S_IMODE(tree.tasks.stat().st_mode)) == (inode, 0o640)
    assert tree("tick", "greeting", "1.2", "--json").json["changed"] == ["1.2", "1"]
    assert tree("untick", "greeting", "1.1").lines == ["No longer ticked: 1.1, 1"]
    assert tree.tasks.read_bytes() == crlf.replace(b"[ ] 1.2", b"[x] 1.2")


def test_a_task_that_is_so_already_is_no_fault(tree):
    said = tree("untick", "greeting", "1.1")
    assert (said.status, said.lines) == (0, ["Task 1.1 is not ticked."])
    assert tree.tasks.read_bytes() == TASKS


@pytest.mark.parametrize(("task", "told"), [("9", "has no task 9"), ("1", "open tasks: 1.1, 1.2")])
def test_what_cannot_be_ticked_is_refused_and_nothing_is_changed(tree, task, told):
    said = tree("tick", "greeting", task, "--json")
    assert (said.status, said.out) == (2, "")
    assert "spec.not-ticked" in said.err
    assert told in said.err
    assert tree.tasks.read_bytes() == TASKS


def test_a_file_that_changed_since_it_was_read_is_not_written(tmp_path):
    from kiro_worker.cli.spec_folder import replace_bytes

    path = tmp_path / "tasks.md"
    path.write_bytes(b"- [ ] 1. One\n- [ ] 2. Two\n")
    assert not replace_bytes(str(path), b"- [ ] 1. One\n", b"- [x] 1. One\n")
    assert path.read_bytes() == b"- [ ] 1. One\n- [ ] 2. Two\n"


def test_a_file_without_rights_is_an_error(tree):
    tree.tasks.chmod(0)
    said = without_capabilities("spec", "show", "greeting", "-C", str(tree.top))
    assert (said.returncode, said.stdout) == (2, "")
    assert "spec.unreadable" in said.stderr
    tree.tasks.chmod(0o400)
    assert without_capabilities("spec", "show", "greeting", "-C", str(tree.top)).returncode == 0


def without_capabilities(*words: str) -> subprocess.CompletedProcess[str]:
    """Call a verb in a process to which the rights of files apply, even if it is root's: root without capabilities."""
    program = (
        "import ctypes, sys\n"
        "header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()\n"
        "assert ctypes.CDLL(None, use_errno=True).capset(header, none) == 0, ctypes.get_errno()\n"
        "from kiro_worker.cli.main import main\n"
        "sys.exit(main())\n"
    )
    return subprocess.run([sys.executable, "-c", program, *words], check=False, capture_output=True, text=True)


def test_a_link_out_of_the_folder_of_specs_is_neither_read_nor_ticked(tree, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_bytes(TASKS)
    tree.tasks.unlink()
    tree.tasks.symlink_to(outside)
    for verb in (("show", "greeting"), ("tick", "greeting", "1.1")):
        said = tree(*verb, "--json")
        assert (said.status, said.out) == (2, "")
        assert "leads out of .kiro/specs/" in said.err
    assert outside.read_bytes() == TASKS
    (tree.top / FOLDER).rename(tmp_path / "elsewhere")
    (tree.top / FOLDER).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/tasks.md").unlink()
    assert "leads out of .kiro/specs/" in tree("show", "greeting").err


def test_a_link_to_another_spec_and_a_linked_folder_of_specs_are_followed(tree, tmp_path):
    other = tree.top / ".kiro/specs/other"
    other.mkdir()
    (other / "tasks.md").symlink_to("../greeting/tasks.md")
    (tree.top / ".kiro").rename(tmp_path / "shared")
    (tree.top / ".kiro").symlink_to(tmp_path / "shared")
    assert tree("tick", "other", "1.1").lines == ["Ticked: 1.1"]
    assert (tmp_path / "shared/specs/greeting/tasks.md").read_bytes() == TASKS.replace(b"[ ] 1.1", b"[x] 1.1")


def test_a_pipe_in_place_of_the_tasks_is_not_waited_for(tree):
    tree.tasks.unlink()
    os.mkfifo(tree.tasks)
    said = tree("tick", "greeting", "1.1")
    assert said.status == 2
    assert "no regular file" in said.err


def test_a_file_of_no_sane_size_and_what_is_no_file_are_not_read(tree):
    os.mkfifo(tree.top / FOLDER / "design.md")
    assert tree("show", "--json").status == 0
    with tree.tasks.open("r+b") as file:
        file.truncate(17 * 1024 * 1024)
    said = tree("show", "greeting")
    assert said.status == 2
    assert "larger than 16 MiB" in said.err


def test_terminal_codes_in_a_spec_are_not_shown(tree):
    tree.tasks.write_bytes(b"- [ ] 1. Beep\x1b]0;owned\x07 it\n")
    assert "  [ ]  1 Beep it" in tree("show", terminal=True).lines

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.gate.command import find_program, has_pipe, named_program, safe_path, spell, spell_script
from kiro_worker.process import Command

PATH = "/usr/local/bin:/usr/bin:/bin"


def test_a_list_is_run_as_it_is_and_a_string_is_the_author_s_shell_text():
    assert spell(("pytest", "-k", "a b"), path=PATH).argv == ("pytest", "-k", "a b")
    assert spell("pytest -k 'a b' && ls", path=PATH).argv == ("/bin/sh", "-c", "pytest -k 'a b' && ls")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pytest | tee log", True),
        ("pytest 2>&1|tee log", True),
        ("a |& b", True),
        ("pytest || true", False),
        ("grep -E 'a|b' x", False),
        ('grep "a|b" x', False),
        (r"echo a\|b", False),
        ("echo x >| file", False),
        ("pytest # no | here", False),
        ("echo a#b | cat", True),
        ("pytest # one | two\nmake | tee x", True),
    ],
)
def test_only_a_pipe_between_commands_is_a_pipe(text, expected):
    assert has_pipe(text) is expected


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
async def test_a_pipe_cannot_hide_a_failure(children, tmp_path):
    spelled = spell("false | cat", path=PATH)
    over = await children.run(Command(argv=spelled.argv, cwd=tmp_path, environment={"PATH": PATH}))
    assert over.status == 1
    assert spelled.note is None


def test_without_bash_a_pipe_is_warned_about(tmp_path):
    spelled = spell("pytest | tee log", path=str(tmp_path))
    assert spelled.argv[0] == "/bin/sh"
    assert spelled.note.code == "gate.pipe-hides-status"
    assert spelled.note.cure


async def test_a_buildspec_s_commands_share_one_shell_and_stop_at_the_first_failure(children, tmp_path):
    script = spell_script(("A=kept", "echo $A", "false", "echo never"))
    over = await children.run(Command(argv=script, cwd=tmp_path, environment={"PATH": PATH}))
    assert (over.stdout, over.ok) == (b"kept\n", False)


def test_programs_of_the_tree_are_never_found(tmp_path, monkeypatch):
    planted = tmp_path / "bin" / "pytest"
    planted.parent.mkdir()
    planted.write_text("#!/bin/sh\n")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert find_program("pytest", ":bin:./bin") is None
    assert find_program("pytest", str(planted.parent)) == str(planted)
    assert safe_path(f"{planted.parent}:/usr/bin", outside=tmp_path) == "/usr/bin"


@given(st.text(alphabet="ab |&'\"\\#\n;>", max_size=30))
def test_any_text_is_looked_at_without_a_fault(text):
    assert has_pipe(text) in {True, False}
    assert spell(text, path=PATH).argv[-1] == text


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("npm test", "npm"), ("  tox\n", "tox"), ("CI=1 NODE_ENV=test npx jest", "npx"), ("tox; true", "tox"),
        ("true", ""), ("test -f x", ""), ("set -e; tox", ""), ("cd app && make", ""), ("./run", ""), ("a/b c", ""),
        ("$RUN x", ""), ("PATH=/opt/x:/bin tox", ""), ("X=$(y) tox", ""), ("run() { tox; }; run", ""), ("(tox)", ""),
        ("run () { tox; }; run", ""), ("'my tool' x", ""), ("", ""), ("# tests", ""), ("to*x", ""), ("tox>log", ""),
    ],
)  # fmt: skip
def test_a_program_is_only_named_where_no_shell_is_needed_to_tell(text, program):
    assert named_program(text) == program

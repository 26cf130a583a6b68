import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import watch
from e2e.world import wait_for


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "src/deep").mkdir(parents=True)
    (tmp_path / "src/a.py").write_text("a")
    (tmp_path / "src/deep/b.py").write_text("b")
    (tmp_path / "src/__pycache__").mkdir()
    return tmp_path


def test_written_made_and_removed_files_are_seen(tree):
    before = watch.look(tree, ("src", "none"))
    assert watch.changed(before, watch.look(tree, ("src", "none"))) == ()
    (tree / "src/a.py").write_text("longer")
    (tree / "src/deep/b.py").unlink()
    (tree / "src/c.py").write_text("c")
    (tree / "src/__pycache__/a.pyc").write_text("x")
    found = watch.changed(before, watch.look(tree, ("src", "none")))
    assert found == tuple(str(tree / "src" / name) for name in ("a.py", "c.py", "deep/b.py"))


LOOP = "import sys; sys.path.insert(0, {tools!r}); import watch; from pathlib import Path; watch.watch({command!r}, Path({root!r}), ('src',))"


@pytest.mark.parametrize("quick", [True, False])
def test_a_change_runs_the_command_again_and_ends_one_that_still_runs(tree, quick):
    mark = tree / "ran"
    program = f"open({str(mark)!r}, 'a').write('x'); import time; time.sleep({0 if quick else 60})"
    loop = LOOP.format(tools=str(Path(watch.__file__).parent), command=[sys.executable, "-c", program], root=str(tree))
    with subprocess.Popen([sys.executable, "-c", loop], stdout=subprocess.PIPE, text=True) as watching:
        try:
            wait_for(lambda: mark.exists() and mark.read_text() == "x")
            time.sleep(0.1)
            (tree / "src/a.py").write_text("changed")
            wait_for(lambda: mark.read_text() == "xx")
        finally:
            watching.send_signal(signal.SIGINT)
        said, _ = watching.communicate(timeout=20)
    assert "--- src/a.py" in said


def test_without_a_command_it_says_how_it_is_used():
    over = subprocess.run([sys.executable, watch.__file__], capture_output=True, text=True, check=False)
    assert over.returncode == 2
    assert "usage" in over.stderr

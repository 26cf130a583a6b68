"""What set-up compiled of libraries is read by every run of the tests, and nobody can put anything in its place."""

import importlib.util
import marshal
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from hollow.tools import python_in, shared
from kiro_worker.clock import SystemClock
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate import Color, Subject, prepare_project
from kiro_worker.gate.environment import PYCACHE
from kiro_worker.gate.interpreter import find_python
from kiro_worker.gate.libraries import Libraries, keep_libraries, lay_out
from kiro_worker.gate.seal import seal_of

HONEST, EVIL = "answer = 42\n", "answer = 66\n"


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory) -> Path:
    """An environment as set-up makes one, without anything in it."""
    made = tmp_path_factory.mktemp("made") / "venv"
    venv.create(made, with_pip=False, symlinks=True)
    return made


class SetUp:
    """A project that was set up: an environment with libraries, and what was compiled of them."""

    def __init__(self, project, interpreter: Path) -> None:
        self.project, self.place = project, project.home.parent / "place"
        self.venv, self.compiled, self.kept = self.place / "venv", self.place / "compiled", self.place / "libraries"
        shutil.copytree(interpreter, self.venv, symlinks=True)
        (self.packages,) = self.venv.glob("lib/python*/site-packages")
        self.environment = {**project.environment(), "VIRTUAL_ENV": str(self.venv), PYCACHE: str(self.compiled)}

    def install(self, name: str, text: str = HONEST) -> Path:
        path = self.packages / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return self.compile(path)

    def compile(self, path: Path) -> Path:
        """Compile a source as an installer does; returns where, below the place of compiled files."""
        words = ("-c", "import py_compile, sys; print(py_compile.compile(sys.argv[1], doraise=True))", str(path))
        command = (str(self.venv / "bin/python"), "-I", "-X", f"pycache_prefix={self.compiled}", *words)
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return Path(said.strip()).relative_to(self.compiled)

    async def keep(self) -> Libraries:
        kept = await keep_libraries(
            self.compiled,
            self.project.tree,
            self.environment,
            self.project.children,
            folders=(self.venv,),
            into=self.kept,
        )
        assert kept is not None
        return kept


@pytest.fixture
def set_up(project, interpreter) -> SetUp:
    return SetUp(project, interpreter)


def compiled_as(source: Path, other: str) -> bytes:
    """Compiled code of other source, with a head that makes it look like that of this one."""
    told = source.stat()
    head = b"".join(number.to_bytes(4, "little") for number in (0, int(told.st_mtime), told.st_size))
    return importlib.util.MAGIC_NUMBER + head + marshal.dumps(compile(other, str(source), "exec"))


def start(words: tuple[str, ...]) -> None:
    subprocess.run([*words, "-c", ""], check=True)


async def test_libraries_and_what_every_run_imports_are_kept(set_up):
    library = set_up.install("lib_4711/__init__.py")
    (set_up.packages / "greet.pth").write_text("import sys; print('Hello.')\n")
    kept = await set_up.keep()
    assert (kept.folder / library).read_bytes() == (set_up.compiled / library).read_bytes()
    standard = Path(os.__file__).parent
    assert (kept.folder / f"{standard}/json".lstrip("/") / f"__init__.{sys.implementation.cache_tag}.pyc").is_file()
    assert kept.are_sound()


async def test_nothing_is_kept_of_the_project_itself_of_installers_or_of_a_library_s_own_tests(set_up):
    tree, home = set_up.project.tree, set_up.project.home
    for path in (tree / "shop/__init__.py", home / "tmp/build/backend.py"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HONEST)
    # An environment that leads into the tree: an agent changes what is behind it, and breaks no seal.
    (set_up.packages / "shop").symlink_to(tree / "shop")
    (set_up.packages / "single.py").symlink_to(tree / "shop/__init__.py")
    left = [
        set_up.compile(tree / "shop/__init__.py"),
        set_up.compile(home / "tmp/build/backend.py"),
        set_up.compile(set_up.packages / "shop/__init__.py"),
        set_up.compile(set_up.packages / "single.py"),
        set_up.install("pip/__init__.py"),
        set_up.install("lib_4711/tests/test_lib.py"),
    ]
    gone = set_up.install("gone.py")
    (set_up.packages / "gone.py").unlink()
    assert all((set_up.compiled / path).is_file() for path in (*left, gone))
    kept = await set_up.keep()
    assert [path for path in (*left, gone) if (kept.folder / path).exists()] == []


async def test_a_library_behind_more_links_than_any_system_follows_fails_no_set_up(set_up):
    for number in range(1500):
        (set_up.packages / f"link_{number}").symlink_to(f"link_{number + 1}")
    here = set_up.install("lib_4711/__init__.py")
    behind = f"{set_up.packages}/link_0/__init__.{sys.implementation.cache_tag}.pyc".lstrip("/")
    (set_up.compiled / behind).parent.mkdir()
    shutil.copyfile(set_up.compiled / here, set_up.compiled / behind)
    kept = await set_up.keep()
    assert (kept.folder / here).is_file()
    assert not (kept.folder / behind).exists()


async def test_of_very_many_libraries_only_the_tools_that_every_run_needs_are_kept(set_up):
    tools = [set_up.install("coverage/__init__.py"), set_up.install("_pytest/config/__init__.py")]
    first = set_up.install("lib_4711/__init__.py")
    for number in range(4_000):
        (set_up.packages / f"lib_4711/m{number}.py").touch()
        (set_up.compiled / first).with_name(f"m{number}.{sys.implementation.cache_tag}.pyc").touch()
    kept = await set_up.keep()
    assert [path for path in tools if not (kept.folder / path).is_file()] == []
    assert not (kept.folder / first).exists()


async def test_a_set_up_that_says_the_standard_library_lies_in_the_tree_gains_nothing(set_up):
    source = set_up.project.tree / "shop.py"
    source.write_text(HONEST)
    compiled = set_up.compile(source)
    (set_up.packages / "lie.pth").write_text(f"import os; os.__file__ = {str(set_up.project.tree / 'os.py')!r}\n")
    kept = await keep_libraries(
        set_up.compiled,
        set_up.project.tree,
        set_up.environment,
        set_up.project.children,
        folders=(set_up.venv,),
        into=set_up.kept,
    )
    assert kept is None
    assert not (set_up.kept / compiled).exists()


async def test_of_an_environment_that_set_up_did_not_make_nothing_is_kept_nor_started(set_up, tmp_path):
    set_up.install("lib_4711.py")
    python, ran = set_up.venv / "bin/python", tmp_path / "ran"
    python.unlink()
    python.write_text(f"#!/bin/sh\ntouch {ran}\n")
    python.chmod(0o755)
    for folders, starts in (((), False), ((set_up.venv,), True)):
        await keep_libraries(
            set_up.compiled,
            set_up.project.tree,
            set_up.environment,
            set_up.project.children,
            folders=folders,
            into=set_up.kept,
        )
        assert (ran.exists(), set_up.kept.exists()) == (starts, starts)


LIBRARY = Path("venv/lib/lib_4711.cpython-311.pyc")


@pytest.fixture
def kept(tmp_path) -> Libraries:
    """As set-up left them: one library."""
    folder = tmp_path / "kept"
    (folder / LIBRARY).parent.mkdir(parents=True)
    (folder / LIBRARY).write_bytes(b"honest")
    return Libraries(folder=folder, seal=seal_of(folder, skipped=frozenset()))


def test_each_run_has_a_copy_of_its_own(kept, tmp_path):
    prefix = tmp_path / "prefix"
    lay_out(kept, prefix)
    (prefix / LIBRARY).write_bytes(b"evil")
    (prefix / "more").mkdir()
    assert (kept.folder / LIBRARY).read_bytes() == b"honest"
    lay_out(kept, prefix)
    assert (prefix / LIBRARY).read_bytes() == b"honest"
    assert not (prefix / "more").exists()
    assert kept.are_sound()


def rewrite(kept: Path, file: Path) -> None:
    told = file.stat()
    file.write_bytes(bytes(told.st_size))
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))


def exchange(kept: Path, file: Path) -> None:
    shutil.copytree(kept, kept.with_name("other"))
    shutil.rmtree(kept)
    kept.symlink_to(kept.with_name("other"))


@pytest.mark.parametrize(
    "tamper",
    [
        rewrite,
        exchange,
        lambda kept, file: file.with_name("new.cpython-311.pyc").write_bytes(b"evil"),
        lambda kept, file: (kept / "__pycache__").mkdir(),
        lambda kept, file: file.unlink(),
        lambda kept, file: shutil.rmtree(kept),
    ],
    ids=["rewritten with its old size and date", "exchanged for a link", "added to", "a folder added", "less", "gone"],
)
def test_what_is_not_as_set_up_left_it_is_removed_and_read_by_nobody(kept, tmp_path, tamper):
    tamper(kept.folder, kept.folder / LIBRARY)
    lay_out(kept, tmp_path / "prefix")
    assert list((tmp_path / "prefix").iterdir()) == []
    assert not os.path.lexists(kept.folder)


async def test_who_asks_the_interpreter_of_set_up_runs_no_compiled_code_that_was_put_there_later(set_up, tmp_path):
    ran = tmp_path / "ran"
    (set_up.packages / "start.pth").write_text("import start_4711\n")
    source = set_up.packages / "start_4711.py"
    library = set_up.install("start_4711.py")
    kept = await set_up.keep()
    tree, children = set_up.project.tree, set_up.project.children
    sound = await find_python(tree, set_up.environment, children, libraries=kept)
    assert sound.apart[-1] == f"pycache_prefix={kept.folder}"
    assert kept.are_sound(), "asking wrote nothing"
    trap = compiled_as(source, f"open({str(ran)!r}, 'w')")
    (kept.folder / library).write_bytes(trap)
    start((sound.command, *sound.apart))
    assert ran.exists(), "the trap works where nobody minds it"
    ran.unlink()
    broken = await find_python(tree, set_up.environment, children, libraries=kept)
    assert broken.command == sound.command
    assert not ran.exists()
    for python in (broken, sound):
        start((python.command, *python.apart))
    assert not ran.exists()


def test_a_folder_that_tests_closed_keeps_nothing_for_the_next_run(tmp_path):
    prefix = tmp_path / "prefix"
    (prefix / "lib").mkdir(parents=True)
    (prefix / "lib/evil.pyc").write_bytes(b"evil")
    (prefix / "lib").chmod(0o000)
    prefix.chmod(0o500)
    lay_out(None, prefix)
    assert list(prefix.iterdir()) == []


POISONS = """
import os
import lib_4711
from pathlib import Path

def test_answer():
    assert lib_4711.answer == 42

def test_poison():
    # Whatever this run, or set-up, has compiled of the library is exchanged for the tests that come after it.
    evil = bytes.fromhex(os.environ["EVIL"])
    for place in (os.environ["PYTHONPYCACHEPREFIX"], os.environ["KEPT"]):
        found = list(Path(place).rglob("lib_4711*.pyc"))
        for path in found:
            path.write_bytes(evil)
            (path.parent / "more").write_bytes(evil)
    assert found or os.environ["ROUND"] != "1", "what set-up compiled is where it is looked for"
"""


async def test_a_test_cannot_leave_compiled_code_of_a_library_for_the_run_after_it(set_up):
    project = set_up.project
    library = set_up.install("lib_4711.py")
    for tool in (python_in(shared(), bare=False).parent).glob("lib/python*/site-packages"):
        shutil.copytree(tool, set_up.packages, dirs_exist_ok=True)
    kept = await set_up.keep()
    assert (kept.folder / library).is_file()
    project.write({"tests/test_lib.py": POISONS})
    evil = compiled_as(set_up.packages / "lib_4711.py", EVIL)
    told = {"EVIL": evil.hex(), "KEPT": str(kept.folder)}
    for number in ("1", "2", "3"):
        environment = {**set_up.environment, **told, "ROUND": number}
        subject = Subject(tree=project.tree, scratch=project.scratch, environment=environment, libraries=kept)
        tests, _ = await project.gate(coverage="off").judge(subject)
        assert tests.color is Color.GREEN, (number, tests.output)


async def prepared(project):
    return await prepare_project(
        project.tree,
        settings=GateSettings(setup_command="python -I -m venv --without-pip .venv; printf x >> made"),
        limits=LimitSettings(),
        children=project.children,
        clock=SystemClock(),
        place=project.home.parent / "place",
        environment=project.environment(),
    )


async def test_set_up_keeps_them_for_as_long_as_it_is_not_run_again(project):
    first = await prepared(project)
    assert first.libraries is not None
    again = await prepared(project)
    assert (again.again, again.libraries) == (True, first.libraries)
    assert again.libraries.are_sound()
    # Without them, runs are slower; what was installed is as good as it was.
    shutil.rmtree(first.libraries.folder)
    third = await prepared(project)
    assert third.again
    assert not third.libraries.are_sound()
    assert (project.tree / "made").read_text() == "x"


async def test_what_the_tree_calls_by_the_name_of_a_tool_is_not_run_where_libraries_are_compiled(set_up):
    # An installation that is to be edited in its place: the tree is on the path of every interpreter there.
    tree, sign = set_up.project.tree, set_up.project.home / "sign"
    (set_up.packages / "shop.pth").write_text(f"{tree}\n")
    (set_up.packages / "finder.py").write_text(
        "import sys, importlib.util\n"
        "class Finder:\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name == 'pygments':\n"
        f"            return importlib.util.spec_from_file_location(name, {str(tree / 'xdist/plugin.py')!r})\n"
        "sys.meta_path.append(Finder)\n"
    )
    (set_up.packages / "finder.pth").write_text("import finder\n")
    for name in ("pytest_cov/engine.py", "xdist/plugin.py", "_pytest/config.py", "coverage.py"):
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(sign)!r}, 'a').write(__name__)\n")
    await set_up.keep()
    assert not sign.exists()


async def test_compiled_files_that_cannot_be_listed_fail_no_set_up(set_up):
    set_up.install("lib_4711/__init__.py")
    # Deeper than any whole path may be long.
    here = os.open(set_up.compiled, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        above, here = here, os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(above)
    os.close(here)
    kept = await keep_libraries(
        set_up.compiled,
        set_up.project.tree,
        set_up.environment,
        set_up.project.children,
        folders=(set_up.venv,),
        into=set_up.kept,
    )
    assert kept is None
    assert not set_up.kept.exists()


@pytest.mark.parametrize("put", [os.mkfifo, lambda path: path.symlink_to(os.devnull), os.mknod])
def test_what_is_no_folder_at_the_place_of_compiled_files_makes_way_for_one(tmp_path, put):
    place = tmp_path / "compiled"
    put(place)
    lay_out(None, place)
    assert list(place.iterdir()) == []

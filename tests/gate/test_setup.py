import importlib.util
import marshal
import os
import shutil
import subprocess
import venv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiro_worker.clock import SystemClock
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate import Color, prepare_project
from kiro_worker.gate.interpreter import find_python
from kiro_worker.gate.lockfile import installations
from kiro_worker.gate.seal import seal_of
from kiro_worker.process import Command


async def prepare(project, *, seconds=120.0, buildspec=(), **settings):
    return await prepare_project(
        project.tree,
        settings=GateSettings(**settings),
        limits=LimitSettings(setup=timedelta(seconds=seconds)),
        children=project.children,
        clock=SystemClock(),
        place=project.home.parent / "place",
        environment=project.environment(),
        buildspec=buildspec,
    )


def runs(project) -> int:
    log = project.home / "log"
    return len(log.read_text()) if log.exists() else 0


LOGS = 'printf x >> "$HOME/log"; '


async def test_nothing_to_install_is_not_applicable(project):
    prepared = await prepare(project)
    assert prepared.result.color is Color.NOT_APPLICABLE
    assert prepared.environment == project.environment()


async def test_none_runs_nothing(project):
    project.write({"requirements.txt": "no-such-package-4711\n"})
    assert (await prepare(project, setup_command="none")).result.summary == "setup is switched off"


async def test_a_command_is_run_once_for_each_state_of_the_lock_files(project):
    project.write({"requirements.lock": "a"})
    command = LOGS + "mkdir -p node_modules; touch node_modules/a"
    first = await prepare(project, setup_command=command)
    assert (first.result.color, first.again, runs(project)) == (Color.GREEN, False, 1)
    second = await prepare(project, setup_command=command)
    assert (second.result.color, second.again, runs(project)) == (Color.GREEN, True, 1)
    project.write({"requirements.lock": "b"})
    assert not (await prepare(project, setup_command=command)).again
    assert not (await prepare(project, setup_command=command + "; true")).again
    assert runs(project) == 3


@pytest.mark.parametrize(
    "tamper",
    [
        lambda folder: (folder / "a").write_text("evil"),
        lambda folder: (folder / "new").write_text("evil"),
        lambda folder: (folder / "a").unlink(),
        lambda folder: (folder / "a").chmod(0o777),
        shutil.rmtree,
        lambda folder: (folder.parent / ".venv").mkdir(),
    ],
    ids=["rewritten", "added", "removed", "made executable", "folder removed", "a second folder"],
)
async def test_a_dependency_that_was_touched_is_made_anew(project, tamper):
    command = LOGS + "mkdir -p node_modules; echo good > node_modules/a"
    await prepare(project, setup_command=command)
    tamper(project.tree / "node_modules")
    assert not (await prepare(project, setup_command=command)).again
    assert sorted(path.name for path in (project.tree / "node_modules").iterdir()) == ["a"]
    assert (project.tree / "node_modules/a").read_text() == "good\n"
    assert not (project.tree / ".venv").exists()


async def test_a_rewritten_file_with_its_old_size_and_date_is_seen(project):
    command = "mkdir -p node_modules; echo good > node_modules/a"
    await prepare(project, setup_command=command)
    path = project.tree / "node_modules/a"
    status = path.stat()
    path.write_text("evil\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not (await prepare(project, setup_command=command)).again


async def test_caches_that_tools_keep_beside_dependencies_are_removed_before_the_tests(project):
    command = "mkdir -p node_modules; echo good > node_modules/a"
    await prepare(project, setup_command=command)
    cache = project.tree / "node_modules/.cache"
    cache.mkdir()
    (cache / "compiled.js").write_text("evil")
    assert (await prepare(project, setup_command=command)).again
    assert not cache.exists()


async def test_a_folder_that_the_repository_holds_is_never_removed(project):
    project.write({"vendor/lib.go": "package lib\n", "a.lock": "1"})
    await prepare(project, setup_command="true")
    project.write({"a.lock": "2"})
    await prepare(project, setup_command="true")
    assert (project.tree / "vendor/lib.go").exists()


async def test_a_failing_command_is_told_with_its_end_and_a_cure_and_runs_again(project):
    failing = LOGS + "seq 1 5000; echo the reason >&2; exit 4"
    prepared = await prepare(project, setup_command=failing)
    (finding,) = prepared.result.findings
    assert (prepared.result.color, finding.code) == (Color.ERROR, "gate.setup-failed")
    assert "status 4" in finding.title
    assert finding.detail.endswith("the reason\n")
    assert "gates.setup_command" in finding.cure
    await prepare(project, setup_command=failing)
    assert runs(project) == 2


async def test_a_command_that_takes_too_long_is_ended(project):
    prepared = await prepare(project, seconds=0.4, setup_command="setsid sleep 60 & sleep 60")
    assert "longer than 0 s" in prepared.result.findings[0].title
    assert "limits.setup" in prepared.result.findings[0].cure


async def test_a_missing_program_is_told(project):
    prepared = await prepare(project, setup_command=("no-such-installer",))
    assert prepared.result.findings[0].code == "gate.command-missing"
    assert "gates.setup_command" in prepared.result.findings[0].cure


async def test_a_missing_package_manager_is_told(project):
    project.write({"Gemfile.lock": "GEM\n"})
    project.path = str(project.home)
    prepared = await prepare(project)
    assert (prepared.result.color, prepared.result.findings[0].code) == (Color.ERROR, "gate.tool-missing")
    assert "Install bundle" in prepared.result.findings[0].cure


async def test_a_buildspec_s_commands_are_one_script_and_the_setting_goes_first(project):
    commands = ("export A=kept", 'echo "$A" > made', "true")
    prepared = await prepare(project, buildspec=commands)
    assert (prepared.result.color, (project.tree / "made").read_text()) == (Color.GREEN, "kept\n")
    await prepare(project, buildspec=("touch never",), setup_command="touch ours")
    assert (project.tree / "ours").exists()
    assert not (project.tree / "never").exists()


async def test_setup_gets_no_credentials(project):
    project.variables = {"GITHUB_TOKEN": "ghp_secret", "AWS_SESSION_TOKEN": "aws_secret"}
    await prepare(project, setup_command="env > made")
    assert "_secret" not in (project.tree / "made").read_text()


async def test_an_environment_that_the_project_s_own_command_makes_is_the_one_used(project):
    project.write({"setup.py": "", "tests/test_a.py": "import unittest\n"})
    command = (
        "python -c 'import sys; print(sys.prefix)' > made; command -v pip >> made; python3 -m venv --without-pip .venv"
    )
    prepared = await prepare(project, setup_command=command)
    place = project.home.parent / "place"
    assert (project.tree / "made").read_text().split() == [str(place / "venv"), str(place / "venv/bin/pip")]
    assert prepared.environment["VIRTUAL_ENV"] == str(project.tree / ".venv")
    assert str(place / "venv") not in prepared.environment["PATH"]
    python = await find_python(project.tree, prepared.environment, project.children)
    assert (python.command, python.because) == (f"{project.tree}/.venv/bin/python", "the environment that setup made")
    subject = replace(project.subject(), environment=prepared.environment)
    (finding,) = await project.gate().check(subject)
    assert f"{project.tree}/.venv/bin/python" in finding.cure


async def test_an_environment_in_the_tree_that_setup_did_not_make_is_not_used(project):
    lie = project.tree / ".venv/bin/python"
    lie.parent.mkdir(parents=True)
    lie.write_text("#!/bin/sh\nexit 0\n")
    lie.chmod(0o755)
    python = await find_python(project.tree, project.environment(), project.children)
    assert python.because.endswith("on the search path")
    assert not python.command.startswith(str(project.tree))


def start(words) -> None:
    subprocess.run(words, check=True)


async def test_what_was_left_compiled_in_the_environment_of_setup_is_not_run_when_it_is_asked(project, tmp_path):
    made = tmp_path / "made"
    venv.create(made, with_pip=False, symlinks=True)
    (packages,) = made.glob("lib/python*/site-packages")
    (packages / "start.pth").write_text("import start\n")
    source = packages / "start.py"
    source.write_text("# nothing\n")
    compiled = Path(importlib.util.cache_from_source(str(source)))
    compiled.parent.mkdir()
    told = source.stat()
    head = b"".join(number.to_bytes(4, "little") for number in (0, int(told.st_mtime), told.st_size))
    ran = tmp_path / "ran"
    code = marshal.dumps(compile(f"open({str(ran)!r}, 'w')", str(source), "exec"))
    compiled.write_bytes(importlib.util.MAGIC_NUMBER + head + code)
    start([made / "bin/python", "-I", "-c", ""])
    assert ran.exists(), "the trap works where nobody minds it"
    ran.unlink()
    environment = {**project.environment(), "VIRTUAL_ENV": str(made)}
    python = await find_python(project.tree, environment, project.children)
    assert python.command == str(made / "bin/python")
    assert not ran.exists()
    start([python.command, *python.apart, "-c", ""])
    assert not ran.exists()


async def test_an_interpreter_that_answers_nonsense_is_passed_over(project):
    for number, answer in enumerate(("echo 3", "echo '[]'", "exit 1", "echo '{\"version\": 3}'", "kill -9 $$")):
        lie = project.home / f"bin{number}/python3"
        lie.parent.mkdir(parents=True)
        lie.write_text(f"#!/bin/sh\n{answer}\n")
        lie.chmod(0o755)
        project.path = str(lie.parent)
        assert await find_python(project.tree, project.environment(), project.children) is None


def wheel(folder: Path) -> None:
    """A package to install without any network."""
    import base64
    import hashlib
    import zipfile

    files = {
        "tiny_4711.py": "answer = 42\n",
        "tiny_4711-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-4711\nVersion: 1.0\n",
        "tiny_4711-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
        for name, text in files.items()
    )
    with zipfile.ZipFile(folder / "tiny_4711-1.0-py3-none-any.whl", "w") as archive:
        for name, text in {
            **files,
            "tiny_4711-1.0.dist-info/RECORD": record + "tiny_4711-1.0.dist-info/RECORD,,\n",
        }.items():
            archive.writestr(name, text)


async def test_requirements_are_installed_by_pip_outside_the_tree(project):
    project.write(
        {
            "requirements-dev.txt": "-r requirements.txt\n",
            "requirements.txt": "--no-index\n--find-links ./wheels\ntiny-4711==1.0\n",
        }
    )
    (project.tree / "wheels").mkdir()
    wheel(project.tree / "wheels")
    prepared = await prepare(project)
    assert prepared.result.color is Color.GREEN, prepared.result.output
    assert prepared.environment["VIRTUAL_ENV"] == str(project.home.parent / "place/venv")
    question = Command(
        argv=("python", "-c", "import tiny_4711; print(tiny_4711.__file__)"),
        cwd=project.tree,
        environment=prepared.environment,
    )
    over = await project.children.run(question)
    assert over.stdout.decode().startswith(str(project.home.parent / "place"))
    assert (await prepare(project)).again, "running the package changed nothing that is sealed"


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
async def test_npm_installs_what_the_lock_file_names(project):
    project.write(
        {
            "package.json": '{"name": "x", "version": "1.0.0", "dependencies": {"tiny": "file:tiny"}}',
            "tiny/package.json": '{"name": "tiny", "version": "1.0.0"}',
            "package-lock.json": '{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "x", "version": "1.0.0", "dependencies": {"tiny": "file:tiny"}}, "node_modules/tiny": {"resolved": "tiny", "link": true}, "tiny": {"version": "1.0.0"}}}',
        }
    )
    prepared = await prepare(project)
    assert prepared.result.color is Color.GREEN, prepared.result.output
    assert (project.tree / "node_modules/tiny").exists()
    assert (await prepare(project)).again


LOCKS = {
    "uv.lock": (
        {"uv.lock": "", "pyproject.toml": "[project.optional-dependencies]\ntest = []\n"},
        ("uv", "sync", "--frozen", "--no-progress", "--extra", "test"),
    ),
    "poetry.lock": (
        {"poetry.lock": "", "pyproject.toml": "[tool.poetry.extras]\ndev = []\n"},
        ("poetry", "install", "--no-interaction", "--no-ansi", "--extras=dev"),
    ),
    "requirements.txt": (
        {"requirements.txt": ""},
        ("{venv}/bin/python", "-m", "pip", "install", "--no-input", "-q", "-r", "requirements.txt"),
    ),
    "package-lock.json": ({"package-lock.json": "{}", "package.json": "{}"}, ("npm", "ci", "--no-audit", "--no-fund")),
    "npm-shrinkwrap.json": (
        {"npm-shrinkwrap.json": "{}", "package.json": "{}"},
        ("npm", "ci", "--no-audit", "--no-fund"),
    ),
    "pnpm-lock.yaml": ({"pnpm-lock.yaml": "", "package.json": "{}"}, ("pnpm", "install", "--frozen-lockfile")),
    "yarn.lock, classic": ({"yarn.lock": "", "package.json": "{}"}, ("yarn", "install", "--frozen-lockfile")),
    "yarn.lock, modern": (
        {"yarn.lock": "", "package.json": '{"packageManager": "yarn@4.1.0"}'},
        ("yarn", "install", "--immutable"),
    ),
    "bun.lock": ({"bun.lock": "", "package.json": "{}"}, ("bun", "install", "--frozen-lockfile")),
    "go.sum": ({"go.sum": "", "go.mod": ""}, ("go", "mod", "download")),
    "Cargo.lock": ({"Cargo.lock": ""}, ("cargo", "fetch", "--locked")),
    "pom.xml": ({"pom.xml": ""}, ("mvn", "-B", "-ntp", "-q", "test-compile")),
    "gradle": ({"build.gradle": "", "gradlew": ""}, ("./gradlew", "--no-daemon", "--console=plain", "testClasses")),
    "Gemfile.lock": ({"Gemfile.lock": ""}, ("bundle", "install", "--quiet")),
    "composer.lock": ({"composer.lock": ""}, ("composer", "install", "--no-interaction", "--no-progress")),
    "terraform": ({".terraform.lock.hcl": ""}, ("terraform", "init", "-backend=false", "-input=false", "-no-color")),
}


@pytest.mark.parametrize("lock", LOCKS)
def test_each_lock_file_has_its_own_installer(project, lock):
    files, command = LOCKS[lock]
    project.write(files)
    (installation,) = installations(project.tree)
    assert installation.commands == (command,)
    assert installation.inputs


@pytest.mark.parametrize(
    "files",
    [{}, {"package.json": "{}"}, {"go.sum": "", "vendor/modules.txt": ""}, {"build.gradle": ""}, {"yarn.lock": ""}],
)
def test_without_a_lock_file_nothing_is_installed(project, files):
    project.write(files)
    assert installations(project.tree) == ()


def test_a_lock_file_that_is_a_link_is_not_followed(project, tmp_path):
    (tmp_path / "elsewhere").write_text("")
    (project.tree / "requirements.txt").symlink_to(tmp_path / "elsewhere")
    assert installations(project.tree) == ()


def test_two_languages_are_installed_both(project):
    project.write({"requirements.txt": "", "package-lock.json": "{}", "package.json": "{}"})
    assert [one.lock for one in installations(project.tree)] == ["requirements.txt", "package-lock.json"]


def test_a_seal_does_not_mind_python_s_compiled_files_and_tools_caches(tmp_path):
    folder = tmp_path / "venv"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib/a.py").write_text("x")
    before = seal_of(folder)
    (folder / "lib/__pycache__").mkdir()
    (folder / "lib/__pycache__/a.pyc").write_text("x")
    (folder / ".cache").mkdir()
    assert seal_of(folder) == before
    (folder / "lib/__pycache__x").write_text("")
    assert seal_of(folder) != before
    assert seal_of(tmp_path / "nothing") == ""
    (tmp_path / "link").symlink_to(folder)
    assert seal_of(tmp_path / "link") == ""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_a_name_that_is_no_text_can_be_sealed(tmp_path):
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff\xfe", os.O_CREAT | os.O_WRONLY))
    assert seal_of(tmp_path)

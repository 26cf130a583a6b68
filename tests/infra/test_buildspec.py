"""The install phase, run as a build runs it."""

import hashlib
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

import kiro_worker
from kiro_worker_infra.buildspec import BUNDLE, BUNDLE_DIGEST, VERSION, buildspec_of, downloaded
from kiro_worker_infra.environment import Build, Download


def install(build=None):
    return yaml.safe_load(buildspec_of(build or Build()))["phases"]["install"]["commands"]


def program(folder: Path, name: str, text: str) -> None:
    """A stand-in on PATH for a program that the build's image has."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def run(command: str, programs: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "TMPDIR": str(programs.parent), **variables}
    return subprocess.run(
        ["bash", "-c", command], env=environment, cwd=programs.parent, check=False, capture_output=True, text=True
    )


def test_an_image_that_brings_this_very_version_needs_nothing(tmp_path):
    program(tmp_path / "bin", "kiro-worker", 'echo "kiro-worker 1.2.3"')
    # Whatever else were called is not there.
    done = run(install()[0], tmp_path / "bin", **{VERSION: "1.2.3", BUNDLE: "s3://none", BUNDLE_DIGEST: "0" * 64})
    assert (done.returncode, done.stdout) == (0, "")


def test_the_version_is_asked_for_as_the_worker_tells_it(tmp_path):
    told = subprocess.run(
        [str(Path(os.sys.prefix, "bin", "kiro-worker")), "--version"], check=True, capture_output=True, text=True
    )
    assert told.stdout == f"kiro-worker {kiro_worker.__version__}\n"


# However a build server runs a command: in a shell that is asked how it ended, `set -e` says nothing.
@pytest.mark.parametrize("runs", ["{}", "if {{ {}\n}}; then true; else exit 9; fi", "{{ {}\n}} || exit 9"])
def test_a_package_with_other_bytes_than_the_template_names_is_not_opened(tmp_path, runs):
    program(tmp_path / "bin", "aws", 'echo "something else" > "$5"')
    program(tmp_path / "bin", "python3", f"touch {tmp_path}/opened")
    command = runs.format(install()[0])
    done = run(command, tmp_path / "bin", **{VERSION: "1.2.3", BUNDLE: "s3://b/k.zip", BUNDLE_DIGEST: "0" * 64})
    assert done.returncode != 0
    assert (tmp_path / "kiro-worker.zip").read_text() == "something else\n"
    assert not (tmp_path / "opened").exists()


def test_a_failed_step_fails_the_command_and_leaves_the_builds_shell_alive(tmp_path):
    program(tmp_path / "bin", "aws", "exit 1")
    command = f"{install()[0]}\necho went on with $?"
    done = run(command, tmp_path / "bin", **{VERSION: "1.2.3", BUNDLE: "s3://b/k.zip", BUNDLE_DIGEST: "0" * 64})
    assert done.stdout == "went on with 1\n"


def archive(folder: Path) -> bytes:
    (folder / "agent").write_text("#!/bin/sh\n")
    file = folder / "agent.tgz"
    with tarfile.open(file, "w:gz") as made:
        made.add(folder / "agent", "agent")
    return file.read_bytes()


def test_a_failed_run_does_not_keep_its_reports_from_being_taken_in():
    # ABORT ends a build there and then; without, the guide promises UPLOAD_ARTIFACTS.
    assert "on-failure" not in yaml.safe_load(buildspec_of(Build()))["phases"]["build"]


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("right", [True, False])
def test_an_agent_is_unpacked_only_when_it_is_what_was_written_down(tmp_path, right, asked):
    content = archive(tmp_path)
    digest = hashlib.sha256(content).hexdigest() if right else "f" * 64
    # Finds the name after --output, as curl does.
    program(
        tmp_path / "bin", "curl",
        f'while [ "$1" != --output ]; do shift; done; cat {tmp_path}/agent.tgz > "$2"',
    )  # fmt: skip
    download = Download(address="https://example.com/agent-1.0.tar.gz", digest=digest, programs=("agent",))
    command = (
        downloaded(download).replace("/opt/agent", f"{tmp_path}/opt").replace("/usr/local/bin/", f"{tmp_path}/bin/")
    )
    done = run(f"{command} || exit 9" if asked else command, tmp_path / "bin")
    assert (done.returncode == 0) is right
    assert (tmp_path / "bin" / "agent").exists() is right


def test_an_agents_own_commands_come_after_the_worker_and_from_the_environments_file_alone():
    commands = install(Build(agent_install=("npm install --global my-agent@1.2.3",)))
    # Should they have changed the folder, the worker is called in the build's own all the same.
    assert commands[1:] == ["npm install --global my-agent@1.2.3", 'cd "$CODEBUILD_SRC_DIR"']


def test_an_image_of_ones_own_is_not_asked_for_codebuilds_runtimes():
    spec = yaml.safe_load(buildspec_of(Build(image="example.com/own:1", runtimes={})))
    assert "runtime-versions" not in spec["phases"]["install"]

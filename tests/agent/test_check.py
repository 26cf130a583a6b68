import os
import shlex

import pytest

from kiro_worker.agent.check import look_at
from kiro_worker.agent.port import TurnOutcome
from kiro_worker.agent.profile import Check, Profile
from kiro_worker.process import Children, Limits


@pytest.fixture
async def look(tmp_path):
    """Looks at a program made of a shell script."""

    async def run(script, wall=30.0, **check):
        program = tmp_path / "my-agent"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        profile = Profile(name="mine", command=("my-agent", "--acp"), check=Check(cure="Install it.", **check))
        environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
        async with Children() as children:
            return await look_at(profile, children, environment, limits=Limits(wall=wall))

    return run


async def test_a_program_that_is_there_is_ready_without_being_run(look, tmp_path):
    found = await look("touch ran")
    assert (found.outcome, found.version) == (None, "")
    assert not (tmp_path / "ran").exists()


async def test_its_version_is_read(look):
    assert (await look('echo "agent v2.29.1-beta (linux)"', version=("--version",))).version == "2.29.1-beta"


async def test_a_program_that_fails_to_tell_its_version_is_not_ready(look):
    found = await look("echo 'needs a newer system' >&2; exit 1", version=("--version",))
    assert found.outcome is TurnOutcome.NOT_STARTED
    assert "newer system" in found.detail
    assert found.cure == "Install it."


@pytest.mark.parametrize(
    "complaint",
    [
        "error: unexpected argument '--version' found",
        "unknown option: --version",
        "Invalid flag -V",
        'no such option "-V"',
    ],
)
async def test_a_program_without_an_option_for_its_version_is_there_all_the_same(look, complaint):
    found = await look(f"echo {shlex.quote(complaint)} >&2; exit 2", version=("--version",))
    assert (found.outcome, found.version) == (None, "")


async def test_words_about_a_version_may_tell_more(look):
    found = await look("echo 'this tool is no longer maintained'; exit 1", version=("--version",))
    assert found.outcome is TurnOutcome.CONFIG


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo '{\"account\":null}'", 'Nobody is logged in: `my-agent whoami` says: {"account":null}'),
        ("exit 1", "Nobody is logged in: `my-agent whoami` ended with status 1."),
        ("sleep 60", "`my-agent whoami` did not answer within 0.3 s, so who is logged in is not known."),
    ],
)
async def test_a_missing_login_is_told_as_it_was_seen(look, script, told):
    found = await look(script, 0.3, login=("whoami",), logged_out=('"account":null',))
    assert found.outcome is TurnOutcome.LOGGED_OUT
    assert found.detail == told


async def test_a_login_that_is_there_is_fine(look):
    found = await look(
        "[ $1 = whoami ] && echo me || echo 1.0", version=("-V",), login=("whoami",), logged_out=("null",)
    )
    assert (found.outcome, found.version) == (None, "1.0")


async def test_a_file_that_cannot_be_run_is_told(look, tmp_path):
    (tmp_path / "bad-agent").write_bytes(b"\x7fELF not really")
    (tmp_path / "bad-agent").chmod(0o755)
    profile = Profile(name="bad", command=("bad-agent",), check=Check(version=("--version",)))
    async with Children() as children:
        found = await look_at(profile, children, {"PATH": str(tmp_path)})
    assert found.outcome is TurnOutcome.NOT_STARTED
    assert "bad-agent" in found.cure


@pytest.mark.parametrize(
    ("cure", "told"),
    [
        (
            "Sign in: my-agent login",
            "Install it, or name another agent; the command is: no-such-agent --acp. Then: Sign in: my-agent login",
        ),
        ("Install it with: npm", "Install it with: npm"),
        ("", "Install it, or name another agent; the command is: no-such-agent --acp"),
    ],
)
async def test_the_cure_of_a_missing_program_is_to_install_it_before_anybody_signs_in(tmp_path, cure, told):
    profile = Profile(name="mine", command=("no-such-agent", "--acp"), check=Check(cure=cure))
    async with Children() as children:
        found = await look_at(profile, children, {"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert (found.outcome, found.cure) == (TurnOutcome.NOT_STARTED, told)


async def _of(program):
    async with Children() as children:
        return await look_at(Profile(name="mine", command=(str(program),)), children, {"PATH": os.environ["PATH"]})


async def test_a_place_without_a_program_is_told_as_a_place_and_not_as_a_name_on_the_search_path(tmp_path):
    found = await _of(tmp_path / "no-agent")
    assert (found.outcome, found.detail) == (TurnOutcome.NOT_STARTED, f"There is no program at {tmp_path}/no-agent.")


async def test_a_file_that_may_not_be_started_is_not_said_to_be_missing(tmp_path):
    (tmp_path / "my agent").write_text("#!/bin/sh\n")
    found = await _of(tmp_path / "my agent")
    assert found.outcome is TurnOutcome.NOT_STARTED
    assert "is there, but is not marked" in found.detail
    assert found.cure == f"Run: chmod +x '{tmp_path}/my agent'"

"""Agents that the product knows nothing of, under the whole product: the plain profile, and a person's command line."""

import shlex
from pathlib import Path

import pytest

from e2e.world import BRANCH, Ran, World
from kiro_worker.testing.git_remote import BareRemote

from .installation import AUGGIE, NotInstallable, Package
from .model_server import ModelServer
from .plain_setups import PLAIN, Plain
from .setups import Environment, environment_around
from .test_whole_runs import BEFORE, HONEST

pytestmark = [pytest.mark.real_agent, pytest.mark.timeout(900)]


class Stage:
    """One world, and any number of runs in it."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder=folder, remote=BareRemote(folder / "origin.git"))
        self.world.spec()
        self.home = folder / "laptop"
        self.home.mkdir()

    def run(self, command: str, package: Package, own: Environment, *more: str) -> Ran:
        try:
            self.world.environment = environment_around(package, self.home, own)
        except NotInstallable as reason:
            pytest.skip(str(reason))
        return self.world.run(
            "--only", "1.1", "--agent", command, "--agent-variables", " ".join(own), *more, timeout=300
        )

    def play(self, plain: Plain, server: ModelServer, *, prepared: bool = True) -> Ran:
        own = plain.prepare(self.home, server.address) if prepared else {}
        files = ("--agent-files", " ".join(plain.files)) if prepared and plain.files else ()
        return self.run(plain.command, plain.package, own, "--protocol", plain.protocol, *files)

    def committed(self) -> set[str]:
        return set(self.world.remote.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()) - BEFORE


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_an_agent_without_a_profile_does_honest_work(name, tmp_path):
    stage, plain = Stage(tmp_path), PLAIN[name]
    with ModelServer(HONEST) as server:
        ran = stage.play(plain, server)
    assert ran.verdict == "DONE", ran.cause
    assert not ran.all("permission.refused")
    assert bool(ran.all("permission.allowed")) is plain.asks
    assert stage.committed() == {"greet.txt", "lib/seen.txt"}
    assert stage.world.remote.read("lib/seen.txt", BRANCH) == b"found $HOME\n"


@pytest.mark.parametrize("name", sorted(name for name, plain in PLAIN.items() if plain.rejected))
def test_a_rejected_key_is_told_as_that_and_nothing_is_committed(name, tmp_path):
    stage, plain = Stage(tmp_path), PLAIN[name]
    with ModelServer(HONEST) as server:
        server.status = 401
        ran = stage.play(plain, server)
    assert ran.cause["code"] == plain.rejected, ran.cause
    assert ran.verdict == "AGENT_FAULT"
    assert stage.committed() == set()


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_an_agent_that_nobody_set_up_says_so_and_what_to_do(name, tmp_path):
    stage, plain = Stage(tmp_path), PLAIN[name]
    with ModelServer(HONEST) as server:
        ran = stage.play(plain, server, prepared=False)
    assert ran.cause["code"] == plain.unprepared, ran.cause
    assert "kiro-worker resume" in str(ran.cause["next_step"])


@pytest.mark.parametrize("command", ["auggie --acp", "auggie --print"])
def test_an_agent_that_works_with_a_login_of_its_maker_alone_says_so(command, tmp_path):
    protocol = "acp" if "--acp" in shlex.split(command) else "headless"
    ran = Stage(tmp_path).run(command, AUGGIE, {}, "--protocol", protocol)
    assert ran.cause["code"] == "agent.logged-out", ran.cause
    assert "auggie login" in str(ran.cause["message"])

"""Each isolation keeps its promises."""

import os

import pytest

from kiro_worker.isolation.account import account_for
from kiro_worker.isolation.bubblewrap import BubblewrapIsolation
from kiro_worker.isolation.none import NoIsolation
from kiro_worker.isolation.user import UserIsolation
from kiro_worker.process import Command
from kiro_worker.testing.isolation_contract import IsolationContract, StrongIsolationContract

SEARCH_PATH = os.environ["PATH"]


class TestNone(IsolationContract):
    def isolation(self, state):
        return NoIsolation()


class TestUser(StrongIsolationContract):
    def isolation(self, state):
        return UserIsolation(account_for("r-1"), state=state)

    async def test_a_program_in_a_closed_folder_is_named_with_what_to_do(self, stage, tmp_path):
        program = tmp_path / "closed/agent"
        program.parent.mkdir(mode=0o700)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        from kiro_worker.isolation.fault import OutOfReach

        with pytest.raises(OutOfReach, match="is closed to user") as caught:
            await stage.confined.run(Command(argv=(str(program),), cwd=stage.ground.tree, environment={}))
        assert "--isolation bubblewrap" in caught.value.next_step

    async def test_a_state_folder_that_others_do_not_get_to_is_told_of(self, stage):
        closed = stage.state.with_name("closed")
        closed.mkdir(mode=0o700)
        for state in (closed / "state", closed / "not/yet/there"):
            probe = await UserIsolation(account_for("r-1"), state=state).probe(stage.children)
            assert not probe.works
            assert f"no other user gets through {closed} to the state folder" in probe.reason
            assert "XDG_STATE_HOME" in probe.reason

    async def test_an_agent_that_others_do_not_get_to_is_told_of(self, stage, tmp_path):
        tmp_path.chmod(0o700)
        (tmp_path / "agent").touch(0o755)
        known = UserIsolation(account_for("r-1"), state=stage.state, programs=(tmp_path / "agent",))
        reason = (await known.probe(stage.children)).reason
        assert f"{tmp_path / 'agent'}: " in reason
        assert "is closed to it; install it where every user may run it" in reason


class TestBubblewrap(StrongIsolationContract):
    def isolation(self, state):
        return BubblewrapIsolation(account_for("r-1"), state=state, search_path=SEARCH_PATH)

    async def test_it_sees_no_process_but_its_own(self, stage):
        said = await stage.said("ls -d /proc/[0-9]*; sleep 0 & wait")
        assert 0 < len(said.split()) <= 4

    async def test_temporary_files_of_others_are_not_there(self, stage, tmp_path):
        assert await stage.said("ls -A /tmp /var/tmp /home /root /run /srv /mnt 2>/dev/null | grep pytest; true") == ""

    async def test_without_network_there_is_only_a_loop(self, stage):
        from dataclasses import replace

        from kiro_worker.isolation.confined import Confined
        from kiro_worker.process import Restraint

        ground = replace(stage.ground, network=False)
        alone = Confined(stage.children, stage.isolation, ground, Restraint())
        over = await alone.run(stage.command("cat /proc/net/dev"))
        assert [line.split(":")[0].strip() for line in over.stdout.decode().splitlines()[2:]] == ["lo"]

    async def test_a_tool_that_is_shown_can_be_run_wherever_it_lies(self, stage, tmp_path):
        from dataclasses import replace

        from kiro_worker.isolation.confined import Confined
        from kiro_worker.isolation.fault import OutOfReach
        from kiro_worker.process import Restraint

        tmp_path.chmod(0o700)
        (tmp_path / "bin").mkdir(mode=0o755)
        program = tmp_path / "bin/agent"
        program.write_text("#!/bin/sh\necho here; echo x >$0\n")
        program.chmod(0o755)
        command = Command(argv=(str(program),), cwd=stage.ground.tree, environment={"HOME": str(stage.home)})
        with pytest.raises(OutOfReach, match="is not shown"):
            await stage.confined.run(command)
        shown = replace(stage.ground, readable=(tmp_path / "bin",))
        over = await Confined(stage.children, stage.isolation, shown, Restraint()).run(command)
        assert over.stdout == b"here\n"
        assert "echo here" in program.read_text()

    async def test_a_state_folder_inside_something_shown_is_still_hidden(self, stage):
        from dataclasses import replace

        from kiro_worker.isolation.confined import Confined
        from kiro_worker.process import Restraint

        shown = replace(stage.ground, readable=(stage.state.parent,))
        over = await Confined(stage.children, stage.isolation, shown, Restraint()).run(
            stage.command(f"ls {stage.state}")
        )
        assert "state.db" not in over.stdout.decode()

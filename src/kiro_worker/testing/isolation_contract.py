"""What every isolation promises, and what those that are one promise besides."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from kiro_worker.isolation import Ground, Isolation
from kiro_worker.isolation.confined import Confined
from kiro_worker.process import Children, Command, Exit, Limits, NotStarted, Restraint

SECRET = "ghs_never-to-be-seen-by-anybody"


@dataclass(kw_only=True)
class Stage:
    """A worker's state folder with a run in it, and another one."""

    children: Children
    isolation: Isolation
    state: Path
    ground: Ground
    confined: Confined
    home: Path

    def command(self, script: str, **variables: str) -> Command:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), **variables}
        return Command(argv=("/bin/sh", "-c", script), cwd=self.ground.tree, environment=environment)

    async def sh(self, script: str, **variables: str) -> Exit:
        return await self.confined.run(self.command(script, **variables), Limits(wall=30))

    async def said(self, script: str, **variables: str) -> str:
        over = await self.sh(script, **variables)
        return (over.stdout + over.stderr).decode()


class IsolationContract:
    """Subclasses say which isolation."""

    def isolation(self, state: Path) -> Isolation:
        raise NotImplementedError

    @pytest.fixture
    def state(self) -> Iterator[Path]:
        # Not pytest's own: other users do not get through the folders above that.
        above = Path(tempfile.mkdtemp(prefix="kiro-worker-isolation-"))
        above.chmod(0o711)
        yield above / "state"
        shutil.rmtree(above)

    @pytest.fixture
    async def stage(self, state: Path) -> AsyncIterator[Stage]:
        for name in ("mirror", "workspaces/r-1/tree/.git/objects/pack", "workspaces/r-2/tree", "homes/r-2/leaf"):
            (state / name).mkdir(parents=True)
        home = state / "homes/r-1/leaf"
        home.mkdir(parents=True, mode=0o700)
        # As both are until its processes are let in.
        (state / "workspaces/r-2").chmod(0o700)
        (state / "homes/r-2/leaf").chmod(0o700)
        (state / "state.db").write_text(SECRET)
        (state / "workspaces/r-2/tree/file").write_text(SECRET)
        (state / "homes/r-2/leaf/login").write_text(SECRET)
        tree = state / "workspaces/r-1/tree"
        (tree / "file").write_text("old\n")
        pack = state / "mirror/pack"
        pack.write_text("packed")
        pack.chmod(0o444)
        os.link(pack, tree / ".git/objects/pack/pack-1.pack")
        async with Children() as children:
            isolation = self.isolation(state)
            probe = await isolation.probe(children)
            if not probe.works:
                pytest.skip(f"isolation {isolation.name} does not work here: {probe.reason}")
            ground = Ground(tree=tree, homes=home.parent, private=(state,))
            confined = Confined(children, isolation, ground, Restraint())
            yield Stage(
                children=children, isolation=isolation, state=state, ground=ground, confined=confined, home=home
            )
            isolation.restore(ground)

    async def test_a_program_works_in_its_tree_and_its_home(self, stage: Stage) -> None:
        over = await stage.sh("pwd; cat file; echo new >file; mkdir a; echo x >a/b; echo y >$HOME/z")
        assert over.ok, over.stderr
        assert over.stdout.decode() == f"{stage.ground.tree}\nold\n"
        assert (stage.ground.tree / "file").read_text() == "new\n"
        assert (stage.ground.tree / "a/b").read_text() == "x\n"
        assert (stage.home / "z").read_text() == "y\n"

    async def test_what_one_program_made_the_next_one_goes_on_with(self, stage: Stage) -> None:
        await stage.sh("mkdir a; echo x >a/b; chmod 700 a; chmod 600 a/b")
        (stage.ground.tree / "file").unlink()
        (stage.ground.tree / "file").write_text("the worker's own")
        assert await stage.said("cat a/b file; echo more >>file; cat file") == (
            "x\nthe worker's ownthe worker's ownmore\n"
        )

    async def test_afterwards_everything_is_the_worker_s_again(self, stage: Stage) -> None:
        await stage.sh("mkdir a; echo x >a/b; ln -s /etc/passwd link; ln -s nowhere dangling")
        stage.isolation.restore(stage.ground)
        owners = {path.lstat().st_uid for path in (stage.ground.tree, *stage.ground.tree.rglob("*"))}
        assert owners == {os.geteuid()}

    async def test_giving_and_taking_follow_no_link(self, stage: Stage, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "file").write_text("not the run's")
        before = outside.stat(), (outside / "file").stat()
        (stage.ground.tree / "link").symlink_to(outside)
        (stage.ground.tree / "file-link").symlink_to(outside / "file")
        stage.home.rmdir()
        stage.home.symlink_to(outside)
        await stage.sh("true")
        stage.isolation.restore(stage.ground)
        after = outside.stat(), (outside / "file").stat()
        assert [(told.st_uid, told.st_mode) for told in before] == [(told.st_uid, told.st_mode) for told in after]

    async def test_a_shared_pack_stays_the_worker_s(self, stage: Stage) -> None:
        pack = stage.state / "mirror/pack"
        before = pack.stat()
        await stage.sh("true")
        stage.isolation.restore(stage.ground)
        after = pack.stat()
        assert (after.st_uid, after.st_mode, after.st_ino) == (before.st_uid, before.st_mode, before.st_ino)
        assert (stage.ground.tree / ".git/objects/pack/pack-1.pack").stat().st_ino == before.st_ino

    async def test_a_program_gets_no_descriptor_but_its_three(self, stage: Stage) -> None:
        with (stage.state / "state.db").open("rb") as file:
            os.set_inheritable(file.fileno(), True)
            said = await stage.said("ls /proc/self/fd")
        # One more is what `ls` reads the folder by.
        assert said.split() == ["0", "1", "2", "3"]

    async def test_ways_to_a_cloud_s_credentials_are_taken_out_of_the_environment(self, stage: Stage) -> None:
        said = await stage.said(
            "env",
            AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/v2/credentials",
            ECS_CONTAINER_METADATA_URI_V4="http://169.254.170.2",
            CODEBUILD_BUILD_ID="b",
            MINE="kept",
            XDG_CONFIG_HOME="/root/.config",
        )
        told = dict(line.split("=", 1) for line in said.splitlines())
        assert not [name for name in told if name.startswith(("AWS_CONTAINER", "ECS_", "CODEBUILD_"))]
        assert told["MINE"] == "kept"
        assert told["AWS_EC2_METADATA_DISABLED"] == "true"
        assert told["XDG_CONFIG_HOME"] == f"{stage.home}/.config"

    async def test_the_environment_stands_in_no_command_line(self, stage: Stage) -> None:
        child = await stage.confined.start(stage.command("echo on; sleep 60", MODEL_KEY=SECRET))
        assert child.stdout is not None
        assert await child.stdout.readline() == b"on\n"
        lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _tree(child.pid)]
        await stage.confined.end(child, grace=0)
        assert lines
        assert not [line for line in lines if SECRET.encode() in line]

    async def test_a_program_that_is_not_there_is_a_named_fault(self, stage: Stage) -> None:
        with pytest.raises(NotStarted, match="no-such-program could not be started"):
            await stage.confined.run(Command(argv=("no-such-program",), cwd=stage.ground.tree, environment={}))

    async def test_status_and_outputs_come_back(self, stage: Stage) -> None:
        over = await stage.sh("echo out; echo err >&2; exit 7")
        assert (over.status, over.stdout, over.stderr) == (7, b"out\n", b"err\n")

    async def test_a_program_that_is_ended_has_time_to_end_in_good_order(self, stage: Stage) -> None:
        child = await stage.confined.start(
            stage.command(
                "trap 'echo saved >$HOME/state; exit 0' TERM; sleep 60 & echo on; while :; do wait; sleep 0.05; done"
            )
        )
        assert child.stdout is not None
        assert await child.stdout.readline() == b"on\n"
        await stage.confined.end(child)
        assert (stage.home / "state").read_text() == "saved\n"
        assert not _tree(child.pid)

    async def test_nothing_outlives_its_end(self, stage: Stage) -> None:
        # Another number for each process that runs these tests, as they look at all of the machine's.
        daemon = f"setsid sh -c 'trap \"\" TERM; echo on; exec sleep 61.{os.getpid()}' & wait"
        child = await stage.confined.start(stage.command(daemon))
        assert child.stdout is not None
        assert await child.stdout.readline() == b"on\n"
        await stage.confined.end(child, grace=0.2)
        assert not [one.pid for one in psutil.process_iter() if _line(one) == ["sleep", f"61.{os.getpid()}"]]

    async def test_nothing_outlives_a_killed_worker(self, stage: Stage) -> None:
        script = (
            "import asyncio, os, sys\n"
            "from pathlib import Path\n"
            "from kiro_worker.process import Child, Children, Command, Limits\n"
            "from dataclasses import replace\n"
            "import pickle\n"
            "command = pickle.load(open(sys.argv[1], 'rb'))\n"
            "async def main():\n"
            "    async with Children() as children:\n"
            "        child = await children.start(command)\n"
            "        print((await child.stdout.readline()).decode(), flush=True)\n"
            "        await asyncio.sleep(60)\n"
            "asyncio.run(main())\n"
        )
        stage.isolation.settle(stage.ground)
        import pickle

        confined = stage.isolation.confine(stage.command(f"echo on; exec sleep 62.{os.getpid()}"), stage.ground)
        note = stage.state / "command"
        note.write_bytes(pickle.dumps(confined))
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, str(note), stdout=asyncio.subprocess.PIPE
        )
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"on\n"
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        left = [0]
        for _ in range(100):
            left = [one.pid for one in psutil.process_iter() if _line(one) == ["sleep", f"62.{os.getpid()}"]]
            if not left:
                break
            await asyncio.sleep(0.02)
        stage.isolation.regain(stage.ground)
        assert not left


class StrongIsolationContract(IsolationContract):
    """What `user` and `bubblewrap` keep a process from."""

    async def test_the_worker_s_environment_memory_and_descriptors_are_out_of_reach(self, stage: Stage) -> None:
        worker = os.getpid()
        said = await stage.said(
            f"cat /proc/{worker}/environ; cat /proc/{worker}/maps; ls /proc/{worker}/fd; ls /proc/{worker}/root"
        )
        assert len(said.splitlines()) == 4
        assert all("Permission denied" in line or "No such file" in line for line in said.splitlines()), said

    async def test_the_worker_cannot_be_signalled(self, stage: Stage) -> None:
        assert not (await stage.sh(f"kill -0 {os.getpid()}")).ok

    async def test_the_state_folder_is_out_of_reach(self, stage: Stage) -> None:
        said = await stage.said(f"cat {stage.state}/state.db; ls {stage.state}; echo x >{stage.state}/state.db")
        assert SECRET not in said
        assert "workspaces\n" not in said or "homes\n" in said
        assert (stage.state / "state.db").read_text() == SECRET

    async def test_other_runs_are_out_of_reach(self, stage: Stage) -> None:
        said = await stage.said(f"cat {stage.state}/workspaces/r-2/tree/file {stage.state}/homes/r-2/leaf/login")
        assert SECRET not in said
        assert len(said.splitlines()) == 2

    async def test_another_home_of_the_same_run_is_out_of_reach(self, stage: Stage) -> None:
        other = stage.home.with_name("other")
        other.mkdir(mode=0o700)
        (other / "login").write_text(SECRET)
        assert SECRET not in await stage.said(f"cat {other}/login")

    async def test_no_home_but_one_of_the_run_s_is_given(self, stage: Stage, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(SECRET)
        tmp_path.chmod(0o700)
        said = await stage.said("cat $HOME/key; echo x >$HOME/new", HOME=str(tmp_path))
        assert SECRET not in said
        assert not (tmp_path / "new").exists()
        said = await stage.said("cat $HOME/state.db", HOME=str(stage.state))
        assert SECRET not in said

    async def test_a_shared_pack_can_be_read_and_not_written(self, stage: Stage) -> None:
        pack = ".git/objects/pack/pack-1.pack"
        said = await stage.said(f"cat {pack}; chmod u+w {pack}; echo broken >{pack}")
        assert said.startswith("packed")
        assert (stage.state / "mirror/pack").read_text() == "packed"
        assert (stage.state / "mirror/pack").stat().st_mode & 0o777 == 0o444

    async def test_it_has_no_capability_and_gains_none(self, stage: Stage) -> None:
        said = await stage.said("grep -E '^(CapEff|CapPrm|CapInh|CapAmb|NoNewPrivs)' /proc/self/status")
        told = dict(line.split(":\t") for line in said.splitlines())
        assert told.pop("NoNewPrivs") == "1"
        assert set(told.values()) == {"0000000000000000"}

    async def test_system_files_cannot_be_written(self, stage: Stage) -> None:
        assert not (await stage.sh("echo x >/etc/kiro-worker-was-here || echo x >/usr/kiro-worker-was-here")).ok
        assert not Path("/etc/kiro-worker-was-here").exists()

    async def test_between_programs_nobody_gets_into_the_tree_by_name(self, stage: Stage) -> None:
        if not stage.isolation.own_account:
            pytest.skip("the processes have the worker's own account")
        await stage.sh("true")
        for folder in (stage.ground.tree, stage.home):
            told = folder.stat()
            assert (told.st_uid, told.st_mode & 0o777) == (os.geteuid(), 0o700)


def _tree(pid: int) -> list[int]:
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []

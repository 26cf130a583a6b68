import asyncio
import subprocess
import sys

import pytest

from e2e.world import wait_for
from kiro_worker.clock import SystemClock
from kiro_worker.launch.inline import inline_launches, is_over
from kiro_worker.process import Children
from kiro_worker.testing.launch_contract import LimitedLaunchesContract, ready, request

# A launcher that can be killed.
LAUNCHER = """
import asyncio, sys
from pathlib import Path
from kiro_worker.clock import SystemClock
from kiro_worker.launch.inline import inline_launches, is_over
from kiro_worker.process import Children
from kiro_worker.testing.launch_contract import LaunchesContract, request

async def main(folder):
    async with Children() as children, inline_launches(
        children, SystemClock(), program=LaunchesContract.program(folder),
        environment=LaunchesContract.environment(folder), folder=folder / "launch",
    ) as launches:
        print((await launches.launch(request("r-1"))).where, flush=True)
        await asyncio.sleep(60)

asyncio.run(main(Path(sys.argv[1])))
"""


class TestInlineLaunches(LimitedLaunchesContract):
    @pytest.fixture
    async def launches(self, tmp_path):
        async with (
            Children() as children,
            inline_launches(
                children,
                SystemClock(),
                program=self.program(tmp_path),
                environment=self.environment(tmp_path),
                folder=tmp_path / "launch",
                most=2,
            ) as launches,
        ):
            yield launches

    async def test_nothing_is_left_behind_by_what_ended(self, launches, tmp_path):
        await launches.launch(request("r-1", "exit-0"))
        async with asyncio.timeout(20):
            await anext(launches.ends())
        assert list((tmp_path / "launch").iterdir()) == []


async def test_whoever_lets_go_of_it_waits_until_its_runs_have_ended_in_order(tmp_path):
    contract = LimitedLaunchesContract
    async with (
        Children() as children,
        inline_launches(
            children,
            SystemClock(),
            program=contract.program(tmp_path),
            environment=contract.environment(tmp_path),
            folder=tmp_path / "launch",
        ) as launches,
    ):
        await launches.launch(request("r-1"))
        await ready(tmp_path)
        await launches.close()
        async with asyncio.timeout(5):
            end = await anext(launches.ends())
        assert (end.exit_status, await launches.running()) == (143, ())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death")
def test_the_runs_of_a_launcher_that_is_killed_are_asked_to_end(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", LAUNCHER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    asyncio.run(ready(tmp_path))
    assert not is_over(tmp_path / "launch", "r-1")
    process.kill()
    process.communicate()
    log = tmp_path / "launch" / "r-1.log"
    wait_for(lambda: log.read_text() == "asked to end\n")
    # Whoever comes next knows of its end, without having been there.
    wait_for(lambda: is_over(tmp_path / "launch", "r-1"))
    assert not is_over(tmp_path / "launch", "r-never")

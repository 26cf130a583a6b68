"""What every `Launches` promises, as tests: subclass, and give the fixtures."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from kiro_worker.launch.port import AtLimit, Ended, Launched, Launches, LaunchRequest

# Stands in for `kiro-worker`: notes each start, and does what the branch's name says.
STAND_IN = """
import json, os, signal, sys, time
from pathlib import Path

said = [word.partition("=") for word in sys.argv[1:]]
given = {name: value for name, _, value in said}
os.set_blocking(0, False)
# Before anybody can know of it.
signal.signal(signal.SIGTERM, lambda *_: (print("asked to end"), sys.exit(143)))
Path(os.environ["STARTS"], f"{given['--run-id']}.{os.getpid()}").write_text(json.dumps(sys.argv[1:]))
what, _, number = given["--branch"].partition("-")
if what == "exit":
    print("last words of", given["--run-id"])
    sys.exit(int(number))
if what == "crash":
    os.kill(os.getpid(), signal.SIGKILL)
Path(os.environ["STARTS"], "ready").touch()
time.sleep(60)
"""

ONCE = "asked-twice"


# What was asked for is known by these; they are no secrets.
TOKENS = ("t-r-1", "t-r-2", "t-r-3")


def request(run: str, branch: str = "wait", *, token: str = "", **more: Any) -> LaunchRequest:
    """A request to a stand-in: `exit-3` ends with that status, `crash` dies, `wait` waits to be stopped."""
    return LaunchRequest(token=token or run, run=run, repository="/srv/shop.git", branch=branch, **more)


class LaunchesContract:
    """Promises of one launcher.

    Give the fixture `launches`, a launcher of at most two runs at once that calls `program(tmp_path)` with
    `environment(tmp_path)`.
    """

    #: What is told as the last words of a run that was stopped: its own, unless it is given no time for any.
    stopped_says: ClassVar[str] = "asked to end"

    @staticmethod
    def program(folder: Path) -> tuple[str, ...]:
        """What to start in place of the worker."""
        script = folder / "stand_in.py"
        script.write_text(STAND_IN)
        return (sys.executable, str(script))

    @staticmethod
    def environment(folder: Path) -> dict[str, str]:
        """The environment of what is started."""
        (folder / "starts").mkdir(exist_ok=True)
        return {"STARTS": str(folder / "starts")}

    @pytest.fixture
    def starts(self, tmp_path: Path) -> Callable[[str], list[list[str]]]:
        """The command lines that a run was started with."""

        def look(run: str) -> list[list[str]]:
            return [json.loads(path.read_text()) for path in (tmp_path / "starts").glob(f"{run}.*")]

        return look

    async def test_a_run_is_started_and_its_end_is_told(
        self, launches: Launches, starts: Callable[[str], list[list[str]]]
    ) -> None:
        launched = await launches.launch(request("r-1", "exit-3", item="7", resumes="r-0", feedback=("IC_1", "2/3")))
        assert isinstance(launched, Launched)
        assert (launched.token, launched.run) == ("r-1", "r-1")
        (end,) = await ends(launches, 1)
        assert (end.token, end.run, end.exit_status) == ("r-1", "r-1", 3)
        (words,) = starts("r-1")
        assert words[:2] == ["run", "--quiet"]
        assert {"--run-id=r-1", "--item=7", "--resumes=r-0", "--branch=exit-3"} <= set(words)
        assert [word for word in words if "feedback" in word] == ["--feedback=IC_1", "--feedback=2/3"]

    async def test_what_a_run_said_last_is_told_with_its_end(self, launches: Launches) -> None:
        await launches.launch(request("r-1", "exit-2"))
        (end,) = await ends(launches, 1)
        assert end.said.endswith("last words of r-1")

    async def test_one_token_is_one_run_however_often_it_is_asked_for(
        self, launches: Launches, starts: Callable[[str], list[list[str]]]
    ) -> None:
        asked = request("r-1", "exit-0", token=ONCE)
        first, again = await asyncio.gather(launches.launch(asked), launches.launch(asked))
        await ends(launches, 1)
        late = await launches.launch(asked)
        assert isinstance(first, Launched)
        assert isinstance(again, Launched)
        assert isinstance(late, Launched)
        assert {first.run, again.run, late.run} == {"r-1"}
        assert len(starts("r-1")) == 1

    async def test_what_is_under_way_is_known(self, launches: Launches) -> None:
        await launches.launch(request("r-1"))
        await launches.launch(request("r-2", "exit-0"))
        await ends(launches, 1)
        assert [each.run for each in await launches.running()] == ["r-1"]

    async def test_a_run_that_is_killed_ends_without_a_status(self, launches: Launches) -> None:
        await launches.launch(request("r-1", "crash"))
        (end,) = await ends(launches, 1)
        assert (end.run, end.exit_status) == ("r-1", None)
        assert await launches.running() == ()

    async def test_a_run_is_asked_to_end_and_does_so_in_order(self, launches: Launches, tmp_path: Path) -> None:
        await launches.launch(request("r-1"))
        await ready(tmp_path)
        assert await launches.stop("r-1")
        assert await launches.stop("r-1")
        (end,) = await ends(launches, 1)
        assert (end.exit_status, end.said) == (143, self.stopped_says)
        assert not await launches.stop("r-1")

    async def test_nothing_that_is_not_there_can_be_stopped(self, launches: Launches) -> None:
        assert not await launches.stop("r-never")

    async def test_a_value_that_looks_like_an_option_stays_a_value(
        self, launches: Launches, starts: Callable[[str], list[list[str]]]
    ) -> None:
        await launches.launch(request("r-1", "exit-0", item="--json", spec="--help"))
        await ends(launches, 1)
        (words,) = starts("r-1")
        assert {"--item=--json", "--spec=--help"} <= set(words)


class LimitedLaunchesContract(LaunchesContract):
    """Also the promises of a launcher that starts no more than two at once and does not queue."""

    async def test_a_limit_is_told_and_nothing_waits_for_its_turn(
        self, launches: Launches, starts: Callable[[str], list[list[str]]], tmp_path: Path
    ) -> None:
        await launches.launch(request("r-1"))
        await launches.launch(request("r-2"))
        await ready(tmp_path)
        third = await launches.launch(request("r-3", "exit-0"))
        assert isinstance(third, AtLimit)
        assert third.why
        await launches.stop("r-1")
        await ends(launches, 1)
        assert starts("r-3") == []
        assert isinstance(await launches.launch(request("r-3", "exit-0")), Launched)


class DurableLaunchesContract(LaunchesContract):
    """Also the promises of a launcher of at most two at once that queues, and forgets nothing when it is killed.

    Give the fixture `reopened` besides, which makes another launcher of the same store, as a new process would.
    """

    async def test_what_cannot_begin_yet_waits_for_its_turn(
        self, launches: Launches, starts: Callable[[str], list[list[str]]], tmp_path: Path
    ) -> None:
        for run in ("r-1", "r-2"):
            await launches.launch(request(run))
        await started(tmp_path, "r-1")
        await started(tmp_path, "r-2")
        third = await launches.launch(request("r-3", "exit-0"))
        assert isinstance(third, Launched)
        assert third.began is None
        assert [(each.run, each.began is None) for each in await launches.running()] == [
            ("r-1", False), ("r-2", False), ("r-3", True),
        ]  # fmt: skip
        assert starts("r-3") == []
        await launches.stop("r-1")
        assert [end.run for end in await ends(launches, 2)] == ["r-1", "r-3"]

    async def test_one_that_waits_is_taken_out_of_the_queue(
        self, launches: Launches, starts: Callable[[str], list[list[str]]], tmp_path: Path
    ) -> None:
        for run in ("r-1", "r-2", "r-3", "r-4"):
            await launches.launch(request(run, "exit-0" if run == "r-4" else "wait"))
        await started(tmp_path, "r-1")
        assert await launches.stop("r-3")
        assert not await launches.stop("r-3")
        (end,) = await ends(launches, 1)
        assert (end.run, end.exit_status) == ("r-3", 143)
        await launches.stop("r-1")
        assert [end.run for end in await ends(launches, 2)] == ["r-1", "r-4"]
        assert starts("r-3") == []

    async def test_whoever_comes_back_knows_of_all_that_was_accepted(
        self, launches: Launches, reopened: Callable[[], Launches], tmp_path: Path
    ) -> None:
        for run in ("r-1", "r-2", "r-3"):
            await launches.launch(request(run, "exit-5" if run == "r-3" else "wait", token=f"t-{run}"))
        await started(tmp_path, "r-1")
        await started(tmp_path, "r-2")
        await launches.close()
        again = reopened()
        assert [(each.token, each.run, each.began is None) for each in await again.running()] == [
            ("t-r-1", "r-1", False), ("t-r-2", "r-2", False), ("t-r-3", "r-3", True),
        ]  # fmt: skip
        found = await again.launch(request("r-other", token=TOKENS[0]))
        assert isinstance(found, Launched)
        assert found.run == "r-1"
        assert await again.stop("t-r-1")
        assert [(end.run, end.exit_status) for end in await ends(again, 2)] == [("r-1", 143), ("r-3", 5)]

    async def test_an_end_that_nobody_was_told_of_is_told_to_whoever_comes_next(
        self, launches: Launches, reopened: Callable[[], Launches]
    ) -> None:
        await launches.launch(request("r-1", "exit-3"))
        await over(launches)
        await launches.close()
        (end,) = await ends(reopened(), 1)
        assert (end.run, end.exit_status, end.said) == ("r-1", 3, "last words of r-1")

    async def test_an_end_is_told_again_until_the_next_one_was_asked_for(
        self, launches: Launches, reopened: Callable[[], Launches]
    ) -> None:
        await launches.launch(request("r-1", "exit-3"))
        (end,) = await ends(launches, 1)
        again = reopened()
        assert await ends(again, 1) == [end]
        await launches.launch(request("r-2", "exit-4"))
        assert [each.run for each in await ends(again, 1)] == ["r-2"]
        assert [each.run for each in await ends(reopened(), 1)] == ["r-2"]

    async def test_a_token_is_known_after_its_run_has_ended(
        self, launches: Launches, reopened: Callable[[], Launches], starts: Callable[[str], list[list[str]]]
    ) -> None:
        await launches.launch(request("r-1", "exit-0", token=TOKENS[0]))
        await ends(launches, 1)
        late = await reopened().launch(request("r-2", "exit-0", token=TOKENS[0]))
        assert isinstance(late, Launched)
        assert late.run == "r-1"
        await over(launches)
        assert (len(starts("r-1")), len(starts("r-2"))) == (1, 0)


async def over(launches: Launches) -> None:
    """Wait until nothing is under way."""
    async with asyncio.timeout(20):
        while await launches.running():  # noqa: ASYNC110  # other processes end
            await asyncio.sleep(0.02)


async def started(folder: Path, run: str) -> None:
    """Wait until a run was started."""
    async with asyncio.timeout(20):
        while not list((folder / "starts").glob(f"{run}.*")):  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.01)


async def ends(launches: Launches, many: int) -> list[Ended]:
    """The next ends; they have to come in good time."""
    told: AsyncIterator[Ended] = launches.ends()
    async with asyncio.timeout(20):
        return [await anext(told) for _ in range(many)]


async def ready(folder: Path) -> None:
    """Wait until a stand-in that waits can be asked to end."""
    async with asyncio.timeout(20):
        while not (folder / "starts" / "ready").exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.01)

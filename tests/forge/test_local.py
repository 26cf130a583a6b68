import asyncio
import itertools

import pytest

from kiro_worker.forge import ForgeFault
from kiro_worker.forge.local import Edit, LocalForge
from kiro_worker.state import open_state
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.forge_contract import BRANCH, ForgeContract, proposal


class LocalSide:
    def __init__(self, state):
        self.state = state
        self.people = self.forge()
        self._commits = (f"{n:040x}" for n in itertools.count(1))

    def forge(self):
        return LocalForge(self.state, "/srv/git/engine", HandClock())

    def push(self, branch):
        return next(self._commits)

    def lose_answers(self, count, *, done):
        """A transaction of this process has no answer that could be lost."""

    async def pulls(self):
        return await self.people.pull_requests()

    async def edit(self, number, **changes):
        await self.people.edit(number, Edit(**changes))

    async def settle(self, number, *, merged):
        await self.people.settle(number, merged=merged)

    async def statuses(self, commit):
        return await self.people.statuses(commit)

    async def say(self, number, author, body, **more):
        return await self.people.talk.say(number, author, body, **more)

    async def let(self, account, *, may_write):
        await self.people.talk.let(account, may_write=may_write)

    async def check(self, commit, name, state, says=""):
        # The worker's own are commit statuses, which are kept apart.
        if not name.startswith("kiro-worker"):
            await self.people.talk.check(commit, name, state, says)


@pytest.fixture
def side(tmp_path):
    state = open_state(tmp_path)
    yield LocalSide(state)
    state.close()


class TestLocalForge(ForgeContract):
    pass


async def test_repositories_of_one_machine_do_not_mix(side):
    other = LocalForge(side.state, "/srv/git/other")
    await side.forge().publish(proposal("a"))
    assert await other.find(BRANCH) is None
    assert (await other.publish(proposal("a"))).pull_request.number == 1
    assert (await other.find(BRANCH)).url == "local:/srv/git/other/pull/1"


async def test_pull_requests_outlive_the_process(side, tmp_path):
    told = await side.forge().publish(proposal("a"))
    again = open_state(tmp_path)
    assert await LocalForge(again, "/srv/git/engine").find(BRANCH) == told.pull_request
    again.close()


async def test_a_push_moves_the_head_and_changes_nothing_else(side):
    forge = side.forge()
    await forge.publish(proposal("a"))
    told = await forge.publish(proposal("b"))
    assert (told.change, told.pull_request.head) == ("unchanged", "b")
    assert (await forge.find(BRANCH)).head == "b"


async def test_what_is_not_there_cannot_be_edited(side):
    with pytest.raises(ForgeFault, match=r"Could not find pull request #7 .*no such pull request"):
        await side.people.edit(7, Edit(title="x"))


async def test_a_closed_one_can_be_reopened_unless_another_took_its_place(side):
    forge = side.forge()
    first = (await forge.publish(proposal("a"))).pull_request
    await side.settle(first.number, merged=False)
    assert (await side.people.reopen(first.number)).open
    await side.settle(first.number, merged=False)
    await forge.publish(proposal("b", run="r-two"))
    with pytest.raises(ForgeFault, match="another open pull request goes from feature/login to main"):
        await side.people.reopen(first.number)


async def test_a_merged_one_cannot_be_reopened(side):
    number = (await side.forge().publish(proposal("a"))).pull_request.number
    await side.settle(number, merged=True)
    with pytest.raises(ForgeFault, match="it was merged"):
        await side.people.reopen(number)


async def test_the_newest_of_several_closed_ones_is_found(side):
    forge = side.forge()
    for n in range(3):
        number = (await forge.publish(proposal(str(n), run=f"r-{n}"))).pull_request.number
        await side.settle(number, merged=False)
    assert (await forge.find(BRANCH)).number == 3


async def test_a_cancelled_publish_can_simply_be_made_again(side):
    forge = side.forge()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(forge.publish(proposal("a")))
        await asyncio.sleep(0)
        task.cancel()
    await forge.publish(proposal("a"))
    assert len(await side.pulls()) == 1
    await forge.close()

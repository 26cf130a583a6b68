import asyncio

import pytest

from kiro_worker.agent.closing import to_the_end


async def test_work_is_done_whole_however_often_its_caller_is_cancelled():
    begun, may_end, done = asyncio.Event(), asyncio.Event(), []

    async def work():
        begun.set()
        await may_end.wait()
        done.append(True)

    async with asyncio.TaskGroup() as group:
        caller = group.create_task(to_the_end(work()))
        await begun.wait()
        for _ in range(3):
            caller.cancel()
            await asyncio.sleep(0)
        assert not caller.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await caller
    assert done == [True]


async def test_a_fault_of_the_work_is_not_hidden():
    async def work():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await to_the_end(work())

import asyncio
from datetime import timedelta

from kiro_worker.testing.clock import HandClock


async def test_a_sleeper_wakes_only_when_the_hands_have_moved_far_enough():
    clock, woken = HandClock(), []

    async def sleeper(seconds):
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.TaskGroup() as group:
        for seconds in (0, 5, 10):
            group.create_task(sleeper(seconds))
        await asyncio.sleep(0)
        clock.advance(5)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert woken == [0, 5]
        clock.advance(5)
    assert woken == [0, 5, 10]
    assert clock.slept == [0, 5, 10]


async def test_a_hurried_clock_passes_the_time_by_itself():
    clock = HandClock(hurried=True)
    before = clock.now()
    await clock.sleep(3600)
    assert clock.now() - before == timedelta(hours=1)
    assert clock.monotonic() == 3600


async def test_running_time_wakes_each_sleeper_at_its_own_moment():
    clock, seen = HandClock(), []

    async def beat():
        while len(seen) < 3:
            await clock.sleep(10)
            seen.append(clock.monotonic())

    async with asyncio.TaskGroup() as group:
        group.create_task(beat())
        await clock.run(35)
    assert seen == [10, 20, 30]
    assert clock.monotonic() == 35


async def test_a_stepped_wall_clock_passes_no_time():
    clock = HandClock()
    before = clock.now()
    clock.step(-3600)
    assert clock.now() - before == timedelta(hours=-1)
    assert clock.monotonic() == 0


async def test_a_test_can_wait_until_the_code_under_test_sleeps():
    clock = HandClock()
    async with asyncio.TaskGroup() as group:
        group.create_task(clock.sleep(1))
        group.create_task(clock.sleep(2))
        await clock.asleep(2)
        await clock.asleep()
        clock.advance(2)

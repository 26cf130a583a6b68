"""What every `Reservations` promises, as tests: subclass, and give the fixtures."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from kiro_worker.lease.port import Leases
from kiro_worker.lease.reservation import Reservation, Reservations
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.lease_contract import ANNA, BEN, KEY, holder, taken

Another = Callable[..., Reservations]

# What a launcher reserves for before it knows its build, and what a build may take.
SHORT, LONG = 300.0, 7200.0
# A store may round up when a reservation ends.
GRAIN = timedelta(seconds=2)


async def reserved(reservations: Reservations, run: str, seconds: float = SHORT) -> Reservation:
    """Reserve a key that must be free."""
    reservation = await reservations.reserve(KEY, run, seconds=seconds)
    assert reservation is not None
    return reservation


class ReservationsContract:
    """Promises of one store of reservations, which is a store of leases as well.

    Give the fixtures `clock` (a `HandClock`, the store's too), `leases` and `reservations` (of one empty store), and
    `another`, which makes further `Reservations` of that store, as another poller would: on the clock that it is given,
    or else on the store's.
    """

    async def test_a_reserved_key_is_nobody_elses_to_reserve_or_take(
        self, reservations: Reservations, another: Another, leases: Leases, clock: HandClock
    ) -> None:
        made = await reserved(reservations, "r-anna")
        assert (made.key, made.run, made.build, made.taken) == (KEY, "r-anna", "", False)
        assert timedelta(0) <= made.until - clock.now() - timedelta(seconds=SHORT) <= GRAIN
        assert await another().reserve(KEY, "r-ben", seconds=SHORT) is None
        assert await leases.take(KEY, BEN) is None

    async def test_a_key_that_a_run_holds_cannot_be_reserved(
        self, reservations: Reservations, leases: Leases, clock: HandClock
    ) -> None:
        lease = await taken(leases, KEY, ANNA)
        for run in ("r-anna", "r-ben"):
            assert await reservations.reserve(KEY, run, seconds=SHORT) is None
        clock.advance(leases.timing.ttl.total_seconds() / 2)
        assert await leases.renew(lease) is not None
        clock.advance(leases.timing.ttl.total_seconds() / 2)
        assert await reservations.reserve(KEY, "r-ben", seconds=SHORT) is None

    async def test_who_asks_again_for_the_same_run_gets_the_same_one(
        self, reservations: Reservations, another: Another
    ) -> None:
        made = await reserved(reservations, "r-anna")
        again = await reserved(another(), "r-anna")
        assert again.fence == made.fence

    async def test_of_twenty_who_reserve_at_once_one_does(self, reservations: Reservations, another: Another) -> None:
        pollers = (reservations, another())
        asked = (pollers[number % 2].reserve(KEY, f"r-{number}", seconds=SHORT) for number in range(20))
        assert sum(each is not None for each in await asyncio.gather(*asked)) == 1

    async def test_a_reservation_ends_by_itself_and_its_key_is_free_with_a_higher_fence(
        self, reservations: Reservations, another: Another, leases: Leases, clock: HandClock
    ) -> None:
        # In the midst of a second: a store may know whole ones only.
        clock.advance(0.9)
        made = await reserved(reservations, "r-anna")
        clock.advance(SHORT - 0.05)
        assert await another().reserve(KEY, "r-ben", seconds=SHORT) is None
        clock.advance(0.05 + GRAIN.total_seconds())
        other = await reserved(another(), "r-ben")
        assert other.fence > made.fence
        assert await reservations.extend(made, seconds=LONG, build="b-1") is None
        clock.advance(SHORT + GRAIN.total_seconds())
        assert (await taken(leases, KEY, ANNA)).fence > other.fence

    @pytest.mark.parametrize("hours", [-24, 24])
    async def test_a_poller_whose_own_clock_was_set_is_not_misled(
        self, reservations: Reservations, another: Another, clock: HandClock, hours: int
    ) -> None:
        await reserved(reservations, "r-anna")
        own = HandClock()
        own.step(hours * 3600)
        misled = another(own)
        assert await misled.reserve(KEY, "r-ben", seconds=SHORT) is None
        for each in (clock, own):
            each.advance(SHORT + GRAIN.total_seconds())
        assert await misled.reserve(KEY, "r-ben", seconds=SHORT) is not None

    async def test_an_extended_one_lives_on_and_says_what_was_started(
        self, reservations: Reservations, another: Another, clock: HandClock
    ) -> None:
        made = await reserved(reservations, "r-anna")
        longer = await reservations.extend(made, seconds=LONG, build="project:b-1")
        assert longer is not None
        assert (longer.run, longer.fence, longer.build) == ("r-anna", made.fence, "project:b-1")
        clock.advance(LONG - 1)
        assert await another().reserve(KEY, "r-ben", seconds=SHORT) is None
        assert await another().held() == (longer,)
        clock.advance(1 + GRAIN.total_seconds())
        assert await another().reserve(KEY, "r-ben", seconds=SHORT) is not None

    async def test_one_that_has_just_ended_is_extended_where_nobody_came(
        self, reservations: Reservations, another: Another, clock: HandClock
    ) -> None:
        made = await reserved(reservations, "r-anna")
        clock.advance(SHORT + GRAIN.total_seconds())
        assert await reservations.extend(made, seconds=LONG, build="b-1") is not None
        assert await another().reserve(KEY, "r-ben", seconds=SHORT) is None

    async def test_a_run_takes_over_what_is_reserved_for_it_at_once_and_with_its_fence(
        self, reservations: Reservations, leases: Leases, clock: HandClock
    ) -> None:
        made = await reserved(reservations, ANNA.run)
        assert await reservations.extend(made, seconds=LONG, build="b-1") is not None
        lease = await taken(leases, KEY, ANNA)
        assert lease.fence == made.fence
        (held,) = await reservations.held()
        assert (held.run, held.fence, held.build, held.taken) == (ANNA.run, made.fence, "b-1", True)
        # From here on its own signs of life count, and no longer what was reserved.
        clock.advance(leases.timing.ttl.total_seconds() * 0.8)
        assert await leases.renew(lease) is not None
        assert (await reservations.held())[0].build == "b-1"
        assert await leases.take(KEY, BEN) is None
        clock.advance(leases.timing.ttl.total_seconds())
        assert (await taken(leases, KEY, BEN)).fence > made.fence

    async def test_a_second_process_of_the_same_run_does_not_get_it_too(
        self, reservations: Reservations, leases: Leases
    ) -> None:
        await reserved(reservations, ANNA.run)
        await taken(leases, KEY, ANNA)
        twin = type(ANNA)(run=ANNA.run, host="another", pid=2, started=2)
        assert await leases.take(KEY, twin) is None

    async def test_a_run_that_comes_late_takes_what_nobody_else_has_with_a_fence_of_its_own(
        self, reservations: Reservations, leases: Leases, clock: HandClock
    ) -> None:
        made = await reserved(reservations, ANNA.run)
        clock.advance(SHORT + GRAIN.total_seconds())
        assert (await taken(leases, KEY, ANNA)).fence > made.fence

    async def test_a_run_that_has_come_before_its_build_is_noted_keeps_its_lease(
        self, reservations: Reservations, leases: Leases, clock: HandClock
    ) -> None:
        made = await reserved(reservations, ANNA.run)
        lease = await taken(leases, KEY, ANNA)
        (unnoted,) = await reservations.held()
        assert (unnoted.run, unnoted.fence, unnoted.build, unnoted.taken) == (ANNA.run, made.fence, "", True)
        noted = await reservations.extend(made, seconds=LONG, build="b-1")
        assert noted is not None
        assert (noted.taken, noted.build) == (True, "b-1")
        # Not for longer: it ends as any lease does, by its own signs of life.
        assert noted.until <= clock.now() + leases.timing.ttl + GRAIN
        assert await leases.renew(lease) is not None

    async def test_a_released_one_is_free(self, reservations: Reservations, another: Another) -> None:
        made = await reserved(reservations, "r-anna")
        assert await reservations.release(KEY, made.fence)
        assert not await reservations.release(KEY, made.fence)
        assert await reservations.held() == ()
        assert await reservations.extend(made, seconds=LONG, build="b-1") is None
        again = await reserved(another(), "r-anna")
        assert again.fence > made.fence
        # The same run's, and yet no longer this one.
        assert await reservations.extend(made, seconds=LONG, build="b-1") is None

    async def test_a_release_by_an_older_fence_frees_nothing(
        self, reservations: Reservations, leases: Leases, clock: HandClock
    ) -> None:
        old = await reserved(reservations, "r-anna")
        clock.advance(SHORT + GRAIN.total_seconds())
        new = await reserved(reservations, BEN.run)
        assert not await reservations.release(KEY, old.fence)
        lease = await taken(leases, KEY, BEN)
        assert lease.fence == new.fence
        assert not await reservations.release(KEY, old.fence)
        assert await leases.renew(lease) is not None

    async def test_what_a_dead_run_holds_is_released_by_its_fence(
        self, reservations: Reservations, leases: Leases
    ) -> None:
        made = await reserved(reservations, ANNA.run)
        lease = await taken(leases, KEY, ANNA)
        assert await reservations.release(KEY, made.fence)
        assert await leases.renew(lease) is None
        assert (await taken(leases, KEY, BEN)).fence > made.fence

    async def test_a_key_that_nobody_knows_is_not_released(self, reservations: Reservations) -> None:
        assert not await reservations.release(KEY, 1)

    async def test_leases_that_nobody_reserved_are_not_listed(self, reservations: Reservations, leases: Leases) -> None:
        await taken(leases, KEY, holder("r-laptop"))
        assert await reservations.held() == ()

    async def test_the_fence_is_above_those_of_leases_and_theirs_above_it(
        self, reservations: Reservations, leases: Leases
    ) -> None:
        fences = []
        for _ in range(2):
            lease = await taken(leases, KEY, ANNA)
            fences.append(lease.fence)
            await leases.release(lease)
            made = await reserved(reservations, BEN.run)
            fences.append(made.fence)
            await reservations.release(KEY, made.fence)
        assert fences == sorted(set(fences))

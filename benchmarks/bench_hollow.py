"""Branches that look green and are not, and honest ones, through the real gates: caught, missed, false alarms, by case.

There is no baseline to measure against: what a plain run of the tests says is "green" for every hollow case but those
that are marked `loud`, and that is the point.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from hollow.case import Case, Hollow, Honest  # noqa: E402  # the cases lie beside the tests that use them
from hollow.claims import CLAIMS  # noqa: E402
from hollow.court import Court  # noqa: E402
from hollow.judging import Said, missing_tools, why_alarmed, why_missed  # noqa: E402
from hollow.table import HOLLOW, HONEST  # noqa: E402

_AT_ONCE = 2


async def judged(wanted: list[str]) -> Mapping[str, Said | None]:
    """What is said of each case, by its name; None where this machine lacks its tools."""
    cases = [case for table in (HOLLOW, HONEST) for family in table.values() for case in family]
    found: dict[str, Said | None] = {}
    turn = asyncio.Semaphore(_AT_ONCE)
    with tempfile.TemporaryDirectory() as made:
        court = Court(Path(made))

        async def one(case: Case) -> None:
            async with turn:
                found[case.name] = None if missing_tools(case) else await court.judge(case)

        async with asyncio.TaskGroup() as group:
            for case in cases:
                if not wanted or case.name in wanted:
                    group.create_task(one(case))
    return found


def hollow_lines(case: Hollow, said: Said) -> str:
    missed = why_missed(case, said)
    told = f"MISSED: {missed}" if missed else "; ".join(sorted({line.split(" ")[1] for line in said.found()}))
    return f"  {'missed' if missed else 'caught':<8}{case.name:<44}{said.seconds:>6.1f} s  {told}"


def honest_lines(case: Honest, said: Said) -> str:
    alarm = why_alarmed(case, said)
    told = f"FALSE ALARM: {alarm}" if alarm else ", ".join(sorted(said.told()))
    return f"  {'ALARM' if alarm else 'passed':<8}{case.name:<44}{said.seconds:>6.1f} s  {told}".rstrip()


def claims() -> tuple[int, int, int, int]:
    """Ticks: caught, hollow ones, false alarms, honest ones."""
    print("\nTicks of tasks")
    caught = alarms = 0
    for claim in CLAIMS:
        phantom = bool(claim.branch().evidence().phantoms)
        caught += phantom and claim.hollow
        alarms += phantom and not claim.hollow
        said = "phantom" if phantom else "stands"
        wrong = "" if phantom is claim.hollow else "  WRONG"
        print(f"  {said:<8}{claim.name:<44}          {claim.why}{wrong}")
    hollow = sum(claim.hollow for claim in CLAIMS)
    return caught, hollow, alarms, len(CLAIMS) - hollow


def main() -> None:
    wanted = sys.argv[1:]
    began = time.perf_counter()
    said = asyncio.run(judged(wanted))
    spent = time.perf_counter() - began
    counted = [0, 0, 0, 0, 0]
    for title, family in HOLLOW.items():
        print(f"\n{title}")
        for case in family:
            if (of_case := said.get(case.name)) is not None:
                print(hollow_lines(case, of_case))
                counted[0] += not why_missed(case, of_case)
                counted[1] += 1
    for title, family in HONEST.items():
        print(f"\nHonest: {title}")
        for case in family:
            if (of_case := said.get(case.name)) is not None:
                print(honest_lines(case, of_case))
                counted[2] += bool(why_alarmed(case, of_case))
                counted[3] += 1
    ticks = (0, 0, 0, 0) if wanted else claims()
    skipped = [name for name, of_case in said.items() if of_case is None]
    print(f"\ncaught {counted[0] + ticks[0]} / {counted[1] + ticks[1]} hollow, "
          f"false alarms {counted[2] + ticks[2]} / {counted[3] + ticks[3]} honest, in {spent:.0f} s"
          + (f"; not tried for want of tools: {', '.join(skipped)}" if skipped else ""))  # fmt: skip


if __name__ == "__main__":
    main()

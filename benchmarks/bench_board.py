"""Boards: what a reading of a column costs, in points of GitHub's rate limit and in requests, by the number of cards.

Against the fake server, which prices documents by GitHub's published formula. The baseline is what a client without a
filter, a glance or a memory does: every page of the board, with everything about every card.
"""

import asyncio
import time
from pathlib import Path

from kiro_worker.board import Column
from kiro_worker.board.github.documents import CARDS
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.github_board_side import GitHubBoardSide
from kiro_worker.testing.github_graphql import cost
from kiro_worker.testing.github_model import GitHubModel
from kiro_worker.testing.github_projects import FakeProject
from kiro_worker.testing.github_schema import GitHubSchemas
from kiro_worker.testing.github_server import GitHubServer

_SCHEMAS = Path(__file__).parents[1] / "tests" / "schemas" / "github"
_SIZES = (30, 90, 300, 1_000, 10_000)
_READY = 5
_AN_HOUR = 120
_READINGS = 41
_QUOTA = 5_000


def main() -> None:
    schemas = GitHubSchemas(_SCHEMAS)
    heads = (
        f"{'points/reading':>15} {'points/h at 30 s':>17} {'of 5,000':>9} {'requests/h':>11} {'baseline, points/h':>19}"
    )
    print(f"{'cards':>8} {'filter':>7} {heads} {'ratio':>7}  target")
    for cards in _SIZES:
        for filtered in (True, False):
            asyncio.run(_row(schemas, cards, filtered=filtered))


async def _row(schemas: GitHubSchemas, cards: int, *, filtered: bool) -> None:
    with GitHubServer(GitHubModel(clock=HandClock(hurried=True)), None) as server:
        project = FakeProject(schemas.graphql if filtered else schemas.published_graphql, server.model.clock)
        project.limit = None
        side = GitHubBoardSide(server, project)
        for number in range(cards):
            await side.add(f"card {number}", column="For Implementation" if number < _READY else "Backlog")
        side.pass_time()
        board = side.board()
        await board.cards(Column.READY)
        readings = _READINGS if filtered or cards <= 1_000 else 2
        points, asked, begun = project.used, len(server.seen), time.perf_counter()
        for _ in range(readings):
            await board.cards(Column.READY)
            side.clock.advance(30)
        took = (time.perf_counter() - begun) / readings
        each, requests = (project.used - points) / readings, (len(server.seen) - asked) / readings
        await side.close()
    baseline = -(-cards // 100) * cost(schemas.graphql, CARDS, {"ids": ["x"] * min(cards, 100)}) * _AN_HOUR
    hourly = each * _AN_HOUR
    print(
        f"{cards:>8,} {'yes' if filtered else 'no':>7} {each:>15.2f} {hourly:>17,.0f} {hourly / _QUOTA:>9.1%}"
        f" {requests * _AN_HOUR:>11,.0f} {baseline:>19,} {hourly / baseline:>7.2f}  {_target(cards, filtered=filtered)}"
        f" ({took * 1000:.0f} ms)"
    )


def _target(cards: int, *, filtered: bool) -> str:
    if cards == 1_000:
        return "about 1 point" if filtered else "about 10 points"
    return "<= 9.6 % of the quota" if cards == 90 else "for information"


if __name__ == "__main__":
    main()

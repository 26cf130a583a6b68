"""A trial with a real project of GitHub's, for whoever names one; without that it is skipped, and says so.

    KIRO_WORKER_TRIAL_PROJECT=https://github.com/orgs/acme/projects/4 GITHUB_TOKEN=... \
        python -m pytest tests/board/github/test_trial.py

It only reads, so that there is nothing to tidy up. Columns with other names are set as everywhere (`KIRO_WORKER_BOARD_*`).
The trial itself is tried on a server of our own.
"""

import os

import pytest

from kiro_worker.board.github.documents import MOVE
from kiro_worker.board.port import CardId
from kiro_worker.bootstrap.boards import board_for
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.testing.github_side import TOKEN

PROJECT = "KIRO_WORKER_TRIAL_PROJECT"


async def trial(folder, variables):
    """Look at a project in every way in which a dispatcher does; gives the cards that were seen."""
    own = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    machine = this_machine({**variables, **own})
    async with workshop(machine) as shop:
        config = early_settings(machine, {"board.kind": "github", "board.owner": variables[PROJECT]})
        board = board_for(shop, config)
        try:
            check = await board.check()
            assert check.ready, f"{check.detail} {check.cure}"
            cards = (await board.cards()).cards
            for card in cards[:5]:
                assert await board.read(card.id) == card
            assert await board.read(CardId("PVTI_there_is_none_of_this_name")) is None
            return cards
        finally:
            await board.close()


@pytest.mark.skipif(not os.environ.get(PROJECT), reason=f"no real project is named: set {PROJECT} and GITHUB_TOKEN")
async def test_a_real_project_can_be_looked_at(tmp_path):
    await trial(tmp_path, dict(os.environ))


@pytest.fixture
def ours(side):
    return {PROJECT: "https://github.com/orgs/acme/projects/4", "GITHUB_TOKEN": TOKEN,
        "KIRO_WORKER_FORGE_API_URL": side.server.address}  # fmt: skip


async def test_the_trial_sees_what_is_there_and_writes_nothing(side, ours, tmp_path):
    await side.add("Login")
    await side.add("Log out", column="In Progress")
    before = [dict(card.values) for card in side.project.cards]
    assert sorted(card.title for card in await trial(tmp_path, ours)) == ["Log out", "Login"]
    assert [dict(card.values) for card in side.project.cards] == before
    assert MOVE.split()[1].partition("(")[0] not in side.asked()


async def test_the_trial_fails_where_there_is_nothing_to_be_seen(side, ours, tmp_path):
    side.project.closed = True
    with pytest.raises(AssertionError, match="it is closed"):
        await trial(tmp_path, ours)

"""Bringing a pull request to a project."""

import pytest

from kiro_worker.board import BoardCredential, Change, NewWork
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_board_side import TOKEN


async def test_a_pull_request_that_cannot_be_seen_is_refused_in_github_s_words(side):
    nowhere = NewWork(title="T", repository="acme/engine", branch="b", pull_request=77)
    moved = await side.board().bring(nowhere)
    assert (moved.change, "Could not resolve to a PullRequest" in moved.why) == (Change.REFUSED, True)
    assert side.project.cards == []


async def test_a_credential_that_may_only_read_is_told_what_it_lacks(side):
    work = await side.propose("T", "b")
    side.server.model.tokens[TOKEN] = Grant(scopes=("read:project", "repo"))
    with pytest.raises(BoardCredential, match="put acme/engine#"):
        await side.board().bring(work)

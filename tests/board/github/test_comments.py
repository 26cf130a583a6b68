"""Notes on cards of each kind."""

import pytest

from kiro_worker.board import BoardFault, BoardUnreachable, Change, Note
from kiro_worker.board.github.comments import _same
from kiro_worker.board.note import written
from kiro_worker.forge.github.credential import Token
from kiro_worker.testing.github_access import Grant

NOTE = Note(key="spec.missing", text="There is no spec.")


async def test_a_pull_request_is_told_in_its_conversation(side):
    content = side.project.content("PullRequest", "Login", head="x")
    card = side.project.add(content, Status="For Implementation")
    told = await side.board().tell(card.id, NOTE)
    assert (told.change, told.url) == (Change.DONE, content.comments[0]["url"])
    assert content.comments[0]["login"] == "worker"


async def test_a_draft_is_told_in_its_text_and_keeps_what_people_wrote(side):
    content = side.project.content("DraftIssue", "An idea", body="Please.")
    card = side.project.add(content, Status="For Implementation")
    board = side.board()
    assert (await board.tell(card.id, NOTE)).change is Change.DONE
    content.body += "\n\nAnd this."
    assert (await board.tell(card.id, NOTE)).change is Change.UNCHANGED
    assert (await board.tell(card.id, Note(key="spec.missing", text="Now it is."))).change is Change.DONE
    assert content.body.startswith("Please.\n\n<!-- kiro-worker:note key=spec.missing ")
    assert content.body.endswith("\n\nAnd this.")
    assert ("There is no spec" in content.body, content.body.count("Now it is.")) == (False, 1)


async def test_what_cannot_be_seen_cannot_be_told_anything(side):
    card = await side.add("Login", visible=False)
    told = await side.board().tell(card, NOTE)
    assert told.change is Change.REFUSED
    assert "cannot be seen" in told.why


async def test_a_locked_conversation_is_a_refusal_and_no_fault(side):
    card = await side.add("Login", locked="Unable to create comment because issue is locked.")
    told = await side.board().tell(card, NOTE)
    assert (told.change, told.why) == (Change.REFUSED, "Unable to create comment because issue is locked.")


async def test_a_marker_that_somebody_else_wrote_does_not_count(side):
    card = await side.add("Login")
    side.project.comment(side.card(card).content, "eve", written(NOTE))
    assert (await side.board().tell(card, NOTE)).change is Change.DONE
    assert [comment["login"] for comment in side.card(card).content.comments] == ["eve", "worker"]


async def test_of_two_workers_that_tell_at_the_same_moment_the_later_takes_its_note_back(side):
    card = await side.add("Login")
    content = side.card(card).content
    side.project.before_write.append(lambda: side.project.comment(content, "worker", written(NOTE)))
    told = await side.board().tell(card, NOTE)
    (comment,) = content.comments
    assert (told.change, told.url) == (Change.UNCHANGED, comment["url"])


async def test_another_text_told_at_the_same_moment_is_put_right(side):
    card = await side.add("Login")
    content, other = side.card(card).content, Note(key=NOTE.key, text="Something else.")
    side.project.before_write.append(lambda: side.project.comment(content, "worker", written(other)))
    assert (await side.board().tell(card, NOTE)).change is Change.DONE
    assert [comment["body"] for comment in content.comments] == [written(NOTE)]


async def test_an_app_s_own_comment_is_known_by_either_of_its_names(side):
    side.server.model.tokens["ghs_x"] = Grant(kind="installation", login="kiro-worker[bot]", rights={
        "organization_projects": "write", "issues": "write"})  # fmt: skip
    card = await side.add("Login")
    board = side.board(Token("ghs_x", source="TOKEN"))
    assert [(await board.tell(card, NOTE)).change for _ in range(2)] == [Change.DONE, Change.UNCHANGED]
    assert side.card(card).content.comments[0]["login"] == "kiro-worker"


@pytest.mark.parametrize(
    ("login", "viewer", "same"),
    [("kiro-worker", "kiro-worker[bot]", True), ("Ada", "ada", True), ("", "", False), ("eve", "ada", False)],
)
def test_two_logins_are_one(login, viewer, same):
    assert _same(login, viewer) is same


async def test_an_old_note_in_a_long_conversation_is_found(side):
    card = await side.add("Login")
    board = side.board()
    await board.tell(card, NOTE)
    for number in range(250):
        side.project.comment(side.card(card).content, "ada", f"talk {number}")
    assert (await board.tell(card, NOTE)).change is Change.UNCHANGED
    assert side.asked()[-3:] == ["Comments"] * 3


async def test_a_token_that_may_not_comment_is_told_as_a_refusal(side):
    side.server.model.tokens["github_pat_x"] = Grant(kind="fine-grained", rights={"organization_projects": "write"})
    card = await side.add("Login")
    told = await side.board(Token("github_pat_x", source="TOKEN")).tell(card, NOTE)
    assert (told.change, told.why) == (Change.REFUSED, "Resource not accessible by personal access token")


async def test_a_note_that_is_always_lost_is_a_fault(side):
    card = await side.add("Login")
    side.lose_answers(9, done=False)
    with pytest.raises(BoardUnreachable, match="no answer came, 3 times"):
        await side.board().tell(card, NOTE)
    assert side.card(card).content.comments == []


async def test_comments_that_cannot_be_read_are_a_fault_and_nothing_is_written(side):
    card = await side.add("Login")
    refusal = '{"data": {"node": null}, "errors": [{"type": "FORBIDDEN", "message": "No."}]}'
    side.fail(document="query Comments", status=200, body=refusal)
    with pytest.raises(BoardFault, match="Could not read the comments of acme/engine#1"):
        await side.board().tell(card, NOTE)
    assert "AddComment" not in side.asked()

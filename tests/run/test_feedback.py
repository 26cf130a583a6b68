"""What of a conversation becomes findings for the agent."""

import pytest

from kiro_worker.forge.conversation import CheckState, Conversation, OtherCheck, Remark, RemarkKind
from kiro_worker.run.feedback import CHECKS, authors_of, findings_of


def remark(name="r1", **given):
    facts = {"kind": RemarkKind.LINE, "author": "ada", "body": "Louder.", "path": "src/a.py", "line": 3}
    return Remark(id=name, **(facts | given))


def conversation(*remarks, **checks):
    return Conversation(
        id="PR_1", number=1, url="", branch="b", head="h", open=True, remarks=remarks,
        checks=tuple(OtherCheck(name=name, state=state, says="2 failed") for name, state in checks.items()),
    )  # fmt: skip


def test_a_remark_of_somebody_who_may_write_is_a_finding_with_its_place_and_words():
    (found,) = findings_of(conversation(remark()), {"r1"}, {"ada"})
    assert (found.code, found.title) == ("feedback.remark", "A reviewer (ada) says")
    assert (found.path, found.line, found.detail) == ("src/a.py", 3, "Louder.")


@pytest.mark.parametrize("given", [{"person": False}, {"author": ""}, {"settled": True}, {"body": " "}, {"id": "r2"}])
def test_what_is_not_asked_for_or_not_open_any_more_is_none(given):
    there = conversation(remark(given.pop("id", "r1"), **given))
    assert findings_of(there, {"r1"}, {"ada", ""}) == ()
    assert authors_of(there, {"r1"}) == ()


def test_who_lost_the_right_to_write_meanwhile_is_not_heard():
    there = conversation(remark(), remark("r2", author="bob"))
    assert authors_of(there, {"r1", "r2"}) == ("ada", "bob")
    assert [each.title for each in findings_of(there, {"r1", "r2"}, {"bob"})] == ["A reviewer (bob) says"]


def test_checks_count_when_they_are_asked_for_and_fail():
    there = conversation(build=CheckState.BAD, lint=CheckState.GOOD, slow=CheckState.PENDING)
    assert findings_of(there, {"r1"}, ()) == ()
    (found,) = findings_of(there, {CHECKS}, ())
    assert (found.code, found.title, found.detail) == ("feedback.check", "The check build fails", "2 failed")

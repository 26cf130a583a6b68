"""What follows from what was said on a pull request, as a table without any I/O."""

import pytest

from kiro_worker.dispatch.feedback.decide import (
    Explain,
    FollowUp,
    Halt,
    Limits,
    PassOver,
    Refuse,
    Remembered,
    Scene,
    authors_to_ask,
    decide,
)
from kiro_worker.forge.conversation import CheckState, Conversation, OtherCheck, Remark, RemarkKind, answer_body


def remark(name="r1", body="Not this way.", **given):
    facts = {"kind": RemarkKind.LINE, "author": "ada", "member": True, "path": "src/a.py", "line": 3}
    return Remark(id=name, body=body, **(facts | given))


def command(words, name="c1", **given):
    return remark(name, f"/kiro-worker {words}", kind=RemarkKind.COMMENT, **given)


NOTHING_KNOWN = Remembered()


def scene(*remarks, checks=(), remembered=NOTHING_KNOWN, **given):
    conversation = Conversation(
        id="PR_1", number=1, url="", branch="b", head="h1", open=True, remarks=remarks,
        checks=tuple(OtherCheck(name=f"c{n}", state=state) for n, state in enumerate(checks)),
    )  # fmt: skip
    return Scene(conversation=conversation, remembered=remembered, **({"writers": frozenset({"ada"})} | given))


REVIEW = FollowUp(kind="review", remarks=("r1",), round=1, most=3)


def test_a_review_is_followed_by_one_run_for_all_of_its_remarks():
    both = scene(remark(), remark("r2", kind=RemarkKind.REVIEW))
    assert decide(both) == (FollowUp(kind="review", remarks=("r1", "r2"), round=1, most=3),)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": RemarkKind.COMMENT},
        {"own": True},
        {"person": False},
        {"author": ""},
        {"settled": True},
        {"noticed": True},
        {"body": "  "},
        {"body": answer_body("a", "I did it.")},
        {"body": "<!-- kiro:begin run=r-1 -->"},
    ],
)
def test_nothing_follows_from_what_is_no_open_review_of_a_person(given):
    assert decide(scene(remark(**given))) == ()


def test_strangers_are_passed_over_in_silence_and_never_asked_about():
    told = scene(remark(author="eve", member=False), command("stop", author="eve", member=False))
    assert decide(told) == (PassOver(remarks=("r1", "c1")),)
    assert authors_to_ask(told.conversation, frozenset()) == ()
    assert authors_to_ask(scene(remark(), remark("r2")).conversation, frozenset()) == ("ada",)
    assert authors_to_ask(scene(remark()).conversation, {"r1"}) == ()


def test_who_belongs_to_the_organisation_and_may_not_write_is_a_stranger_too():
    assert decide(scene(remark(), writers=frozenset())) == (PassOver(remarks=("r1",)),)


def test_nothing_follows_twice():
    assert decide(scene(remark(), remembered=Remembered(handled=frozenset({"r1"})))) == ()


def test_reviews_start_three_rounds_and_then_it_is_said_once_that_there_are_no_more():
    assert decide(scene(remark(), remembered=Remembered(reviews=2)))[0].round == 3
    (told,) = decide(scene(remark(), remembered=Remembered(reviews=3)))
    assert (told.about, told.key) == (("r1",), "reviews-used-up")
    assert decide(scene(remark(), limits=Limits(reviews=0))) == ()


def test_failing_checks_start_two_rounds_each_for_another_commit():
    red = (CheckState.BAD, CheckState.GOOD)
    assert decide(scene(checks=red)) == (FollowUp(kind="checks", checks=True, round=1, most=2),)
    assert decide(scene(checks=red, remembered=Remembered(checked="h1", checks=1))) == ()
    assert decide(scene(checks=red, remembered=Remembered(checked="h0", checks=1)))[0].round == 2
    (told,) = decide(scene(checks=red, remembered=Remembered(checked="h0", checks=2)))
    assert (told.about, told.key) == ((), "checks-used-up")


@pytest.mark.parametrize(
    ("checks", "given"),
    [
        ((), {}),
        ((CheckState.GOOD,), {}),
        ((CheckState.BAD, CheckState.PENDING), {}),
        ((CheckState.BAD,), {"busy": True}),
        ((CheckState.BAD,), {"offered": False}),
        ((CheckState.BAD,), {"limits": Limits(checks=0)}),
    ],
)
def test_checks_that_go_on_or_are_of_unfinished_work_start_nothing(checks, given):
    assert decide(scene(checks=checks, **given)) == ()


def test_a_review_comes_before_the_checks():
    assert decide(scene(remark(), checks=(CheckState.BAD,))) == (REVIEW,)


def test_while_a_run_is_under_way_only_stop_and_explain_are_obeyed():
    told = scene(remark(), command("retry"), command("stop", "c2"), command("explain", "c3"), busy=True)
    assert decide(told) == (PassOver(remarks=("c1",)), Halt(remark="c2"), Explain(remark="c3"))
    assert decide(scene(command("retry"), busy=True)) == ()


def test_a_retry_sees_to_what_was_said_as_well_and_no_limit_holds_a_person_back():
    told = scene(remark(), command("retry"), remembered=Remembered(reviews=3))
    assert decide(told) == (FollowUp(kind="retry", remarks=("r1",), asked_by="c1"),)


def test_only_holds_a_run_to_its_tasks():
    assert decide(scene(remark(), command("only 2.1"))) == (FollowUp(kind="only", asked_by="c1", only=("2.1",)),)


def test_the_last_order_counts():
    told = decide(scene(command("only 2.1"), command("retry", "c2")))
    assert told == (PassOver(remarks=("c1",)), FollowUp(kind="retry", asked_by="c2"))


def test_after_a_stop_nothing_begins_until_somebody_says_so():
    assert decide(scene(remark(), command("stop"))) == (Halt(remark="c1"),)
    told = decide(scene(command("stop"), command("retry", "c2")))
    assert told == (Halt(remark="c1"), FollowUp(kind="retry", asked_by="c2"))


def test_the_worker_s_own_account_commands_when_a_person_uses_it_and_is_not_answered_otherwise():
    assert decide(scene(command("explain", own=True))) == (Explain(remark="c1"),)
    quoted = answer_body("a", "/kiro-worker stop")
    assert decide(scene(remark(body=quoted, kind=RemarkKind.COMMENT, own=True))) == ()


def test_what_is_no_command_is_told():
    (told,) = decide(scene(command("merge")))
    assert isinstance(told, Refuse)
    assert told.about == ("c1",)

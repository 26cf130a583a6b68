import pytest

from dispatch.things import item
from kiro_worker.board.port import Blocker
from kiro_worker.dispatch.eligibility import Demands, Facts, reasons_of_branch, reasons_of_card
from kiro_worker.dispatch.reason import Standing

GOOD = Facts(spec="login", open=3, criteria=5)


def codes(reasons) -> list[str]:
    return [reason.code for reason in reasons]


def test_an_item_with_nothing_against_it():
    assert reasons_of_card(item(), Demands()) == ()
    assert reasons_of_branch(item(), GOOD, Demands()) == ()


@pytest.mark.parametrize(
    ("given", "demands", "code", "standing"),
    [
        ({}, Demands(paused=True), "dispatch.paused", Standing.WAITING),
        ({"labels": ("bug",)}, Demands(labels=("Kiro",)), "card.label-missing", Standing.UNFIT),
        ({"labels": ("Kiro-Worker:Hold",)}, Demands(), "card.label-holds", Standing.WAITING),
        ({"author": "mallory"}, Demands(authors=("ada", "ben")), "card.author", Standing.UNFIT),
        ({"author": ""}, Demands(authors=("ada",)), "card.author", Standing.UNFIT),
        (
            {"blocked_by": (Blocker(reference="acme/shop#3", title="First", done=False),)},
            Demands(),
            "card.blocked",
            Standing.WAITING,
        ),
    ],
)
def test_what_the_card_itself_tells(given, demands, code, standing):
    (told,) = reasons_of_card(item(**given), demands)
    assert (told.code, told.standing) == (code, standing)


def test_what_does_not_stand_in_the_way_of_a_card():
    done = (Blocker(reference="#3", title="First", done=True),)
    card = item(labels=("KIRO", "other"), blocked_by=done, author="Ada")
    assert reasons_of_card(card, Demands(labels=("kiro",), authors=("ADA",))) == ()


@pytest.mark.parametrize(
    ("facts", "demands", "code", "standing"),
    [
        (Facts(fault="The forge did not answer."), Demands(), "repository.unknown", Standing.UNKNOWN),
        (Facts(branch=False), Demands(), "branch.missing", Standing.UNFIT),
        (Facts(no_spec="No spec is there."), Demands(), "spec.missing", Standing.UNFIT),
        (Facts(no_spec="Two specs fit.", asks=True), Demands(), "spec.unclear", Standing.QUESTION),
        (Facts(spec="a", open=1, findings=("tasks.md:3",)), Demands(), "spec.unreadable", Standing.QUESTION),
        (Facts(spec="a", open=1, dangling=("2.1 → 9.9",)), Demands(), "spec.dangling", Standing.QUESTION),
        (Facts(spec="a", criteria=3), Demands(), "spec.nothing-open", Standing.QUESTION),
        (GOOD, Demands(create_pull_request=False), "pull-request.missing", Standing.UNFIT),
        (Facts(spec="a", open=1), Demands(strict_spec=True), "spec.unprovable", Standing.QUESTION),
        (
            Facts(spec="a", open=1, criteria=1, formless=("1.1",)),
            Demands(strict_spec=True),
            "spec.no-response",
            Standing.QUESTION,
        ),
    ],
)
def test_what_the_repository_tells(facts, demands, code, standing):
    (told,) = reasons_of_branch(item(), facts, demands)
    assert (told.code, told.standing) == (code, standing)


def test_missing_references_and_other_forms_stop_nobody_by_default():
    facts = Facts(spec="a", open=1, criteria=1, unreferenced=("1", "2"), formless=("1.1",))
    assert reasons_of_branch(item(), facts, Demands()) == ()
    assert codes(reasons_of_branch(item(), facts, Demands(strict_spec=True))) == ["spec.unprovable", "spec.no-response"]


def test_everything_is_told_at_once():
    facts = Facts(spec="a", findings=("tasks.md:3",), dangling=("2.1 → 9.9",))
    assert codes(reasons_of_branch(item(), facts, Demands(create_pull_request=False))) == [
        "pull-request.missing",
        "spec.unreadable",
        "spec.dangling",
        "spec.nothing-open",
    ]


def test_a_pull_request_that_the_board_knows_of_will_do():
    facts = Facts(spec="a", open=1, pull_request=True)
    assert reasons_of_branch(item(), facts, Demands(create_pull_request=False)) == ()

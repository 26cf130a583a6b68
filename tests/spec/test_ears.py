"""Kiro's dialect of EARS: everything is classified, nothing rejected."""

import pytest

from kiro_worker.spec import EarsPattern, classify

P = EarsPattern


@pytest.mark.parametrize(
    ("text", "pattern", "system"),
    [
        ("THE Payment_Gateway SHALL log", P.UBIQUITOUS, "Payment_Gateway"),
        ("The system shall log", P.UBIQUITOUS, "system"),
        ("Each agent SHALL log", P.UBIQUITOUS, "agent"),
        ("\u2705 THE system SHALL log", P.UBIQUITOUS, "system"),
        ("WHEN a file is lost THEN the system SHALL say so", P.EVENT, "system"),
        ("WHEN a file is lost, THE CLI SHALL say so", P.EVENT, "CLI"),
        ("WHEN a, b or c is lost, THE CLI SHALL say so", P.EVENT, "CLI"),
        ("**WHEN** lost **THEN** the CLI **SHALL** say so", P.EVENT, "CLI"),
        ("When lost, the CLI shall say so", P.EVENT, "CLI"),
        ("When lost Then the CLI shall say so", P.EVENT, "CLI"),
        ("WHEN \u7528\u6237\u767b\u5f55\u65f6\uff0cTHE \u7cfb\u7edf SHALL \u8bb0\u5f55", P.EVENT, "\u7cfb\u7edf"),
        ("WHEN lost the CLI SHALL say so", P.EVENT, "CLI"),
        ("AFTER a day, THE CLI SHALL stop", P.EVENT, "CLI"),
        ("IF lost, THEN THE CLI SHALL say so", P.UNWANTED, "CLI"),
        ("IF lost THEN it SHALL say so", P.UNWANTED, "it"),
        ("WHILE it runs, THE CLI SHALL beat", P.STATE, "CLI"),
        (
            "WHILE AI\u5fdc\u7b54\u304c\u751f\u6210\u4e2d\u3067\u3042\u308bTHE \u30b7\u30b9\u30c6\u30e0\u306f\u8868\u793a\u3057\u306a\u3051\u308c\u3070\u306a\u3089\u306a\u3044",
            P.STATE,
            "\u30b7\u30b9\u30c6\u30e0",
        ),
        ("WHERE pro is on, the app SHALL glow", P.OPTIONAL, "app"),
        ("WHILE on, WHEN hit, THE CLI SHALL stop", P.COMPLEX, "CLI"),
        ("WHEN hit IF on THEN the CLI SHALL stop", P.COMPLEX, "CLI"),
        ("GIVEN a user WHEN he asks THEN THE CLI SHALL answer", P.COMPLEX, "CLI"),
        ("WHEN a WHEN b THEN the CLI SHALL stop", P.EVENT, "CLI"),
        ("FOR ALL valid x, reading SHALL give x", P.PROPERTY, "reading"),
        ("FOR ANY x, WHEN read, THE CLI SHALL give x", P.PROPERTY, "CLI"),
        ("CUANDO falla ENTONCES el sistema DEBE CONTINUAR", P.EVENT, "sistema"),
        ("WENN es fehlt, DANN das System MUSS es sagen", P.EVENT, "System"),
        ("IF \u6570\u636e\u4e0d\u8db3 THEN \u7cfb\u7edf SHALL \u663e\u793a", P.UNWANTED, "\u7cfb\u7edf"),
        ("It works well", P.NONE, ""),
        ("\u0639\u0646\u062f\u0645\u0627 \u0623\u0642\u0648\u0645\u060c \u064a\u062c\u0628 \u0623\u0646", P.NONE, ""),
        ("", P.NONE, ""),
        ("WHENEVER it rains", P.NONE, ""),
    ],
)
def test_a_criterion_is_classified(text: str, pattern: EarsPattern, system: str):
    found = classify(text)
    assert (found.pattern, found.system) == (pattern, system)


@pytest.mark.parametrize("name", ["AC1: ", "**AC-1.2:** ", "- [ ] AC 3. ", "REQ_7) "])
def test_a_criterion_may_bear_a_name_before_its_keyword(name: str):
    found = classify(f"{name}WHEN it is dark, THE Lamp SHALL shine")
    assert (found.pattern, found.system, found.conditions) == (EarsPattern.EVENT, "Lamp", ("it is dark",))


def test_conditions_are_told_with_their_keywords():
    found = classify("WHILE `a` is on, WHEN it is hit, THE CLI SHALL stop")
    assert found.keywords == ("WHILE", "WHEN")
    assert found.conditions == ("`a` is on", "it is hit")


def test_small_words_in_a_clause_are_no_keywords():
    assert classify("WHEN a user, while online, asks if it works THEN it SHALL answer").keywords == ("WHEN",)


@pytest.mark.parametrize(
    ("text", "shall", "responses", "negative"),
    [
        ("THE x SHALL a", 1, ("a",), False),
        ("THE x SHALL NOT a", 1, ("a",), True),
        ("THE x **SHALL** **NOT** a", 1, ("a",), True),
        ("THE x SHALL a, and the y SHALL b", 2, ("a", "b"), False),
        ("THE x SHALL a; otherwise it SHALL NOT b.", 2, ("a", "b"), True),
        ("WHEN a THEN b SHALL CONTINUE TO c", 1, ("CONTINUE TO c",), False),
        ("THE x does a", 0, (), False),
        ("THE marshall dances", 0, (), False),
    ],
)
def test_responses_are_counted(text: str, shall: int, responses: tuple[str, ...], negative: bool):
    found = classify(text)
    assert (found.shall, found.responses, found.negative, found.has_shall) == (shall, responses, negative, shall > 0)


@pytest.mark.parametrize(
    ("text", "modal"),
    [
        ("THE x SHALL a", "SHALL"),
        ("x must not a", "MUST"),
        ("\u7cfb\u7edf\u5fc5\u987b\u8bb0\u5f55", "\u5fc5\u987b"),
        ("el sistema debe a", "DEBE"),
        ("x does a", ""),
    ],
)
def test_the_word_that_binds_is_told(text: str, modal: str):
    assert classify(text).modal == modal


def test_a_prohibition_in_other_words_is_negative_too():
    assert classify("THE x MUST NOT a").negative

"""References in the forms and languages that tasks write them in."""

import pytest

from kiro_worker.spec import read_references


def kinds(value: str, *, properties: bool = False) -> list[tuple[str, str, str, str]]:
    return [
        (each.kind.value, each.label, each.first, each.last) for each in read_references(value, properties=properties)
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.2", [("criterion", "", "1.2", "")]),
        ("3", [("requirement", "", "3", "")]),
        ("2.3.1", [("criterion", "", "2.3.1", "")]),
        ("3.1-3.8", [("criterion", "", "3.1", "3.8")]),
        ("3.1\u20133.8", [("criterion", "", "3.1", "3.8")]),
        ("1.1 \u2014 5.5", [("criterion", "", "1.1", "5.5")]),
        ("1.1 to 1.4", [("criterion", "", "1.1", "1.4")]),
        ("3.x", [("requirement", "", "3", "")]),
        ("Req 4", [("requirement", "Req", "4", "")]),
        ("R12.1", [("criterion", "R", "12.1", "")]),
        ("FR-1.2", [("criterion", "FR", "1.2", "")]),
        ("NFR-1", [("requirement", "NFR", "1", "")]),
        ("DR1.5", [("criterion", "DR", "1.5", "")]),
        ("Derived 1.1", [("criterion", "Derived", "1.1", "")]),
        ("\u8981\u4ef67.1", [("criterion", "\u8981\u4ef6", "7.1", "")]),
        ("\u9700\u6c42 1 \u5168\u90e8", [("requirement", "\u9700\u6c42", "1", "")]),
        ("2.6 (new)", [("criterion", "", "2.6", "")]),
        ("\u8981\u4ef61\uff08\u72b6\u614b\u3001\u5165\u529b\uff09", [("requirement", "\u8981\u4ef6", "1", "")]),
        ("N/A", [("nothing", "", "", "")]),
        ("\u65e0", [("nothing", "", "", "")]),
        ("All", [("all", "", "", "")]),
        ("All requirements (testing)", [("all", "", "", "")]),
        ("\u5168\u8981\u4ef6\u306e\u7d71\u5408\u30c6\u30b9\u30c8", [("all", "", "", "")]),
        ("\u3059\u3079\u3066\u306e\u8981\u4ef6", [("all", "", "", "")]),
        ("\u6240\u6709\u9700\u6c42", [("all", "", "", "")]),
        ("Todos os requisitos", [("all", "", "", "")]),
        ("\u062c\u0645\u064a\u0639 \u0627\u0644\u0645\u062a\u0637\u0644\u0628\u0627\u062a", [("all", "", "", "")]),
        ("All properties", [("all", "property", "", "")]),
        ("All API requirements", [("text", "", "", "")]),
        ("\u5168\u4f53\u57fa\u76e4", [("text", "", "", "")]),
        ("Foundation for everything", [("text", "", "", "")]),
        ("Design: Steering File 2", [("text", "", "", "")]),
        ("Task 3.1", [("text", "", "", "")]),
        ("User context for 1.1", [("text", "", "", ""), ("criterion", "", "1.1", "")]),
        (
            "the behaviour (2.1, 2.3)",
            [("text", "", "", ""), ("criterion", "", "2.1", ""), ("criterion", "", "2.3", "")],
        ),
        ("Property 3", [("property", "Property", "3", "")]),
        ("\u5c5e\u6027 3", [("property", "\u5c5e\u6027", "3", "")]),
        ("Properties 9 (x, y), 10", [("property", "Properties", "9", ""), ("property", "", "10", "")]),
        (
            "Property 1, Requirements 2.1, 3",
            [("property", "Property", "1", ""), ("criterion", "Requirements", "2.1", ""), ("requirement", "", "3", "")],
        ),
        ("Properties 1-31", [("property", "Properties", "1", "31")]),
    ],
)
def test_a_reference_is_read(value: str, expected: list[tuple[str, str, str, str]]):
    assert kinds(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "1.1, 2.3",
        "1.1\uff0c2.3",
        "1.1\u30012.3",
        "1.1; 2.3",
        "1.1\uff1b 2.3",
        "1.1 and 2.3",
        "1.1 2.3",
        "1.1 & 2.3",
        "1.1/2.3",
        "1.1 \u548c 2.3",
        "1.1, and 2.3",
        "1.1 y 2.3",
        "1.1\u060c 2.3",
    ],
)
def test_lists_are_taken_apart_at_any_separator(value: str):
    assert [each.first for each in read_references(value)] == ["1.1", "2.3"]


def test_numbers_are_properties_where_the_key_says_so():
    assert kinds("1, 2", properties=True) == [("property", "", "1", ""), ("property", "", "2", "")]


def test_nothing_that_is_written_gets_lost():
    value = "1.1 (why), some words, Req 4 later, \u8981\u4ef67, N/A"
    written = " ".join(f"{each.text} {each.note}" for each in read_references(value))
    assert all(word in written for word in ("1.1", "why", "some words", "Req 4", "later", "\u8981\u4ef67", "N/A"))


def test_brackets_that_do_not_match_do_not_swallow_the_list():
    assert [each.first for each in read_references("1.1 (a, 2.2, 3.3") if each.first] == ["1.1", "2.2", "3.3"]


def test_a_number_of_many_digits_is_no_reference():
    assert kinds("2025112109") == [("text", "", "", "")]

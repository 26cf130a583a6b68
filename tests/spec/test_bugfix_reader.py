"""bugfix.md: clauses with their whole numbers, in three parts."""

import pytest

from kiro_worker.spec import Aspect, read_bugfix

BUGFIX = """\
# Bugfix Requirements Document

## Introduction

Costs of 1.5 are lost.

## Bug Analysis

### Current Behavior (Defect)

#### 1. Secrets

1.1 WHEN a write fails THEN the system logs it
and goes on

#### 2. Other

1.2 WHEN two fail THEN the system:

- logs one

### Expected Behavior (Correct)

2.1 WHEN a write fails THEN the system SHALL raise

### Unchanged Behavior (Regression Prevention)

3.1 WHEN it succeeds THEN the system SHALL CONTINUE TO save
"""


def test_the_three_parts_are_told_apart_by_number():
    found = read_bugfix(BUGFIX.encode())
    assert [(each.id, each.aspect, each.title) for each in found.requirements] == [
        ("1", Aspect.CURRENT, "Current Behavior (Defect)"),
        ("2", Aspect.EXPECTED, "Expected Behavior (Correct)"),
        ("3", Aspect.UNCHANGED, "Unchanged Behavior (Regression Prevention)"),
    ]
    assert [each.id for each in found.criteria] == ["1.1", "1.2", "2.1", "3.1"]
    assert found.criteria[0].text == "WHEN a write fails THEN the system logs it and goes on"
    assert found.criteria[1].details == ("- logs one",)
    assert BUGFIX.encode()[found.criteria[3].offset :].startswith(b"3.1 WHEN")
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    "clause",
    ["1.1 WHEN a", "- 1.1 WHEN a", "**1.1** WHEN a", "1.1. WHEN a", "1.1: WHEN a", "- **1.1:** WHEN a", "  1.1 WHEN a"],
)
def test_a_clause_may_have_marks(clause: str):
    [found] = read_bugfix(f"### X\n\n{clause}\n".encode()).criteria
    assert (found.id, found.text) == ("1.1", "WHEN a")


def test_clauses_without_headings_are_read():
    [found] = read_bugfix(b"2.1 CUANDO a ENTONCES b DEBE c\n").requirements
    assert (found.title, found.line, found.aspect) == ("", 1, Aspect.EXPECTED)


def test_parts_come_in_the_order_of_their_numbers():
    assert [each.id for each in read_bugfix(b"10.1 a\n2.1 b\n1.1 c\n").requirements] == ["1", "2", "10"]


def test_doubled_clauses_are_told():
    found = read_bugfix(b"1.1 a\n\n1.1 b\n")
    assert [each.id for each in found.criteria] == ["1.1", "1.1#2"]
    assert [each.code for each in found.diagnostics] == ["requirements.criterion-doubled"]


def test_code_holds_no_clauses_and_nothing_at_all_is_told():
    assert [each.code for each in read_bugfix(b"```\n1.1 a\n```\n").diagnostics] == ["requirements.none"]

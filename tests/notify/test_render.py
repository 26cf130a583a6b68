"""What people see of a notice, as it is shown in docs/deployment/notices."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kiro_worker.notify import Notice, Severity, State
from kiro_worker.notify.render.document import document
from kiro_worker.notify.render.facts import facts
from kiro_worker.notify.render.html import html
from kiro_worker.notify.render.slack import slack
from kiro_worker.notify.render.teams import teams
from kiro_worker.notify.render.text import plain_subject, text
from kiro_worker.testing.notify_contract import NOTICE
from kiro_worker.value import replace

HOSTILE = (
    '<script>alert(1)</script> <!channel> <@U1> <https://evil.example|click> [click](https://evil.example) *b* & "q"'
)
MANY = replace(
    NOTICE, severity=Severity.WARNING, reading=None, ringing=(replace(NOTICE, severity=Severity.WARNING),) * 40
)


def test_facts_come_in_the_order_in_which_people_need_them():
    assert list(facts(NOTICE)) == [
        ("Affected", "CodeBuild project kiro-worker-test"),
        ("Metric", "AWS/CodeBuild FailedBuilds"),
        ("Measured", "4, 1"),
        ("Threshold", ">= 3 (Sum of 1 h)"),
        ("Runbook", "https://example.com/alarms.html#build-failed"),
        ("Environment", "test"),
        ("Since", "2026-11-27T22:01:07+00:00"),
        ("State", "OK → ALARM"),
        ("Alarm", "kiro-worker-test-build-failed-error"),
        ("Account", "000000000000 us-east-1"),
    ]


def test_a_notice_about_silence_says_that_nothing_was_measured():
    silent = replace(NOTICE, reading=replace(NOTICE.reading, values=()))
    assert dict(facts(silent))["Measured"] == "nothing"


@pytest.mark.parametrize(
    ("state", "severity", "label"),
    [(State.ALARM, Severity.ERROR, "ERROR"), (State.ALARM, Severity.WARNING, "WARNING"), (State.OK, Severity.ERROR, "OK"), (State.UNKNOWN, Severity.ERROR, "UNKNOWN")],
)  # fmt: skip
def test_one_word_says_how_it_stands_in_every_rendering(state, severity, label):
    notice = replace(NOTICE, state=state, severity=severity)
    assert notice.subject.startswith(f"[{label}] ")
    for told in (text(notice), html(notice), json.dumps(slack(notice)), json.dumps(teams(notice)).replace("\\", "")):
        assert f"[{label}]" in told


@given(some.text(max_size=300))
def test_a_subject_of_sns_is_one_that_sns_takes(title):
    subject = plain_subject(replace(NOTICE, title=title))
    assert 0 < len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()


def test_a_burst_of_warnings_is_one_notice_that_lists_them_and_counts_the_rest():
    for told in (text(MANY), html(MANY), json.dumps(slack(MANY)), json.dumps(teams(MANY))):
        assert told.count("alarms at") == 12
        assert "and 28 more" in told
    assert len(document(MANY)["ringing"]) == 40, "a machine is told all of them"


def test_nothing_of_a_text_is_markup_in_a_mail():
    told = html(replace(NOTICE, reason=HOSTILE, title=HOSTILE, action=HOSTILE, runbook=f"javascript:{HOSTILE}"))
    assert "<script" not in told
    assert 'href="javascript' not in told
    assert told.count("<a ") == 1, "the alarm's page alone"


def test_nothing_of_a_text_is_a_mention_or_a_link_in_slack():
    told = slack(replace(NOTICE, reason=HOSTILE, title=HOSTILE, action=HOSTILE))
    marked = [block["text"]["text"] for block in told["blocks"] if block["type"] == "section" and "text" in block]
    assert marked
    for each in [*marked, told["text"]]:
        assert "<" not in each
        assert "*b*" not in each


def test_nothing_of_a_text_is_a_link_in_teams():
    told = teams(replace(NOTICE, reason=HOSTILE, title=HOSTILE, action=HOSTILE))
    blocks = told["attachments"][0]["content"]["body"]
    shown = [block["text"] for block in blocks if block["type"] == "TextBlock"]
    assert shown
    assert all("](" not in each and " *b*" not in each for each in shown)


@pytest.mark.parametrize(
    "runbook", ["javascript:alert(1)", "http://example.com", "docs/deployment/alarms.md#x", "//example.com"]
)
def test_what_is_no_address_over_tls_becomes_no_link_and_is_told_all_the_same(runbook):
    notice = replace(NOTICE, runbook=runbook)
    for told in (html(notice), json.dumps(slack(notice))):
        assert f'href="{runbook}' not in told
        assert f"<{runbook}" not in told
    urls = [action["url"] for action in teams(notice)["attachments"][0]["content"]["actions"]]
    assert urls == [notice.console]
    assert runbook in text(notice)


long = some.text(max_size=40).map(lambda word: word * 200)


@given(long, long, long)
def test_no_text_makes_a_message_longer_than_its_reader_takes(title, reason, action):
    notice = replace(MANY, title=title, reason=reason, action=action)
    told = slack(notice)
    assert len(told["blocks"]) <= 50
    for block in told["blocks"]:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150
        for field in [
            *block.get("fields", ()),
            *([block["text"]] if block["type"] == "section" and "text" in block else []),
        ]:
            assert len(field["text"]) <= 3000
        assert len(block.get("fields", ())) <= 10
    card = teams(notice)["attachments"][0]["content"]
    assert all(len(block["text"]) <= 1500 for block in card["body"] if block["type"] == "TextBlock")


def test_the_least_that_a_notice_can_be_is_rendered_by_all():
    least = Notice(id="1", alarm="", title="", severity=Severity.ERROR, state=State.ALARM)
    assert text(least)
    assert html(least)
    assert slack(least)["blocks"]
    assert teams(least)["attachments"]
    assert document(least)["reading"] is None

"""A notice as a message of Slack: blocks, and the text that a notification shows.

Limits: https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Any

from kiro_worker.notify.notice import Notice
from kiro_worker.notify.render.facts import brief, facts, shown

_SIGNS = {
    "ERROR": ":red_circle:",
    "WARNING": ":large_yellow_circle:",
    "OK": ":large_green_circle:",
    "UNKNOWN": ":white_circle:",
}
_HEADER, _SECTION, _FIELD, _FIELDS = 150, 3000, 2000, 10


def slack(notice: Notice) -> dict[str, Any]:
    """The body of a post to an incoming webhook."""
    sign = _SIGNS[notice.label]
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(notice.subject, _HEADER), "emoji": False}},
        *_section(f"{sign} *Do:* {_plain(notice.action)}" if notice.action and not notice.over else ""),
        _fields(notice),
        *_section(_plain(notice.reason)),
        *_ringing(notice),
        *_links(notice),
    ]
    return {"text": _cut(_plain(notice.subject), _SECTION), "blocks": blocks}


def _section(mrkdwn: str) -> list[dict[str, Any]]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": _cut(mrkdwn, _SECTION)}}] if mrkdwn else []


def _fields(notice: Notice) -> dict[str, Any]:
    told = [f"*{name}*\n{_plain(value)}" for name, value in facts(notice)][:_FIELDS]
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": _cut(each, _FIELD)} for each in told]}


def _ringing(notice: Notice) -> list[dict[str, Any]]:
    few, more = shown(notice)
    told = [f"• {_plain(brief(each))}" for each in few] + ([f"• and {more} more"] if more else [])
    return _section("*In alarm now*\n" + "\n".join(told)) if told else []


def _links(notice: Notice) -> list[dict[str, Any]]:
    known = (("Runbook", notice.runbook), ("Alarm in CloudWatch", notice.console))
    links = [f"<{_plain(at).replace('|', '%7C')}|{name}>" for name, at in known if at.startswith("https://")]
    if not links:
        return []
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(" · ".join(links), _SECTION)}]}]


def _plain(text: str) -> str:
    """Nothing of a text is a mention, a link or a channel; and what would make it bold is only a sign."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A zero-width blank keeps `*`, `_`, `~` and backticks from being read in pairs.
    return "".join(f"\u200b{sign}" if sign in "*_~`" else sign for sign in escaped)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"

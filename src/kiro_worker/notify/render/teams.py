"""A notice as a card of Microsoft Teams: an Adaptive Card in the message that a workflow's webhook takes.

https://adaptivecards.io/explorer/ and https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors
"""

import re
from typing import Any

from kiro_worker.notify.notice import Notice
from kiro_worker.notify.render.facts import brief, facts, shown

_COLOURS = {"ERROR": "attention", "WARNING": "warning", "OK": "good", "UNKNOWN": "default"}
# A message may have 28 KB in all.
_LONGEST = 1500
# What a TextBlock would read as emphasis; of all else that Markdown has it knows lists and links.
_MARKUP = re.compile(r"([\\`*_])")


def teams(notice: Notice) -> dict[str, Any]:
    """The body of a post to the webhook."""
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "fallbackText": _cut(notice.subject),
        "body": [
            _block(notice.subject, weight="bolder", size="medium", color=_COLOURS[notice.label]),
            *([_block(f"Do: {notice.action}", weight="bolder")] if notice.action and not notice.over else []),
            {
                "type": "FactSet",
                "facts": [{"title": name, "value": _cut(_plain(value))} for name, value in facts(notice)],
            },
            *([_block(notice.reason, isSubtle=True)] if notice.reason else []),
            *_ringing(notice),
        ],
        "actions": [
            {"type": "Action.OpenUrl", "title": name, "url": at}
            for name, at in (("Runbook", notice.runbook), ("Alarm in CloudWatch", notice.console))
            if at.startswith("https://")
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _ringing(notice: Notice) -> list[dict[str, Any]]:
    few, more = shown(notice)
    told = [brief(each) for each in few] + ([f"and {more} more"] if more else [])
    return [_block("In alarm now:", weight="bolder"), *map(_block, told)] if told else []


def _block(text: str, **look: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _cut(_plain(text)), "wrap": True, **look}


def _plain(text: str) -> str:
    # A zero-width blank keeps two brackets from being a link; a backslash would be seen by some readers.
    return _MARKUP.sub(r"\\\1", text).replace("](", "]\u200b(")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

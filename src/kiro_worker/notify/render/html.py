"""A notice as the HTML part of a mail: no picture, no script, no style sheet that a mail program would drop."""

from html import escape

from kiro_worker.notify.notice import Notice, Severity
from kiro_worker.notify.render.facts import brief, facts, shown

# Each is told by the word in the heading, too.
_COLOURS = {"ERROR": "#b3261e", "WARNING": "#8a5300", "OK": "#1b6e3c", "UNKNOWN": "#4a5568"}
_FONT = "font-family:-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif"


def html(notice: Notice) -> str:
    """The whole document."""
    colour = _COLOURS[notice.label]
    parts = [
        f'<h1 style="font-size:18px;margin:0 0 12px;color:{colour}">{escape(notice.subject)}</h1>',
        *_action(notice),
        '<table role="presentation" style="border-collapse:collapse;font-size:14px">',
        *(_row(name, value) for name, value in facts(notice)),
        "</table>",
        *_reason(notice),
        *_ringing(notice),
        *_links(notice),
    ]
    head = f'<head><meta charset="utf-8"><title>{escape(notice.subject)}</title></head>'
    body = f'<body style="{_FONT};color:#1a202c;max-width:640px">{"".join(parts)}</body>'
    return f'<!doctype html><html lang="en">{head}{body}</html>'


def _action(notice: Notice) -> list[str]:
    if not notice.action or notice.over:
        return []
    heavy = "#b3261e" if notice.severity is Severity.ERROR else "#8a5300"
    style = f"border-left:4px solid {heavy};margin:0 0 12px;padding:4px 12px;font-size:14px"
    return [f'<p style="{style}"><b>Do:</b> {escape(notice.action)}</p>']


def _row(name: str, value: str) -> str:
    cell = "padding:2px 16px 2px 0;text-align:left;vertical-align:top"
    heading = f'<th style="{cell};color:#4a5568;font-weight:normal">{escape(name)}</th>'
    return f'<tr>{heading}<td style="{cell}">{escape(value)}</td></tr>'


def _reason(notice: Notice) -> list[str]:
    return [f'<p style="font-size:14px">{escape(notice.reason)}</p>'] if notice.reason else []


def _ringing(notice: Notice) -> list[str]:
    few, more = shown(notice)
    if not few:
        return []
    told = [f"<li>{escape(brief(each))}</li>" for each in few] + ([f"<li>and {more} more</li>"] if more else [])
    return [
        '<p style="font-size:14px;margin-bottom:4px">In alarm now:</p>',
        '<ul style="font-size:14px">',
        *told,
        "</ul>",
    ]


def _links(notice: Notice) -> list[str]:
    # Nothing but web addresses becomes a link, wherever the text came from.
    known = (("Runbook", notice.runbook), ("Alarm in CloudWatch", notice.console))
    links = [f'<a href="{escape(at)}">{name}</a>' for name, at in known if at.startswith("https://")]
    return [f'<p style="font-size:14px">{" · ".join(links)}</p>'] if links else []

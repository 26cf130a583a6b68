"""A notice as a plain text: for mail that shows nothing else, and for whatever listens to a topic."""

from kiro_worker.notify.notice import Notice
from kiro_worker.notify.render.facts import brief, facts, shown

_WIDTH = 12
# Of SNS, for the subject of a mail: ASCII, without line ends, shorter than this.
_LONGEST_SUBJECT = 100


def text(notice: Notice) -> str:
    """All of it, one fact a line, what to do first."""
    lines = [notice.subject, ""]
    if notice.action and not notice.over:
        lines += [f"Do: {notice.action}", ""]
    lines += [*(f"{name + ':':<{_WIDTH}} {value}" for name, value in facts(notice))]
    if notice.reason:
        lines += ["", notice.reason]
    few, more = shown(notice)
    if few:
        lines += ["", "In alarm now:", *(f"- {brief(each)}" for each in few)]
    if more:
        lines += [f"- and {more} more"]
    if notice.console:
        lines += ["", notice.console]
    return "\n".join(lines) + "\n"


def plain_subject(notice: Notice) -> str:
    """The subject as SNS takes it.

    >>> from kiro_worker.notify.notice import Severity, State
    >>> plain_subject(Notice(id="1", alarm="a", title="Zu viele Läufe", severity=Severity.WARNING, state=State.OK))
    '[OK] Kiro Worker: Zu viele L?ufe'
    """
    plain = notice.subject.encode("ascii", "replace").decode()
    printable = "".join(sign if sign.isprintable() else " " for sign in plain)
    return printable if len(printable) < _LONGEST_SUBJECT else f"{printable[: _LONGEST_SUBJECT - 4]}..."

"""What every rendering tells of a notice, in the same words."""

from collections.abc import Iterator

from kiro_worker.notify.notice import Notice, Reading

# More of them is a wall; the page of alarms has them all.
MOST_RINGING = 12
_MOST_VALUES = 5
_SPANS = ((86_400, "d"), (3600, "h"), (60, "min"))


def facts(notice: Notice) -> Iterator[tuple[str, str]]:
    """Name and value of each fact that is known, the weightiest first."""
    for resource in notice.resources:
        yield "Affected", f"{resource.kind} {resource.name}".strip()
    if notice.reading is not None:
        yield "Metric", notice.reading.metric
        yield "Measured", measured(notice.reading)
        yield "Threshold", threshold(notice.reading)
    for name, value in (
        ("Runbook", notice.runbook),
        ("Environment", notice.environment),
        ("Since", notice.at),
        ("State", f"{notice.before.value} → {notice.state.value}"),
        ("Alarm", notice.alarm),
        ("Account", " ".join(filter(None, (notice.account, notice.region)))),
    ):
        if value:
            yield name, value


def measured(reading: Reading) -> str:
    """The latest values, the newest first."""
    if not reading.values:
        return "nothing"
    return ", ".join(number(value) for value in reading.values[:_MOST_VALUES])


def threshold(reading: Reading) -> str:
    """What alarms: `>= 3 (Sum of 5 min)`."""
    limit = "" if reading.threshold is None else f"{reading.comparison} {number(reading.threshold)}"
    of = f"{reading.statistic} of {span(reading.period)}" if reading.period else reading.statistic
    return f"{limit} ({of})" if of else limit


def number(value: float) -> str:
    """A number without what nobody reads.

    >>> number(3.0), number(99.456), number(14400.0), number(0.05)
    ('3', '99.46', '14,400', '0.05')
    """
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def span(seconds: int) -> str:
    """A time in the largest unit that fits: 300 is `5 min`.

    >>> span(300), span(3600), span(90)
    ('5 min', '1 h', '90 s')
    """
    for size, unit in _SPANS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def shown(notice: Notice) -> tuple[tuple[Notice, ...], int]:
    """What else is in alarm, as many as are shown, and how many are left out."""
    return notice.ringing[:MOST_RINGING], max(0, len(notice.ringing) - MOST_RINGING)


def brief(notice: Notice) -> str:
    """One of several, in a line."""
    reading = notice.reading
    told = f": {measured(reading)}, alarms at {threshold(reading)}" if reading is not None else ""
    where = ", ".join(resource.name for resource in notice.resources)
    return f"{notice.label} {notice.title}{f' [{where}]' if where else ''}{told}"

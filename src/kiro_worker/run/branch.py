"""Names of new branches, from the pattern in the settings."""

from datetime import UTC, datetime

from kiro_worker.expression import expression

# What git refuses in a name, and what shells and forges stumble over.
_ODD = expression(r"[^\w./-]+|\.\.+|//+|(?<=/)\.|\.lock(?=/|$)|@\{")


def branch_name(pattern: str, *, spec: str, moment: datetime, token: str) -> str:
    """A branch's name; `{spec}`, `{timestamp}` (UTC) and `{id}` are filled in.

    >>> five_past_nine = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
    >>> branch_name("kiro/{spec}/{timestamp}-{id}", spec="user auth", moment=five_past_nine, token="7f3a")
    'kiro/user-auth/20261121-090500-7f3a'
    """
    filled = (
        pattern.replace("{spec}", spec)
        .replace("{timestamp}", moment.astimezone(UTC).strftime("%Y%m%d-%H%M%S"))
        .replace("{id}", token)
    )
    return _ODD.sub("-", filled).strip("/.-")

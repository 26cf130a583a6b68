"""Tokens that the redactor has no shape for, since a run hardly ever meets one: as their issuers write them; pure."""

import re
from collections.abc import Iterator

from kiro_worker.expression import expression

_SHAPES = {
    "artifactory-key": rb"AKCp[A-Za-z0-9]{69}",
    "doppler-token": rb"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{40,44}",
    "mailgun-key": rb"key-[0-9a-f]{32}",
    "mailchimp-key": rb"[0-9a-f]{32}-us[0-9]{1,2}",
    "newrelic-key": rb"NRAK-[A-Z0-9]{27}",
    "shopify-token": rb"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "square-token": rb"sq0(?:csp|atp|idp)-[A-Za-z0-9_-]{22,43}",
    "telegram-token": rb"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
    "twilio-key": rb"SK[0-9a-f]{32}",
    "databricks-token": rb"dapi[0-9a-f]{32}",
    "terraform-token": rb"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
    "grafana-token": rb"gl(?:sa_[A-Za-z0-9]{32}_[0-9a-f]{8}|c_eyJ[A-Za-z0-9+/=]{32,400})",
    "sentry-token": rb"sntr[yu]s?_[A-Za-z0-9+/=_]{60,400}",
    "postman-key": rb"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    "notion-token": rb"(?:ntn_[A-Za-z0-9]{46}|secret_[A-Za-z0-9]{43})",
    "password": rb"""<\w{0,40}(?:[Pp]assword|[Ss]ecret)>(?=[^<]{0,200}[0-9])[^<>${}\s]{8,200}(?=</)""",
    "login": rb"""\bcurl\b[^\n]{0,200}?\s(?:-u|--user)[ =]["']?[\w.@-]{1,60}:(?=\S{0,200}[0-9])[^\s"'${}<>]{8,200}""",
}
_ANY = expression(
    b"|".join(rb"(?P<%b>%b)" % (name.replace("-", "_").encode(), shape) for name, shape in _SHAPES.items())
)
_WORD = expression(rb"[A-Za-z0-9_]")


def rarer(line: bytes) -> Iterator[tuple[str, bytes]]:
    """The name of each token in a line, and the token.

    >>> [name for name, _ in rarer(b"x = 'shpat_" + b"0a1b2c3d" * 4 + b"'")]
    ['shopify-token']
    """
    for match in _ANY.finditer(line):
        before, after = line[match.start() - 1 : match.start()], line[match.end() : match.end() + 1]
        if not (_WORD.match(before) or _WORD.match(after)):
            name = str(match.lastgroup).replace("_", "-")
            # What stands before these two is no part of the secret.
            yield name, re.split(b"[>:]", match[0], maxsplit=1)[1] if name in {"password", "login"} else match[0]

"""Values that stand beside a name which tells that they are secret; pure."""

import re
from collections.abc import Iterator

from kiro_worker.expression import expression

_TELLING = (
    r"passw(?:or)?d|passwd|passphrase|secret|api[_-]?key|apikey|access[_-]?key|auth[_-]?token|private[_-]?key"
    r"|signing[_-]?key|encryption[_-]?key|token|credential"
)
_NAME = rf"(?P<name>[\w.-]{{0,60}}?(?:{_TELLING})[\w-]{{0,30}})"
_SIGN = r"""["']?\]?\s{0,4}(?::\s{0,2}[A-Za-z]{1,20}\s{0,4}=|:=|=>|[:=])\s{0,4}"""
_QUOTED = expression(rf"""(?i)(?<![\w-]){_NAME}{_SIGN}[bru]?(?P<quote>["'`])(?P<value>[^"'`\s]{{8,200}})(?P=quote)""")
_BARE = expression(
    rf"""(?i)(?<![\w-]){_NAME}{_SIGN}(?P<quote>)(?P<value>[^\s"'`#]{{8,200}})\s{{0,4}}(?:#.{{0,200}})?$"""
)

# A name that goes on like this tells where or what the secret is, and not the secret.
_ABOUT = expression(
    r"(?i)(?:url|uri|name|field|path|file|id|ids|type|kind|ttl|header|label|prefix|suffix|regex|pattern|length|size|env|var"
    r"|variable|expiry|expires|timeout|count|limit|store|service|provider|class|column|param|placeholder|hint|policy|arn"
    r"|algorithm|format|hash|digest|error|message|text|title|ref|key_?ref|usage)s?$"
)
# Calls, lookups, templates, paths, addresses, and words without anything random in them.
_NO_VALUE = expression(
    r"[$%{}<>()\[\]\\*]|^(?:\.{0,2}/|https?:|arn:|file:|projects/)|\.\.\.|::|^(?:true|false|null|none)$", re.IGNORECASE
)
_WORDS = expression(r"[A-Za-z]+(?:[-_./: ][A-Za-z]+)*")


def assigned(line: str, *, quoted: bool) -> Iterator[tuple[str, str]]:
    """Each telling name of a line with its value.

    Args:
        line: of a file.
        quoted: whether only a quoted text is a value, as in code; in settings a bare word is one, too.

    >>> list(assigned('DB_PASSWORD = "kq7Zr2vX9"', quoted=True))
    [('DB_PASSWORD', 'kq7Zr2vX9')]
    >>> list(assigned('token_url = "https://a.example/t0ken"', quoted=True))
    []
    """
    patterns = (_QUOTED,) if quoted else (_QUOTED, _BARE)
    for pattern in patterns:
        for match in pattern.finditer(line.rstrip("\r\n,;")):
            name, value = match["name"], match["value"]
            if _ABOUT.search(name) or _NO_VALUE.search(value) or not _is_random(value):
                continue
            yield name.rsplit(".", 1)[-1], value


def _is_random(value: str) -> bool:
    """Whether it has what words do not have: digits among letters, or letters of both cases around signs."""
    if _WORDS.fullmatch(value):
        return False
    letters = any(char.isalpha() for char in value)
    return letters and any(char.isdigit() for char in value)

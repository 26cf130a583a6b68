"""The well-known tokens, and what each looks like."""

import re

from kiro_worker.redact.shape import Shape

_ALNUM = rb"[A-Za-z0-9]"
_ID = rb"[A-Za-z0-9_]"
_SLUG = rb"[A-Za-z0-9_-]"
_DOTTED = rb"[A-Za-z0-9._-]"
_BASE64 = rb"[A-Za-z0-9+/=]"
_HEADER_VALUE = rb"[A-Za-z0-9._~+/=:-]"


def _shape(
    name: str,
    keywords: str,
    body: bytes,
    least: int = 1,
    most: int = 1024,
    *,
    run: bytes | None = None,
    context: bytes | None = None,
    accept: bytes | None = None,
    complete: bytes | None = None,
    trim: bytes = b"",
    then: bytes = b"",
    wraps: bool = True,
    alone: bool = False,
) -> Shape:
    words = tuple(word.encode() for word in keywords.split("|"))
    enough = accept or body + rb"{%d}" % least
    return Shape(
        name=name,
        keywords=words,
        context=rb"(?i:%s)" % context if context else b"|".join(map(re.escape, words)),
        body=run or rb"(?:%s){1,%d}" % (body, most),
        accept=enough,
        complete=complete or enough,
        trim=trim,
        then=then,
        wraps=wraps,
        alone=alone,
    )


# A value after a colon or an equals sign, quoted or not, in source code, JSON, YAML or a shell.
_ASSIGNED = rb"""["'\\]{0,4}[ \t]{0,4}(?:[:=]>?|=>|>)[ \t]{0,4}["'\\]{0,4}"""
_KEY_PREAMBLE = rb"""[\s>|#*+\\"',:;=.A-Za-z0-9/-]{0,400}?[A-Za-z0-9+/]{24}"""

# Where a form was published it is named; the others are as their issuers' own scanners and documents show them.
SHAPES: tuple[Shape, ...] = (
    # docs.github.com "Behind GitHub's new authentication token formats"; ghs_ is `ghs_APPID_JWT` since April 2026.
    _shape("github-token", "ghp_|gho_|ghr_", _ID, 36, 255),
    _shape(
        "github-token", "ghs_|ghu_", _DOTTED, 36, 4096, trim=b".-",
        complete=rb"\d{1,20}_eyJ[\w-]+\.[\w-]+\.[\w-]{43,}|(?!\d{1,20}_eyJ)[\w.-]{36}",
    ),
    _shape("github-token", "github_pat_", _ID, 50, 255, complete=_ID + rb"{82}"),
    _shape("kiro-api-key", "ksk_", _SLUG, 20, 512, accept=rb"(?=[\w-]{0,64}\d)[\w-]{20}", trim=b"-"),
    _shape("aws-access-key-id", "AKIA|ASIA|ABIA|ACCA", rb"[A-Z0-9]", 16, 16, alone=True),
    _shape(
        "aws-secret-access-key", "ecret_access_key|ECRET_ACCESS_KEY|ecretAccessKey|ecret-access-key", rb"[A-Za-z0-9+/]",
        40, 40, context=rb"ecret[_-]?access[_-]?key" + _ASSIGNED, wraps=False,
    ),
    _shape(
        "aws-session-token", "ession_token|ESSION_TOKEN|essionToken|ecurity-Token|ecurity-token", _BASE64, 64, 4096,
        context=rb"(?:ession[_-]?token|ecurity-token)" + _ASSIGNED, wraps=False,
    ),
    _shape("slack-token", "xoxb-|xoxp-|xoxa-|xoxo-|xoxs-|xoxr-|xoxe-|xoxe.|xapp-", _DOTTED, 10, 512,
           accept=rb"(?=[\w.-]{0,20}\d)[\w.-]{10}", trim=b".-"),
    _shape("slack-webhook", "hooks.slack.com/services/|hooks.slack.com/workflows/", rb"[A-Za-z0-9/_+-]", 20, 255),
    _shape("discord-webhook", "discord.com/api/webhooks/|discordapp.com/api/webhooks/", rb"[A-Za-z0-9/_-]", 60, 255),
    _shape("anthropic-key", "sk-ant-", _SLUG, 20, 512, complete=_SLUG + rb"{90}", trim=b"-"),
    _shape("openai-key", "sk-proj-|sk-svcacct-|sk-admin-|sk-or-v1-", _SLUG, 20, 512, trim=b"-"),
    _shape("openai-key", "sk-", _ALNUM, 32, 255, accept=rb"(?=[A-Za-z0-9]{0,31}\d)[A-Za-z0-9]{32}", alone=True),
    _shape(
        "gitlab-token", "glpat-|gldt-|glptt-|glrt-|glcbt-|glsoat-|glft-|glagent-|gloas-", _DOTTED, 20, 512, trim=b".-"
    ),
    _shape("npm-token", "npm_", _ALNUM, 36, 36),
    _shape("pypi-token", "pypi-Ag", _SLUG, 50, 1024, complete=_SLUG + rb"{140}"),
    _shape("google-api-key", "AIza", _SLUG, 35, 35),
    _shape("google-oauth-token", "ya29.", _DOTTED, 20, 2048, trim=b".-"),
    _shape("google-client-secret", "GOCSPX-", _SLUG, 28, 28),
    # RFC 7519; the first part is base64url of `{"`, and so is the second of a signed one.
    _shape(
        "jwt", "eyJ", _DOTTED, run=rb"[\w-]{1,2048}(?:\.[\w-]{0,8192}){0,4}", trim=b".-",
        accept=rb"[\w-]{8,}\.(?:eyJ[\w-]{4}|[\w-]{16,}\.)", complete=rb"[\w-]{8,}\.[\w-]{4,}\.[\w-]{43,}",
    ),
    _shape("stripe-key", "sk_live_|sk_test_|rk_live_|rk_test_|whsec_", _ALNUM, 16, 255),
    _shape("sendgrid-key", "SG.", _DOTTED, most=96, accept=rb"[\w-]{22}\.[\w-]{43}", trim=b".-"),
    _shape("huggingface-token", "hf_", _ALNUM, 30, 64),
    _shape("digitalocean-token", "dop_v1_|doo_v1_|dor_v1_", rb"[0-9a-f]", 64, 64),
    _shape("docker-token", "dckr_pat_|dckr_oat_", _SLUG, 27, 64),
    _shape("groq-key", "gsk_", _ALNUM, 40, 96),
    _shape("xai-key", "xai-", _ALNUM, 60, 128),
    _shape("vault-token", "hvs.|hvb.|hvr.", _SLUG, 24, 512),
    _shape("age-secret-key", "AGE-SECRET-KEY-1", rb"[0-9A-Z]", 58, 58),
    _shape("linear-key", "lin_api_", _ALNUM, 32, 64),
    _shape("atlassian-token", "ATATT3|ATCTT3", rb"[A-Za-z0-9_=-]", 60, 512, trim=b"-"),
    _shape("azure-key", "AccountKey=|SharedAccessKey=", _BASE64, 40, 128),
    # RFC 9110 11.4, and the header names that services use beside it.
    _shape(
        "authorization", "uthorization|UTHORIZATION", _HEADER_VALUE, most=8192, wraps=False, trim=b".:",
        context=rb"uthorization" + _ASSIGNED + rb"(?:bearer|basic|token|digest|negotiate|apikey|bot)[ \t]{1,4}",
        accept=rb"(?=[a-z]{0,32}[^a-z\s])[^\s]{8}|[^\s]{24}",
    ),
    _shape(
        "authorization",
        "uthorization|UTHORIZATION|rivate-token|RIVATE-TOKEN|rivate-Token|-api-key|-Api-Key|-API-Key|-API-KEY",
        _HEADER_VALUE, most=8192, wraps=False, trim=b".:",
        context=rb"(?:uthorization|rivate-token|-api-key)" + _ASSIGNED, accept=rb"(?=[^\s]{0,64}\d)[^\s]{16}",
    ),
    _shape(
        "authorization", "earer |EARER ", _HEADER_VALUE, most=8192, wraps=False, trim=b".:",
        context=rb"earer {1,4}", accept=rb"(?=[^\s]{0,64}\d)[^\s]{16}",
    ),
    # RFC 3986 3.2.1. A value that is itself a variable or a replacement says nothing.
    _shape(
        "url-password", r"://|:\/\/", rb"""[^\s/?#@"'<>`\\]""", wraps=False, then=b"@",
        context=rb"""(?:://|:\\/\\/)[^\s/?#:@\["'<>`\\]{0,128}:""", accept=rb"[^$*{\[]",
    ),
    _shape(
        "url-password", r"://|:\/\/", rb"[A-Za-z0-9_%~-]", 20, 512, wraps=False, then=b"@",
        context=rb"(?:://|:\\/\\/)", accept=rb"(?=[\w%~-]{0,64}\d)[\w%~-]{20}",
    ),
    # RFC 7468, and the older forms with headers of RFC 1421; quoted in source code or JSON too.
    _shape(
        "private-key", "-----BEGIN ", b"", run=rb"""(?:(?!-----[BE])[\s>|#*+\\"',:;=.A-Za-z0-9/-]){1,16384}""",
        context=rb"-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----",
        accept=_KEY_PREAMBLE, complete=rb"(?!)",
    ),
)  # fmt: skip

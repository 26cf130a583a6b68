"""What metrics that are made of logs look for: failures of secrets and of the key, which no service counts, and others.

Patterns find the worker's own words (`kiro_worker.aws.fault`, `kiro_worker.secret.fault`, the poller), one of several
in any place of a line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from collections.abc import Mapping

from kiro_worker.bootstrap.keptstate import UNREAD, UNWRITTEN

_STORES = ("secretsmanager", "ssm")
_SAID = ("AWS denies", "AWS refuses", "AWS did not answer", "AWS takes no more calls of", "AWS was not asked for")

PHRASES: Mapping[str, tuple[str, ...]] = {
    "SecretErrors": (
        "could not be fetched from Secrets Manager",
        "could not be fetched from the Parameter Store",
        "in Secrets Manager (",
        "in the Parameter Store (",
        *(f"{said} {store}:" for store in _STORES for said in _SAID),
    ),
    "KeyErrors": (
        *(f"{said} kms:" for said in _SAID),
        "perform: kms:",
        "KMSAccessDeniedException",
        "KMSInvalidStateException",
        "KMSDisabledException",
        "KMSNotFoundException",
        "KMS.DisabledException",
        "KMS.KMSInvalidStateException",
        "KMS.NotFoundException",
    ),
    "BookErrors": (UNREAD, UNWRITTEN),
}


def pattern_of(metric: str) -> str:
    """The filter: any of the phrases."""
    return " ".join(f'?"{phrase}"' for phrase in PHRASES[metric])

"""The version that a power itself states, where its source has none."""

from collections.abc import Iterable

from kiro_worker.power.finding import Finding
from kiro_worker.power.model import MANIFEST, POWER_PAGE, Entry
from kiro_worker.power.read import read_about
from kiro_worker.power.version import Version, version_or_none


def stated_version(entries: Iterable[Entry]) -> Version | None:
    """What stands in plugin.json or POWER.md; None when that is no semantic version."""
    texts = {each.path: each.content for each in entries if each.path in {MANIFEST, POWER_PAGE} and each.content}
    ignored: list[Finding] = []
    about = read_about(texts, ignored)
    return None if about is None else version_or_none(about.version)

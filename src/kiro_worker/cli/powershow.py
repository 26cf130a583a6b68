"""What `kiro-worker power` shows, as lines and as data."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kiro_worker.git.name import plain_url
from kiro_worker.power.finding import Finding, refuses
from kiro_worker.power.lock import Locked
from kiro_worker.power.matter import read_page
from kiro_worker.power.model import LARGEST_FILE, POWER_PAGE, entry
from kiro_worker.power.pages import steering_findings
from kiro_worker.power.publish import Publication
from kiro_worker.power.shelf import Standing, Updated
from kiro_worker.power.source.folder import read_folder
from kiro_worker.power.validate import judge
from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPath:
    """What came of looking at a folder or a file.

    Attributes:
        words: in one sentence.
        told: the same for a program.
    """

    findings: tuple[Finding, ...]
    words: str
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether nothing refuses it."""
        return not refuses(self.findings)


def judged_path(path: Path) -> JudgedPath:
    """Look at a power's folder, a single POWER.md, or a single steering file."""
    if path.is_dir():
        judged = judge(read_folder(path.resolve()), folder=path.resolve().name)
    else:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if not path.name.endswith(POWER_PAGE):
            findings = tuple(steering_findings(path.name, read_page(path.name, content)))
            return JudgedPath(findings=findings, words=_words(findings, "steering file"), told={"kind": "steering"})
        judged = judge([entry(POWER_PAGE, content)])
    about = judged.power.about if judged.power else None
    named = {"name": about.name, "version": about.version, "forms": list(about.forms)} if about else {}
    what = f"{about.name} {about.version}".strip() if about else "power"
    return JudgedPath(findings=judged.findings, words=_words(judged.findings, what), told={"kind": "power", **named})


def _words(findings: Sequence[Finding], what: str) -> str:
    count = {severity: sum(each.severity == severity for each in findings) for severity in ("error", "warning", "info")}
    told = ", ".join(
        f"{number} {name}{'s' if number > 1 and name != 'info' else ''}" for name, number in count.items() if number
    )
    if refuses(findings):
        return f"refused ({told})."
    return f"{what} is sound ({told})." if told else f"{what} is sound."


def findings_told(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as data."""
    return [{**each._asdict(), "severity": each.severity.value} for each in findings]


def locked_told(locked: Locked) -> dict[str, Any]:
    """A locked power as data."""
    synced = locked.synced
    return {
        "name": locked.name,
        "version": locked.version,
        "range": locked.range,
        "source": plain_url(locked.source),
        "folder": locked.folder,
        "commit": locked.commit,
        "signer": locked.signer,
        "digest": locked.digest,
        "files": len(locked.files),
        "synced": None if synced is None else synced.version,
    }


def listed_rows(powers: Iterable[Locked]) -> list[tuple[str, ...]]:
    """`power list` for people."""
    rows = [
        (
            each.name,
            each.version,
            each.range or "*",
            "yes" if each.signer else "no",
            each.synced.version if each.synced else "never",
            f"{plain_url(each.source)}{f' in {each.folder}' if each.folder else ''}",
        )
        for each in powers
    ]
    return [("POWER", "VERSION", "RANGE", "SIGNED", "SYNCED", "SOURCE"), *rows]


def standing_told(each: Standing) -> dict[str, Any]:
    """How a power stands, as data."""
    return {
        "name": each.locked.name,
        "version": each.locked.version,
        "fitting": each.fitting,
        "newest": each.newest,
        "commit": each.commit,
        "outdated": each.is_outdated,
    }


def standing_rows(standings: Iterable[Standing]) -> list[tuple[str, ...]]:
    """`power outdated` for people."""
    rows = [
        (
            each.locked.name,
            each.locked.version,
            (each.fitting or each.commit[:12]) if each.is_outdated else "-",
            each.newest or "-",
            each.locked.range or "*",
        )
        for each in standings
    ]
    return [("POWER", "HERE", "FITTING", "NEWEST", "RANGE"), *rows]


def updated_told(each: Updated) -> dict[str, Any]:
    """What an update brought, as data."""
    return {
        "name": each.now.name,
        "before": each.before.version,
        "now": each.now.version,
        "new": each.is_new,
        "commit": each.now.commit,
        "changes": each.changes,
    }


def updated_lines(each: Updated, *, written: bool) -> list[str]:
    """What an update brought, for people."""
    if not each.is_new:
        return [f"{each.now.name} {each.now.version} is up to date."]
    if each.before.version == each.now.version:
        head = f"{each.now.name} {each.now.version} {'was' if written else 'would be'} taken with its new content."
    else:
        head = (
            f"{each.now.name} {'was' if written else 'would be'} updated: {each.before.version} -> {each.now.version}"
        )
    return [head, *(f"  {line}" for line in each.changes.splitlines())]


def publication_told(done: Publication, *, done_: bool) -> dict[str, Any]:
    """What was published, as data."""
    return {
        "name": done.name,
        "version": done.version,
        "tag": done.tag,
        "commit": done.commit,
        "remote": done.remote,
        "signed": done.signed,
        "published": done_,
        "changes": done.changes,
    }

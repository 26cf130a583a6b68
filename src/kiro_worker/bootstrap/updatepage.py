"""What the pull request says that brings a repository's standards up to date."""

from collections.abc import Iterator, Mapping, Sequence

from kiro_worker.forge.escape import code, fence, inline, title
from kiro_worker.power.shelf import Updated
from kiro_worker.steering.judge import Judged

_LONGEST_CHANGES = 6_000


def update_title(updates: Sequence[Updated]) -> str:
    """Names what is new."""
    new = ", ".join(f"{each.now.name} {each.now.version}" for each in updates if each.is_new)
    return title(f"Update standards: {new}", limit=100)


def update_block(updates: Sequence[Updated], brought: Mapping[str, str], waiting: Sequence[Judged]) -> str:
    """Versions with their changelogs, the files that change, and what a person has to settle first.

    Args:
        updates: what each power was and is.
        brought: what the branch does to each file, by path.
        waiting: files that a person has to settle.
    """
    parts = [part for each in updates if each.is_new for part in _power(each)]
    return "\n\n".join((*parts, *_files(brought), *_waiting(waiting), _FOOT))


_FOOT = (
    "Local regions of the files were kept. While this pull request is open, the next update goes into it; "
    "`kiro-worker steering diff` shows what this repository has otherwise than its powers."
)


def _power(each: Updated) -> Iterator[str]:
    before, now = each.before, each.now
    yield f"### {inline(now.name)}: {inline(before.version)} → {inline(now.version)}"
    where = f"From {code(now.source)}"
    yield f"{where}, commit {code(now.commit[:12])}." if now.commit else f"{where}."
    if each.changes:
        cut = each.changes[:_LONGEST_CHANGES]
        yield fence(cut if len(cut) == len(each.changes) else f"{cut}\n[... cut ...]", "markdown")


def _files(brought: Mapping[str, str]) -> Iterator[str]:
    if brought:
        yield "**Steering files**\n\n" + "\n".join(f"- {what}: {code(path)}" for path, what in brought.items())


def _waiting(waiting: Sequence[Judged]) -> Iterator[str]:
    lines = [f"- {code(one.path)}: {inline(one.reason)}" for one in waiting]
    if lines:
        yield "**To be settled by a person before this is merged**\n\n" + "\n".join(lines)

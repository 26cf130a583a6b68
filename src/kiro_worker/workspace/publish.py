"""Moves refs on the remote, and finds out what became of it when no answer came."""

from collections.abc import Mapping
from pathlib import Path

from kiro_worker.git import Git, GitFailed, RefUpdate, look, push
from kiro_worker.ids import Oid
from kiro_worker.value import dataclass, field

_PAUSES = (1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What became of a push.

    Attributes:
        moved: whether every ref is where it was to be.
        seen: what the remote has instead, by ref, when somebody else moved one; empty when it refused.
        words: the remote's.
    """

    moved: bool
    seen: Mapping[str, Oid | None] = field(default_factory=dict)
    words: str = ""


async def publish(git: Git, url: str, updates: tuple[RefUpdate, ...], *, git_dir: Path) -> Publication:
    """Push up to three times, 1 and 2 seconds apart, and look at the remote before each repetition.

    Raises:
        GitFailed: or the subclass that fits, when the remote stays out of reach or wants other credentials.
    """
    pauses = iter(_PAUSES)
    while True:
        lost: GitFailed | None = None
        words = ""
        try:
            answer = await push(git, url, updates, git_dir=git_dir)
        except GitFailed as error:
            if not error.transient:
                raise
            lost = error
        else:
            if answer.moved:
                return Publication(moved=True)
            words = answer.words
            if not answer.stale:
                return Publication(moved=False, words=words)
        seen = await _seen(git, url, updates)
        if all(seen[update.ref] == update.new for update in updates):
            return Publication(moved=True)
        if any(seen[update.ref] != update.expected for update in updates):
            return Publication(moved=False, seen=seen, words=words)
        # Nobody moved anything: the network's fault, or a lock that another push held for a moment.
        pause = next(pauses, None)
        if pause is None:
            if lost is not None:
                raise lost
            return Publication(moved=False, words=words)
        await git.clock.sleep(pause)


async def _seen(git: Git, url: str, updates: tuple[RefUpdate, ...]) -> dict[str, Oid | None]:
    refs = tuple(update.ref for update in updates)
    remote = await git.retrying(lambda: look(git, url, *refs))
    return {ref: remote.refs.get(ref) for ref in refs}

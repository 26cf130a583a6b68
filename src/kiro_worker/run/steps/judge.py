"""Judge: hold what was changed against the policy, whoever changed it and whether or not anybody asked before."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kiro_worker.gate.port import Finding
from kiro_worker.policy import Answer
from kiro_worker.run.permission import scope_of
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.value import dataclass
from kiro_worker.workspace.port import Change, ChangeKind

if TYPE_CHECKING:
    from kiro_worker.policy.change import Changed

UNAPPROVED = "unapproved.diff"
# More than that is no text that a person wrote.
_LONGEST_TEXT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Judged:
    """What the policy says of changes.

    Attributes:
        denied: what may not stay.
        asks: what a person has to approve; with an empty path it is the change as a whole.
    """

    denied: tuple[Finding, ...] = ()
    asks: tuple[Finding, ...] = ()


async def judge(work: Undertaking, task: str, changes: tuple[Change, ...]) -> Judged:
    """Judge changed paths, and the change as a whole."""
    from kiro_worker.policy.change import ChangeContext

    policy = work.have.policy
    # Texts are read only where somebody wants to be asked about what stands in them.
    texts = bool(policy.approvals)
    changed = [await _changed(work, change, texts=texts) for change in changes]
    told = policy.judge_changes(tuple(changed), ChangeContext(scope=scope_of(work.plan, task)))
    denied = tuple(
        Finding(
            code="change.denied",
            title=f"{each.path} may not be changed ({each.decision.rule}).",
            detail=each.decision.reason,
            cure="Do the task without it; if that cannot be done, say so in one line.",
            path=each.path,
        )
        for each in told
        if each.decision.answer is Answer.DENY
    )
    asks = tuple(
        Finding(
            code="change.needs-approval",
            title=f"{each.path or 'The change as a whole'} needs a person's approval ({each.decision.rule}).",
            detail=each.decision.reason,
            cure="Look at it yourself: kiro-worker resume --guided; or allow it in the policy of the base branch.",
            path=each.path,
        )
        for each in told
        if each.decision.answer is Answer.ASK
    )
    return Judged(denied, asks)


async def take_out(work: Undertaking, asks: Iterable[Finding]) -> None:
    """Undo what nobody approved; the whole patch as it was stands in the run's files."""
    patch = work.redactor.bytes(await work.tree.proposed())
    await work.artifacts.keep(work.order.run, UNAPPROVED, patch)
    if paths := tuple(finding.path for finding in asks if finding.path):
        await work.tree.restore(paths)


async def _changed(work: Undertaking, change: Change, *, texts: bool) -> "Changed":
    from kiro_worker.policy.change import Changed

    before, after = await work.tree.versions(change.path) if texts else (None, None)
    return Changed(
        path=change.path,
        added=change.added or 0,
        deleted=change.deleted or 0,
        before=_text(before),
        after=_text(after),
        removed=change.kind is ChangeKind.DELETED,
    )


def _text(content: bytes | None) -> str:
    if content is None or len(content) > _LONGEST_TEXT or b"\0" in content:
        return ""
    return content.decode("utf-8", "replace")

"""What was said on a pull request, as findings for the agent: only of people who may write, only what is still open."""

from collections.abc import Collection, Iterator

from kiro_worker.forge.conversation import CheckState, Conversation, Remark, RemarkKind
from kiro_worker.gate.port import Finding

CHECKS = "checks"
"""Stands for all checks that fail, in the place of a remark's id."""

_MOST = 50


def authors_of(conversation: Conversation, wanted: Collection[str]) -> tuple[str, ...]:
    """Whose right to write has to be asked before their remarks count."""
    return tuple(dict.fromkeys(each.author for each in _open(conversation, wanted)))


def findings_of(conversation: Conversation, wanted: Collection[str], writers: Collection[str]) -> tuple[Finding, ...]:
    """The remarks, in their order, and the checks that fail."""
    remarks = [each for each in _open(conversation, wanted) if each.author in writers]
    found = [_of_remark(each) for each in remarks[:_MOST]]
    if CHECKS in wanted:
        found += _of_checks(conversation)
    return tuple(found)


def _open(conversation: Conversation, wanted: Collection[str]) -> Iterator[Remark]:
    for each in conversation.remarks:
        if each.id in wanted and each.person and each.author and not each.settled and each.body.strip():
            yield each


def _of_remark(remark: Remark) -> Finding:
    what = "A reviewer" if remark.kind is not RemarkKind.COMMENT else "Somebody"
    return Finding(
        code="feedback.remark",
        title=f"{what} ({remark.author}) says",
        detail=remark.body,
        path=remark.path,
        line=remark.line,
    )


def _of_checks(conversation: Conversation) -> Iterator[Finding]:
    for check in conversation.checks:
        if check.state is CheckState.BAD:
            yield Finding(code="feedback.check", title=f"The check {check.name} fails", detail=check.says)

"""Judging what was changed, whoever wrote it: the last line, where no request was made or none was honest."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from kiro_worker.policy.approval import SHIPPED, Approval, ChangeType
from kiro_worker.policy.decision import Answer, Decision, allow, ask, strictest
from kiro_worker.policy.glob import compiled, folded
from kiro_worker.policy.place import judge_inside
from kiro_worker.policy.scope import Scope, is_named
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.policy.policy import Policy

_MOST_TEXT = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One changed file.

    Attributes:
        before, after: its text, empty where it was not there, is gone or is no text.
        removed: whether it is gone.
    """

    path: str
    added: int = 0
    deleted: int = 0
    before: str = ""
    after: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContext:
    """What the change was made for.

    Attributes:
        scope: paths that task and spec name; what a task names is not asked about for being what it is.
    """

    scope: Scope = field(default_factory=Scope)


@dataclass(frozen=True, slots=True)
class ChangeDecision:
    """What is said of one path; an empty path is the change as a whole."""

    path: str
    decision: Decision


def judge_changes(policy: "Policy", changes: tuple[Changed, ...], context: ChangeContext) -> tuple[ChangeDecision, ...]:
    """One decision for each path, and those about the change as a whole that need a person."""
    types = {each.name: each for each in (*SHIPPED, *policy.change_types)}
    each = tuple(ChangeDecision(one.path, _file(policy, one, context, types)) for one in changes)
    return (*each, *(ChangeDecision("", told) for told in _whole(policy, changes)))


def _file(policy: "Policy", one: Changed, context: ChangeContext, types: dict[str, ChangeType]) -> Decision:
    told = judge_inside(one.path, policy.paths, writes=True, removes=one.removed)
    if told.rule == "path.tick":
        # Ticks in the spec that is worked on were put back before this look: these are another's.
        told = ask("path.spec", f"{one.path} says what is to be done, and is done, of another spec")
    # A task that names a lock file or a pipeline asks for it; what a person wrote into governance still holds.
    if told.answer is Answer.ASK and told.rule.startswith("path.") and is_named(one.path, context.scope.task):
        told = allow("path.task", "the task names it")
    found = [told, policy.in_scope(one.path, context.scope), *_types(policy, one, types)]
    decided = strictest(filter(None, found))
    assert decided is not None
    return decided


def _types(policy: "Policy", one: Changed, types: dict[str, ChangeType]) -> Iterator[Decision]:
    for approval in policy.approvals:
        for name in approval.change_types:
            if name in types and is_type(one, types[name]):
                yield ask(f"change_types: {name}", f"{one.path} is a change of the kind {name} ({approval.where})")


def is_type(one: Changed, kind: ChangeType) -> bool:
    """Whether a changed file is of a kind."""
    if any(_compiled(folded(pattern)).fullmatch(folded(one.path)) for pattern in kind.paths):
        return True
    return bool(kind.content) and any(re.search(pattern, line) for line in _lines(one) for pattern in kind.content)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return compiled(pattern)


def _lines(one: Changed) -> set[str]:
    """Lines that only one side has; the longest text that is looked at is a mebibyte."""
    before, after = (set(text[:_MOST_TEXT].splitlines()) for text in (one.before, one.after))
    return before ^ after


def _whole(policy: "Policy", changes: tuple[Changed, ...]) -> Iterator[Decision]:
    added = sum(one.added for one in changes)
    changed = added + sum(one.deleted for one in changes)
    for approval in policy.approvals:
        for name, limit, found in (
            ("files_changed", approval.files_over, len(changes)),
            ("lines_changed", approval.lines_changed_over, changed),
            ("lines_added", approval.lines_added_over, added),
        ):
            if limit is not None and found > limit:
                told = f"{found} {name.replace('_', ' ')}, and more than {limit} need a person's approval"
                yield ask(f"thresholds: {name}", f"{told} ({approval.where})")
        if approval.complexity_over is not None:
            yield from _complexity(approval, changes)


def _complexity(approval: Approval, changes: tuple[Changed, ...]) -> Iterator[Decision]:
    from kiro_worker.policy.complexity import complexity, growth

    limit = approval.complexity_over
    assert limit is not None
    before = sum(complexity(one.path, one.before) for one in changes if one.before and one.after)
    after = sum(complexity(one.path, one.after) for one in changes if one.before and one.after)
    if (grown := growth(before, after)) > limit:
        told = f"the changed code is {grown:.0f} % more complex, and more than {limit:g} % need a person's approval"
        yield ask("thresholds: complexity_increase", f"{told} ({approval.where})")

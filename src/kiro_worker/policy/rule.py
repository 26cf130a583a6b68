"""The rules of a policy: what is written, ready to be matched.

Denials go before questions, and those before permissions; what is written goes before what is shipped, but for
shipped denials. Rules of one kind have no order.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from kiro_worker.policy.decision import Answer, Decision, strictest
from kiro_worker.policy.glob import compiled, folded
from kiro_worker.policy.pattern import CommandPattern, read_pattern
from kiro_worker.policy.shell.script import Invocation
from kiro_worker.value import dataclass

_MOST_KEPT = 8192
_SAID = {Answer.ALLOW: "is allowed", Answer.ASK: "needs a person's approval", Answer.DENY: "is not allowed"}
_INSIDE = Decision(Answer.ALLOW, "path.inside", "it stays inside the workspace")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a policy.

    Attributes:
        section: the key that it stands under, as `denied_commands`.
        pattern: what it is about, as it is written.
        where: its `file:line:column`; empty for what is shipped.
        writes_only: whether it leaves reading alone.
        name: the rule's name where it is not made of section and pattern.
    """

    answer: Answer
    section: str
    pattern: str
    where: str = ""
    writes_only: bool = False
    name: str = ""

    def decision(self, what: str) -> Decision:
        """What it says."""
        where = f" ({self.where})" if self.where else ""
        return Decision(
            self.answer, self.name or f"{self.section}: {self.pattern}", f"{what} {_SAID[self.answer]}{where}"
        )


class PathRules:
    """Rules about files of the workspace, and about places outside of it.

    Args:
        written: the repository's.
        shipped: what holds where nothing is written.
        free: exceptions from what is shipped.
    """

    def __init__(self, written: Iterable[Rule], shipped: Iterable[Rule], free: Iterable[Rule] = ()) -> None:
        written, shipped = tuple(written), tuple(shipped)
        self._written = {answer: _PathGroup(rule for rule in written if rule.answer is answer) for answer in Answer}
        self._refused = _PathGroup(rule for rule in shipped if rule.answer is Answer.DENY)
        self._shipped = _PathGroup(rule for rule in shipped if rule.answer is not Answer.DENY)
        self._free = _PathGroup(free)
        self._kept: dict[tuple[str, bool], Decision] = {}

    def judge(self, path: str, *, writes: bool) -> Decision:
        """What is said of a path of the workspace."""
        found = self._kept.get((path, writes))
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[path, writes] = self._judged(path, writes=writes)
        return found

    def _judged(self, path: str, *, writes: bool) -> Decision:
        plain = folded(path)
        if (told := self._refused.decision(plain, path, writes=writes)) is not None:
            return told
        for answer in (Answer.DENY, Answer.ASK, Answer.ALLOW):
            # A permission is for the very name; what forbids holds however a file system may spell it.
            name = path if answer is Answer.ALLOW else plain
            if (told := self._written[answer].decision(name, path, writes=writes)) is not None:
                return told
        if (told := self._free.decision(path, path, writes=writes)) is not None:
            return told
        return self._shipped.decision(plain, path, writes=writes) or _INSIDE

    def outside(self, named: str, real: str, *, writes: bool) -> Decision | None:
        """What is written of a place outside the workspace, under both its names; nothing is shipped for those."""
        for answer in (Answer.DENY, Answer.ASK):
            for name in (named, real):
                if (told := self._written[answer].decision(folded(name), name, writes=writes)) is not None:
                    return told
        allowed = [self._written[Answer.ALLOW].decision(name, name, writes=writes) for name in (named, real)]
        return allowed[0] if all(allowed) else None


class _PathGroup:
    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)

    @cached_property
    def _all(self) -> re.Pattern[str] | None:
        """All at once: most paths match none."""
        if not self._rules:
            return None
        return re.compile("|".join(dict.fromkeys(f"(?:{each.pattern})" for each, _ in self._each)), re.DOTALL)

    @cached_property
    def _each(self) -> tuple[tuple[re.Pattern[str], Rule], ...]:
        return tuple((_compiled(rule), rule) for rule in self._rules)

    def decision(self, name: str, shown: str, *, writes: bool) -> Decision | None:
        if self._all is None or self._all.fullmatch(name) is None:
            return None
        return strictest(
            rule.decision(shown)
            for each, rule in self._each
            if (writes or not rule.writes_only) and each.fullmatch(name)
        )


def _compiled(rule: Rule) -> re.Pattern[str]:
    return compiled(rule.pattern if rule.answer is Answer.ALLOW else folded(rule.pattern))


class CommandRules:
    """Rules about commands, found by their program."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_program: dict[str, list[tuple[CommandPattern, Rule]]] = {}
        for rule in rules:
            pattern = read_pattern(rule.pattern)
            self._by_program.setdefault(pattern.program, []).append((pattern, rule))

    def matching(self, words: tuple[str, ...], invocation: Invocation) -> Iterator[Decision]:
        """What each rule that fits says."""
        for name in (words[0], ""):
            for pattern, rule in self._by_program.get(name, ()):
                if pattern.matches(words, invocation, strict=rule.answer is not Answer.ALLOW):
                    yield rule.decision(f"`{pattern.text}`")


@dataclass(frozen=True, slots=True)
class NameRules:
    """Rules about names: hosts, tools, MCP servers.

    Attributes:
        default: what holds for a name that no rule is about.
    """

    rules: tuple[Rule, ...]
    default: Decision

    def judge(self, *names: str) -> Decision:
        """What is said of a thing by any of its names; the strictest written rule counts."""
        plain = [name.lower() for name in names if name]
        found = strictest(
            rule.decision(names[0])
            for rule in self.rules
            if any(fnmatch.fnmatchcase(name, rule.pattern.lower()) for name in plain)
        )
        return found or self.default

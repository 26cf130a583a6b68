"""Judging a command line: every simple command in it, with all that it would start."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from kiro_worker.policy.decision import Answer, Decision, allow, ask, deny, strictest
from kiro_worker.policy.place import Ground, judge_path
from kiro_worker.policy.program import interpreter
from kiro_worker.policy.program.call import Call, Seen, Use, touch_paths
from kiro_worker.policy.program.catalogue import HANDLERS, known_as
from kiro_worker.policy.program.remote import FETCHERS, addresses
from kiro_worker.policy.program.variable import judge_variable, paths_of
from kiro_worker.policy.shell import UNKNOWN, Invocation, Unparsable, Word, read_script

if TYPE_CHECKING:
    from kiro_worker.policy.policy import Policy

_MOST_DEPTH = 8
_MOST_FORMS = 64
_MOST_JUDGED = 2000
_PROGRAM = re.compile(r"[A-Za-z0-9_./+@:\[\]!-]+")
_BINARIES = re.compile(r"/(?:usr/)?(?:local/)?s?bin/[^/]+")
# Programs for which an unknown word is only text.
_TEXT = frozenset({
    "echo", "printf", "true", "false", ":", "test", "[", "export", "declare", "typeset", "readonly", "local", "unset",
    "sleep", "seq", "exit", "return", "read", "kill", "tr", "date", "expr", "let", "wait",
})  # fmt: skip


def judge_command(text: str, policy: "Policy", ground: Ground, at: tuple[str, ...] = ("",)) -> Decision:
    """Judge a command line; the strictest of all that it does counts."""
    return strictest(_Judge(policy, ground).script(text, at, 0)) or allow("command.harmless", "it does nothing")


class _Judge:
    def __init__(self, policy: "Policy", ground: Ground) -> None:
        self._policy, self._ground = policy, ground
        self._functions: frozenset[str] = frozenset()
        self._judged = 0

    def script(self, text: str, at: tuple[str, ...], depth: int) -> Iterator[Decision]:
        """Everything that is said of a script."""
        try:
            script = read_script(text, at=at)
        except Unparsable as flaw:
            yield deny("command.unparsable", str(flaw))
            return
        self._functions |= script.functions
        for name in sorted(script.functions):
            if known_as(name):
                yield ask("command.shadows", f"a function takes the name of {name}; give it one of its own")
        for invocation in script.invocations:
            yield from self._invocation(invocation, depth)

    def _invocation(self, one: Invocation, depth: int) -> Iterator[Decision]:
        self._judged += 1
        if depth > _MOST_DEPTH or self._judged > _MOST_JUDGED:
            yield deny("command.too-deep", "it starts one command in another too often to be followed")
            return
        for name, value in one.assigns:
            yield from self._kept(judge_variable(name, value))
            yield from (self._path(word, Use.READ, one) for word in paths_of(name, value))
        for redirect in one.redirects:
            yield self._path(redirect.target, Use.WRITE if redirect.writes else Use.READ, one)
        for form in _forms(one):
            if form is None:
                yield deny("command.unparsable", "its words stand for too many things")
            elif form.words:
                yield from self._command(form, depth)

    def _command(self, one: Invocation, depth: int) -> Iterator[Decision]:
        program, name = one.words[0], one.words[0].text
        if not program.known:
            yield deny("command.unknown-program", "which program it starts is only known when it runs")
            return
        if (program.glob and name not in {"[", "[["}) or not _PROGRAM.fullmatch(name):
            yield deny("command.unreadable", f"{name[:60]!r} is no plain name of a program")
            return
        base = name.rpartition("/")[2]
        if "/" not in name or _BINARIES.fullmatch(name):
            yield from self._called(base, one, depth, here=False)
        else:
            told = judge_path(name, self._policy.paths, self._ground, writes=False, at=one.at)
            if told.rule != "path.inside" or UNKNOWN in one.at:
                yield told if told.answer is not Answer.ALLOW else ask("path.unknown", "which program that is; name it")
            # What a link in the workspace leads to is what runs.
            for each in sorted({base, *(self._behind(name, place) for place in one.at)}):
                yield from self._called(each, one, depth, here=True)

    def _behind(self, name: str, place: str) -> str:
        if name.startswith("/"):
            return self._ground.real(name).rpartition("/")[2]
        return self._ground.real(f"{self._ground.root}/{place}/{name}").rpartition("/")[2]

    def _called(self, base: str, one: Invocation, depth: int, *, here: bool) -> Iterator[Decision]:
        known = known_as(base)
        texts = tuple(word.text for word in one.words[1:])
        written = list(self._policy.commands.matching((base, *texts), one))
        if known and known != base:
            written += self._policy.commands.matching((known, *texts), one)
        call = Call(known or base, one.words[1:], one)
        seen = self._seen(call, known, here=here)
        yield from self._told(call, seen, written)
        yield from (self._path(word, use, one) for word, use in seen.uses)
        if call.name not in _TEXT and any(not word.known and not word.inside for word in call.words):
            yield ask("command.unknown-argument", f"a word of {call.name} is only known when it runs; write it out")
        yield from _fetched(call, seen)
        for started in seen.starts:
            yield from self._invocation(started, depth + 1)
        for script in seen.scripts:
            if depth >= _MOST_DEPTH:
                yield deny("command.too-deep", "it starts one command in another too often to be followed")
            else:
                yield from self.script(script, one.at, depth + 1)

    def _seen(self, call: Call, known: str, *, here: bool) -> Seen:
        if known:
            seen = HANDLERS[known](call)
            if known in FETCHERS:
                seen.told.extend(self._network(call))
            return seen
        seen = Seen()
        if here:
            touch_paths(call, seen)
            return seen.allow("command.workspace-program", "a program of the workspace")
        if call.name in self._functions:
            return seen.allow("command.function", "a function of this command line, whose body is judged")
        return seen

    def _network(self, call: Call) -> Iterator[Decision]:
        if call.texts in (["--version"], ["-V"], ["--help"]):
            yield allow("command.harmless", "it only tells of itself")
            return
        hosts = addresses(call)
        if hosts is None:
            yield self._policy.unknown_host()
        else:
            yield from map(self._policy.host, hosts)

    def _told(self, call: Call, seen: Seen, written: list[Decision]) -> Iterator[Decision]:
        """What is written goes before what is shipped, but for denials, which always count."""
        shipped = list(self._kept(seen.told))
        yield from written
        yield from (each for each in shipped if each.answer is Answer.DENY or not written)
        if not written and not shipped:
            yield deny("command.unknown", f"nothing allows {call.name}; commands.allow of the policy could")

    def _kept(self, told: Iterable[Decision]) -> Iterator[Decision]:
        """Without the rules that the repository switched off."""
        return (each for each in told if each.rule not in self._policy.without)

    def _path(self, word: Word, use: Use, one: Invocation) -> Decision:
        if word.inside and not word.known:
            return allow("path.inside", "names of files of the workspace")
        found = strictest(self._one_path(text, use, one.at) for text in word.texts)
        assert found is not None
        return found

    def _one_path(self, text: str, use: Use, at: tuple[str, ...]) -> Decision:
        rules, ground = self._policy.paths, self._ground
        if use is not Use.TOUCH:
            return judge_path(text, rules, ground, writes=use is not Use.READ, removes=use is Use.REMOVE, at=at)
        strict = judge_path(text, rules, ground, writes=True, at=at)
        return (
            strict
            if strict.rule in {"path.git", "path.policy"}
            else judge_path(text, rules, ground, writes=False, at=at)
        )


def _forms(one: Invocation) -> Iterator[Invocation | None]:
    """A command for each thing that its words can stand for; None when that is too much."""
    count = 1
    for word in one.words:
        count *= len(word.texts)
    if count == 1:
        yield one
    elif count > _MOST_FORMS:
        yield None
    else:
        for texts in product(*(word.texts for word in one.words)):
            words = tuple(replace(word, texts=(text,)) for word, text in zip(one.words, texts, strict=True))
            yield replace(one, words=words)


def _fetched(call: Call, seen: Seen) -> Iterator[Decision]:
    """`curl … | bash` in all its forms: what runs code is fed by what fetches."""
    if not call.invocation.fed or call.name not in interpreter.HANDLERS:
        return
    runs_input = any(each.answer is not Answer.ALLOW for each in seen.told) or call.name in interpreter.SHELLS
    if runs_input and _fetches(call.invocation.fed, 0):
        yield deny("command.fetched-script", f"{call.name} would run what was fetched from the network, unseen")


def _fetches(fed: tuple[Invocation, ...], depth: int) -> bool:
    if depth > _MOST_DEPTH:
        return True
    return any(
        any(known_as(word.text.rpartition("/")[2]) in FETCHERS for word in one.words[:4])
        or _fetches(one.fed, depth + 1)
        for one in fed
    )

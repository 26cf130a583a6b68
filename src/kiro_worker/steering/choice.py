"""Which steering files apply to a piece of work, and why: the rules of Kiro's editor, for an agent without one.

A headless agent has no open file and no chat, and either sends every file or honours hardly a mode of inclusion. So
the worker decides: `always` is sent; `fileMatch` when the work is about a file that matches; `manual` when the task
asks for it, as `#name`; `auto` when the task speaks of what its description speaks of. What is not sent is offered by
name.
"""

import re
from collections.abc import Iterable
from enum import IntEnum

from kiro_worker.policy.glob import BadPattern, compiled
from kiro_worker.steering.reader import AGENTS, CONFLICT, Inclusion, SteeringFile
from kiro_worker.value import dataclass

_WORD = re.compile(r"[^\W_]{3,}", re.UNICODE)
# So many words of a description have to be the task's, too; fewer in a description that has fewer.
_SHARED = 2
_COMMON = frozenset({
    "and", "the", "for", "with", "that", "this", "from", "into", "each", "when", "then", "they", "are", "how", "what",
    "has", "have", "not", "all", "any", "its", "one", "use", "used", "using", "must", "should", "shall", "will", "can",
    "task", "file", "code", "add", "new", "make", "made", "write", "implement", "create", "rule", "guideline",
    "standard", "project", "best", "practice", "requirement", "work",
})  # fmt: skip


class Rank(IntEnum):
    """How sure it is that a file is needed; what is least sure is cut first."""

    ALWAYS = 1
    ASKED = 2  #: the task names it
    MATCHED = 3  #: the work is about files that it is for
    FITTING = 4  #: its description speaks of what the task speaks of
    REFERRED = 5  #: a file that another one refers to


@dataclass(frozen=True, slots=True)
class About:
    """What a piece of work is about.

    Attributes:
        files: paths that it will touch, as far as they are known.
        words: what is said of it.
    """

    files: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A steering file that applies."""

    file: SteeringFile
    rank: Rank
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """All steering files of a repository, parted.

    Attributes:
        applying: what is sent while there is room, the surest first.
        others: the rest, each with why.
    """

    applying: tuple[Chosen, ...]
    others: tuple[tuple[SteeringFile, str], ...]


def choose(files: Iterable[SteeringFile], about: About) -> Choice:
    """Part steering files into those that apply to a piece of work and the others."""
    applying, others = [], []
    for file in files:
        if file.path.endswith(CONFLICT):
            continue
        rank, reason = _judge(file, about)
        if rank is None:
            others.append((file, reason))
        else:
            applying.append(Chosen(file, rank, reason))
    applying.sort(key=lambda one: (one.rank, one.file.path != AGENTS, one.file.path))
    return Choice(tuple(applying), tuple(sorted(others, key=lambda one: one[0].path)))


def _judge(file: SteeringFile, about: About) -> tuple[Rank | None, str]:
    if file.fault:
        return Rank.ALWAYS, f"{file.fault}, so it always applies"
    if file.inclusion is Inclusion.ALWAYS:
        return Rank.ALWAYS, "AGENTS.md always applies" if file.path == AGENTS else "it always applies"
    if _asked(file.name, about.words):
        return Rank.ASKED, f"the task asks for it: #{file.name}"
    match file.inclusion:
        case Inclusion.FILE_MATCH:
            return _matching(file, about)
        case Inclusion.AUTO:
            return _fitting(file, about)
        case _:
            return None, f"it is manual, and the task does not say #{file.name}"


def _asked(name: str, words: str) -> bool:
    return bool(name) and re.search(rf"(?<![\w#&/])#{re.escape(name)}(?![\w-])", words, re.IGNORECASE) is not None


def _matching(file: SteeringFile, about: About) -> tuple[Rank | None, str]:
    if not file.patterns:
        return Rank.ALWAYS, "it is for matching files and says not which, so it always applies"
    for pattern in file.patterns:
        try:
            matches = compiled(pattern)
        except BadPattern as error:
            return Rank.ALWAYS, f"its pattern {pattern[:80]!a} {error}, so it always applies"
        if found := next((path for path in about.files if matches.fullmatch(path)), None):
            return Rank.MATCHED, f"{found} matches {pattern}"
    return None, f"nothing that the task names matches {', '.join(file.patterns)}"


def _fitting(file: SteeringFile, about: About) -> tuple[Rank | None, str]:
    own, theirs = _words(f"{file.name} {file.description}"), _words(about.words)
    shared = own & theirs
    if len(shared) >= min(_SHARED, len(own)) and shared:
        return Rank.FITTING, f"the task speaks of {', '.join(sorted(shared)[:5])}"
    return None, "the task does not speak of what its description speaks of"


def _words(text: str) -> frozenset[str]:
    found = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word.removesuffix("s") if len(word) > 3 else word for word in found) - _COMMON

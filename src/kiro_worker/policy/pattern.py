"""Patterns for commands: words as people write them down, matched against words as a program gets them.

`npm test` is any command that begins with these words. `rm -rf` is `rm` with at least these options, however they are
written. `curl | bash` is a shape: the output of the one reaches the other, through a pipe, a substitution or a
here-document. A word may hold `*`.
"""

import fnmatch
import re
from functools import lru_cache

from kiro_worker.policy.glob import BadPattern
from kiro_worker.policy.shell.script import Invocation
from kiro_worker.policy.shell.word import UNKNOWN
from kiro_worker.value import dataclass

# Longer names of letters, for commands that people forbid by options.
_SHORT = {"recursive": "r", "force": "f", "R": "r"}


@dataclass(frozen=True, slots=True)
class CommandPattern:
    """A pattern, read.

    Attributes:
        text: as it is written.
        stages: words of each part of a shape; one part is an ordinary command.
    """

    text: str
    stages: tuple[tuple[str, ...], ...]

    @property
    def program(self) -> str:
        """The program of the last part; empty where it is itself a pattern."""
        name = self.stages[-1][0]
        return "" if any(sign in name for sign in "*?[") else name

    def matches(self, words: tuple[str, ...], invocation: Invocation, *, strict: bool) -> bool:
        """Whether a command is one of these.

        Args:
            words: the program's name and its arguments, as far as they are known.
            invocation: the command itself, for what feeds it.
            strict: for what forbids: options count in any order and form, and what stands between is passed over.
        """
        last = self.stages[-1]
        if not (_forbids(last, words) if strict else _allows(last, words)):
            return False
        return len(self.stages) == 1 or _is_fed(self.stages[:-1], invocation)


def read_pattern(text: str) -> CommandPattern:
    """Read a pattern.

    Raises:
        BadPattern: for one without a word, or with a quotation that does not end.
    """
    import shlex

    stages = []
    for part in text.split("|"):
        try:
            words = tuple(shlex.split(part))
        except ValueError:
            raise BadPattern("has a quotation that does not end") from None
        if not words:
            raise BadPattern("has a part without a command")
        stages.append(words)
    return CommandPattern(text.strip(), tuple(stages))


def _is_fed(stages: tuple[tuple[str, ...], ...], invocation: Invocation) -> bool:
    return any(
        _forbids(stages[-1], _names(one)) and (len(stages) == 1 or _is_fed(stages[:-1], one)) for one in invocation.fed
    )


def _names(invocation: Invocation) -> tuple[str, ...]:
    words = tuple(word.text for word in invocation.words)
    return (words[0].rpartition("/")[2], *words[1:]) if words else ()


def _allows(pattern: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(words) >= len(pattern) and all(_like(one, word) for one, word in zip(pattern, words, strict=False))


def _forbids(pattern: tuple[str, ...], words: tuple[str, ...]) -> bool:
    if not words or not _like(pattern[0], words[0]):
        return False
    # A word that cannot be told could be any; then what forbids holds.
    if UNKNOWN in words[1:]:
        return True
    wanted = [word for word in pattern[1:] if not word.startswith("-")]
    position = 0
    # Words in their order, whatever stands between: options take values, and which do is not known of every program.
    for word in words[1:]:
        if position < len(wanted) and not word.startswith("-") and _like(wanted[position], word):
            position += 1
    return position == len(wanted) and _options(pattern[1:]) <= _options(words[1:])


def _options(words: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    for word in words:
        if word.startswith("--") and len(word) > 2:
            name = word[2:].partition("=")[0]
            found.add(_SHORT.get(name, name))
        elif word.startswith("-") and len(word) > 1:
            found.update(_SHORT.get(letter, letter) for letter in word[1:])
    return found


@lru_cache(maxsize=2048)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))


def _like(pattern: str, word: str) -> bool:
    if not any(sign in pattern for sign in "*?["):
        return pattern == word
    return _expression(pattern).match(word) is not None

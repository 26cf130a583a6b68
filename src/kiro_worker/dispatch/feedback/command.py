"""Commands in remarks on a pull request: one line, the first, that begins with `/kiro-worker`."""

import re
from enum import StrEnum

from kiro_worker.value import dataclass

CALL = "/kiro-worker"
USAGE = f"`{CALL} retry`, `{CALL} stop`, `{CALL} explain` or `{CALL} only 2.1`"

_MOST = 20
_TASK = re.compile(r"(?:[0-9]{1,4}(?:\.[0-9]{1,4}){0,5}(?:#[0-9]{1,3})?|~[0-9a-f]{8})")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


class Verb(StrEnum):
    """What is asked for."""

    RETRY = "retry"
    STOP = "stop"
    EXPLAIN = "explain"
    ONLY = "only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command.

    Attributes:
        tasks: ids, for `only`.
    """

    verb: Verb
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unclear:
    """Something that was meant for the worker and is no command.

    Attributes:
        why: one sentence.
    """

    why: str


def command_in(body: str) -> Command | Unclear | None:
    r"""The command that a remark is; None for any other remark, also for one that only quotes a command.

    >>> command_in("/kiro-worker only 2.1, 2.2\n\nThe rest can wait.")
    Command(verb=<Verb.ONLY: 'only'>, tasks=('2.1', '2.2'))
    >>> command_in("> /kiro-worker stop") is None
    True
    """
    # What nobody sees commands nothing.
    line = next((line.strip() for line in _HIDDEN.sub("", body).splitlines() if line.strip()), "")
    words = line.split()
    if not words or words[0].casefold() != CALL:
        return None
    name, rest = (words[1].casefold() if len(words) > 1 else ""), words[2:]
    if name not in set(Verb):
        return Unclear(f"There is no such command; there are {USAGE}.")
    verb = Verb(name)
    if verb is not Verb.ONLY:
        return Command(verb=verb) if not rest else Unclear(f"`{CALL} {verb}` takes nothing more on its line.")
    tasks = tuple(dict.fromkeys(part for word in rest for part in word.split(",") if part))
    if not tasks or len(tasks) > _MOST or not all(_TASK.fullmatch(task) for task in tasks):
        return Unclear(f"Name the ids of at most {_MOST} tasks, as in `{CALL} only 2.1`.")
    return Command(verb=verb, tasks=tasks)

"""Where settings come from, strongest first, and what each place claims."""

from collections.abc import Iterator, Mapping
from enum import Enum, IntEnum
from typing import Any

from kiro_worker.config.fault import Flaw, nearest, quoted
from kiro_worker.config.key import PREFIX, Key, keys, sections, variables
from kiro_worker.config.value import Unfit, from_text, from_value
from kiro_worker.value import dataclass, field

USER_FILE = "~/.config/kiro-worker/config.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that settings are read from; nothing else is.

    Attributes:
        flags: by dotted key; text, or a value that the setting can have. None is a flag that was not given.
        variables: the worker's environment.
        user: the operator's own file.
        branch: files of the branch that is worked on, by path; a missing file is None or left out.
        base: the same files of the base branch; None while it is not known which that is. Then no file of the
            repository can set what guards.
        in_codebuild: whether variables that a buildspec declares arrive as environment.
    """

    flags: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    user: bytes | None = None
    branch: Mapping[str, bytes | None] = field(default_factory=dict)
    base: Mapping[str, bytes | None] | None = None
    in_codebuild: bool = False


class Rank(IntEnum):
    """The order in which sources count; lower is stronger."""

    FLAG = 1
    LONG_VARIABLE = 2
    VARIABLE = 3
    ENVIRONMENT_FILE = 4
    WORKER_FILE = 5
    DECLARED_VARIABLE = 6
    BUILDSPEC = 7
    USER_FILE = 8
    DEFAULT = 9


class Side(Enum):
    """Who speaks."""

    OPERATOR = "operator"  #: a person or a platform, from outside the repository
    BASE = "base"  #: the base branch, whose content was reviewed
    BRANCH = "branch"  #: the branch that is worked on, where the agent can write


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One source's value for one setting.

    Attributes:
        origin: for people: a flag, a variable, or a `file:line:column`.
    """

    key: Key
    value: Any
    rank: Rank
    origin: str
    side: Side


def flag_claims(flags: Mapping[str, Any], flaws: list[Flaw]) -> Iterator[Claim]:
    """What the command line says."""
    for name, given in flags.items():
        key = keys().get(name)
        if key is None:
            flaws.append(Flaw(f"flag {quoted(name)}", unknown(name, keys())))
        elif given is not None:
            try:
                value = from_value(key, given)
            except Unfit as unfit:
                flaws.append(Flaw(f"flag {key.flag}", str(unfit)))
            else:
                yield Claim(key=key, value=value, rank=Rank.FLAG, origin=f"flag {key.flag}", side=Side.OPERATOR)


def variable_claims(given: Mapping[str, str], flaws: list[Flaw]) -> Iterator[Claim]:
    """What the environment says; an empty variable says nothing."""
    known = variables()
    for name, text in given.items():
        key = known.get(name)
        if key is None:
            flaws.extend(stray(name))
        elif text and (claim := variable_claim(name, text, flaws)):
            yield claim


def variable_claim(name: str, text: str, flaws: list[Flaw]) -> Claim | None:
    """What one variable says."""
    key = variables()[name]
    try:
        value = from_text(key, text)
    except Unfit as unfit:
        flaws.append(Flaw(f"environment {name}", str(unfit)))
        return None
    rank = Rank.LONG_VARIABLE if name == key.long_variable else Rank.VARIABLE
    return Claim(key=key, value=value, rank=rank, origin=f"environment {name}", side=Side.OPERATOR)


def stray(name: str) -> Iterator[Flaw]:
    """A variable that was meant as a setting and is none: left alone, it would silently set nothing."""
    section = name.removeprefix(PREFIX).partition("_")[0].lower()
    if name.startswith(PREFIX) and section in sections() and name.count("_") > PREFIX.count("_"):
        yield Flaw(f"environment {name}", unknown(name, variables()))


def unknown(name: str, known: Mapping[str, Any]) -> str:
    """What to tell of a name that no setting has."""
    meant = nearest(name, (*known, *sections()))
    if not meant:
        # A key at the wrong level: its last part is right, its section was left out or is another one.
        last = nearest(name.rpartition(".")[2], {key.rpartition(".")[2] for key in known})
        meant = next((key for key in known if last and key.rpartition(".")[2] == last), "")
    return f"{quoted(name)} is no setting; " + (f"did you mean {meant}?" if meant else "remove it")

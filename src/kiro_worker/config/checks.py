"""The `checks:` of `.kiro/worker.yaml`: the repository's own linters, type checkers, builds and audits.

They guard, so they are read from the base branch alone:

    checks:
      - name: ruff
        command: ruff check --output-format=sarif .
        format: sarif
      - name: licences
        command: [make, licences]
        kind: licence
        paths: ["requirements/*"]
      - name: mypy
        off: true

`checks: none` runs no check of the repository's, found or named.
"""

from typing import TYPE_CHECKING, Any

from kiro_worker.config.fault import Flaw, nearest, quoted
from kiro_worker.config.fields import Fields, Unfit, single
from kiro_worker.config.form import wrong_form
from kiro_worker.expression import expression
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.document import Node, Table

SECTION = "checks"

KINDS = ("lint", "types", "build", "secrets", "security", "licence", "dependencies")
FORMATS = (
    "plain", "sarif", "junit", "checkstyle", "bandit", "eslint", "golangci", "mypy", "npm-audit", "pip-audit",
    "pyright", "ruff", "semgrep", "shellcheck", "tsc",
)  # fmt: skip
LEVELS = ("note", "low", "warning", "medium", "error", "high", "critical")

# What the worker's own gates are called.
TAKEN = frozenset(
    {"bite", "coverage", "evidence", "flaky", "phantom", "scope", "setup", "tamper", "tests", "baseline", "looked"}
)
#: The one check that is built in; only `off: true` may be said of it.
SECRETS = "secrets"

_NAME = expression(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_MOST_CHECKS = 50
_MOST_TEXT = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of the repository's own.

    Attributes:
        name: how people know it; it is the gate's name too.
        command: a text for the shell, or a list of words that is run as it is.
        kind: what it is about; it decides the order, and how a finding is called.
        format: what it writes; `plain` is for people, and then its exit status decides.
        report: the file that it writes, relative to the root; empty where it writes to its standard output.
        fails_at: the least that blocks; empty leaves that to the tool, see docs/reference/checks.md.
        baseline: whether what was found on the merge base too does not block.
        paths: globs of the files that it is about; it only runs when one of them is changed. None are all.
    """

    name: str
    command: str | tuple[str, ...]
    kind: str = "lint"
    format: str = "plain"
    report: str = ""
    fails_at: str = ""
    baseline: bool = True
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """All that the base branch says of checks.

    Attributes:
        named: those that it names, in its order.
        off: names of those that are not run though the worker would find them.
        found: whether tools that the base branch configures are run without being named.
    """

    named: tuple[Check, ...] = ()
    off: frozenset[str] = frozenset()
    found: bool = True


def read_checks(node: "Node", flaws: list[Flaw]) -> Checks:
    """What stands below `checks:`; what is wrong is added to `flaws`."""
    from kiro_worker.document import Listing, Scalar, Table

    if isinstance(node, Scalar) and node.text == "none":
        return Checks(found=False)
    if not isinstance(node, Listing):
        told = "checks is a list; write `- name: …` and `command: …` for each, or `checks: none`"
        flaws.append(Flaw(str(node.place), told))
        return Checks()
    if len(node.items) > _MOST_CHECKS:
        flaws.append(Flaw(str(node.place), f"checks has more than {_MOST_CHECKS} entries; join some of them"))
        return Checks()
    named: dict[str, Check] = {}
    off: set[str] = set()
    for item in node.items:
        if not isinstance(item, Table):
            flaws.append(Flaw(str(item.place), "a check is a mapping; write `name: …` and below it `command: …`"))
        elif (read := _entry(item, flaws)) is not None:
            name, check = read
            if name in named or name in off:
                flaws.append(Flaw(str(item.place), f"{quoted(name)} stands here a second time; keep one"))
            elif check is None:
                off.add(name)
            else:
                named[name] = check
    return Checks(named=tuple(named.values()), off=frozenset(off))


def _entry(table: "Table", flaws: list[Flaw]) -> tuple[str, Check | None] | None:
    """A check by its name, None in its place when it is switched off; nothing when something is wrong with it."""
    wrong: list[Flaw] = []
    given = dict(_FIELDS.read(table, wrong))
    name = given.pop("name", "")
    off = given.pop("off", False)
    if not name and not wrong:
        wrong.append(Flaw(str(table.place), "a check needs a name; write `name: …`"))
    if name == SECRETS and not off:
        wrong.append(Flaw(str(table.place), f"{SECRETS} is built in; choose another name, or write `off: true` for it"))
    if off and given:
        wrong.append(Flaw(str(table.place), f"{name} is off; leave out {', '.join(given)}, or `off`"))
    if not off and not given.get("command") and not wrong:
        wrong.append(Flaw(str(table.place), f"{name} has no command; write `command: …`, or `off: true`"))
    flaws += wrong
    if wrong:
        return None
    return name, None if off else Check(name=name, **given)


def _text(node: "Node") -> str:
    scalar = single(node)
    if "\0" in scalar.text or len(scalar.text) > _MOST_TEXT:
        raise Unfit("holds a NUL character or a very long text; remove it")
    return scalar.text


def _name(node: "Node") -> str:
    text = _text(node)
    if not _NAME.fullmatch(text):
        raise Unfit(f"is {quoted(text)}; use at most 40 letters, digits, `.`, `_` and `-`")
    if text in TAKEN:
        raise Unfit(f"is {quoted(text)}, which is a gate of the worker's; choose another")
    return text


def _words(node: "Node") -> tuple[str, ...]:
    from kiro_worker.document import Listing

    if not isinstance(node, Listing):
        return (_text(node),)
    return tuple(map(_text, node.items))


def _command(node: "Node") -> str | tuple[str, ...]:
    from kiro_worker.document import Listing

    words = _words(node) if isinstance(node, Listing) else _text(node)
    if not words or (isinstance(words, tuple) and not words[0]):
        raise Unfit("is empty; write the command to run")
    return words


def _flag(node: "Node") -> bool:
    scalar = single(node)
    if scalar.kind != "bool":
        raise Unfit(f"is {quoted(scalar.text)}; write true or false")
    return scalar.text.casefold() in {"true", "yes", "on"}


def _report(node: "Node") -> str:
    text = _text(node)
    if wrong := wrong_form("path", text):
        raise Unfit(f"is {quoted(text)}, which {wrong}")
    return text


def _one_of(choices: tuple[str, ...]) -> Any:
    def read(node: "Node") -> str:
        text = _text(node)
        if text in choices:
            return text
        raise Unfit(f"is {quoted(text)}; write {nearest(text, choices) or 'one of ' + ', '.join(choices)}")

    return read


_FIELDS = Fields(
    "a check",
    {
        "name": _name,
        "command": _command,
        "kind": _one_of(KINDS),
        "format": _one_of(FORMATS),
        "report": _report,
        "fails_at": _one_of(LEVELS),
        "baseline": _flag,
        "paths": _words,
        "off": _flag,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one file says of checks, and where; `place` is empty when it says nothing."""

    checks: Checks = field(default_factory=Checks)
    place: str = ""

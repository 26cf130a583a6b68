"""Whether a task of the spec asks for what weakens a check; then it is told, and does not block."""

import re
from collections.abc import Callable, Iterator, Sequence

from kiro_worker.expression import expression
from kiro_worker.gate.tamper.sign import Deed, Sign
from kiro_worker.policy.scope import is_named, paths_named
from kiro_worker.value import dataclass

#: Which task asks for it: its id, or nothing.
Asked = Callable[[Sign], str]

_VERBS = {
    Deed.REMOVE: r"remov\w+|delet\w+|drop\w*|retir\w+|get(?:s|ting)? rid|eliminat\w+|obsolete\w*|deprecat\w+|replac\w+"
    r"|merg\w+|consolidat\w+|renam\w+|prun\w+|clean\w* up|strip\w*|take\w* out|no longer",
    Deed.SKIP: r"skip\w*|xfail\w*|disabl\w+|quarantin\w+|ignor\w+|mark\w*|deactivat\w+|expected to fail|only on",
    Deed.CHANGE: r"chang\w+|updat\w+|adapt\w*|adjust\w*|rewrit\w+|rework\w*|replac\w+|revis\w+|correct\w*|relax\w*"
    r"|re-?record\w*"
    r"|regenerat\w+|refresh\w*|simplif\w+|mov\w+|renam\w+|modif\w+|migrat\w+|remov\w+|delet\w+",
    Deed.SET: r"chang\w+|updat\w+|lower\w*|rais\w+|set|sets|setting|configur\w+|exclud\w+|ignor\w+|omit\w*|disabl\w+"
    r"|relax\w*"
    r"|add|adds|adding|enabl\w+|remov\w+|adjust\w*|allow\w*|switch\w*|introduc\w+|creat\w+|extend\w*|install\w*|us(?:e|es|ing)"
    r"|suppress\w*|silenc\w+|mov\w+|replac\w+|defin\w+|set up|register\w*",
}
_STRONG = expression(r"\b(?:instead of|rather than|no longer|not any more|from\b.{1,40}\bto\b)", re.IGNORECASE)
_OF_TESTS = expression(
    r"\b(?:tests?|specs?|suites?|assertions?|expectations?|expected|snapshots?|golden|fixtures?|cases?|checks?|thresholds?)\b",
    re.IGNORECASE,
)
_OF_CHECKS = expression(
    r"\b(?:cover\w*|thresholds?|lint\w*|rules?|strict\w*|typ(?:e|ing)s?|tests?|testing|pytest|unittest|mypy|ruff|eslint"
    r"|jest|vitest|checks?|checkers?|ci|warnings?|ignor\w+|suppress\w*|exclud\w+|omit\w*|skip\w*|fail\w*|pipelines?"
    r"|workflows?|hooks?|plugins?|fixtures?|snapshots?|markers?|settings?|configur\w+)\b",
    re.IGNORECASE,
)
_OF_SILENCE = expression(
    r"\b(?:noqa|nosec|nolint|no cover|type: ignore|eslint|suppress\w*|silenc\w+|ignor\w+|exclud\w+|disabl\w+|lint\w*"
    r"|warnings?|coverage)\b",
    re.IGNORECASE,
)
_PATHS = expression(r"`[^`\n]*`|\S*/\S*")
_NOT = r"\b(?:not|n't|never|without|no|neither|nor|avoid|instead of|rather than)\s+(?:\w+\s+){0,3}?"
_CLAUSE = expression(r"[\n;]|(?<=[.!?])\s+|\bbut\b")
_PLAIN_VALUES = frozenset(
    {"0", "1", "-1", "2", "True", "False", "None", "true", "false", "null", "nil", "", "undefined"}
)
_EMPTY_WORDS = frozenset(
    {"test", "tests", "the", "and", "for", "with", "when", "that", "get", "set", "should", "can", "are", "has"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What of a spec may ask for something.

    Attributes:
        tasks: id and text, details included, of every task that this branch is about.
        criteria: the acceptance criteria and the design, where new values that are expected may stand.
    """

    tasks: tuple[tuple[str, str], ...] = ()
    criteria: str = ""


def nobody_asks(_: Sign) -> str:
    """For a branch without a spec."""
    return ""


def asked_by(asking: Asking) -> Asked:
    """Who asks for a sign, by what the spec says.

    A task asks when it names the file, the test or the setting and speaks of doing that to it. New values that are
    expected are asked for when the spec states them.

    >>> asks = asked_by(Asking(tasks=(("1", "Remove `src/legacy.py` and its tests"),)))
    >>> asks(Sign(code="tamper.deleted", title="", path="tests/test_legacy.py", deed=Deed.REMOVE))
    '1'
    >>> asks(Sign(code="tamper.deleted", title="", path="tests/test_zones.py", deed=Deed.REMOVE))
    ''
    """
    everything = "\n".join([asking.criteria, *(text for _, text in asking.tasks)])

    def asked(sign: Sign) -> str:
        for task, text in asking.tasks:
            if any(_asks(clause, text, sign) for clause in _CLAUSE.split(text)):
                return task
        if sign.code == "tamper.expectation" and _are_stated(sign.values, everything):
            return "the spec's own values"
        return ""

    return asked


def _asks(clause: str, text: str, sign: Sign) -> bool:
    verb = re.compile(rf"\b(?:{_VERBS[sign.deed]})\b", re.IGNORECASE)
    if not verb.search(clause) or re.search(rf"{_NOT}(?:{_VERBS[sign.deed]})\b", clause, re.IGNORECASE):
        return False
    # `store/service.py` is not the fixture `service`.
    by_name = _is_mentioned(sign.names, re.sub(r"\S*/\S*", " ", clause))
    by_path = is_named(sign.path, _files(clause))
    exactly = by_name or _names_itself(sign.path, clause)
    if sign.deed is Deed.CHANGE and not exactly:
        # "Update src/zones.py" says nothing of what its tests expect; "15 instead of 10" does.
        return (by_path and bool(_OF_TESTS.search(clause) or _STRONG.search(clause))) or _by_task(clause, text, sign)
    if sign.deed is Deed.SET and not by_name:
        # "Add a discount to src/cart.py", "add a target to the Makefile": neither speaks of its checks.
        wanted = _OF_SILENCE if sign.code == "tamper.suppressed" else _OF_CHECKS
        return by_path and bool(wanted.search(_PATHS.sub(" ", clause)))
    return by_name or by_path or _by_task(clause, text, sign)


def _by_task(clause: str, text: str, sign: Sign) -> bool:
    """`Remove the exporter src/legacy.py` in the title, `remove its tests too` below."""
    return bool(_OF_TESTS.search(clause)) and (is_named(sign.path, _files(text)) or _is_mentioned(sign.names, text))


def _files(text: str) -> Sequence[str]:
    """The files and folders that a text names; `tests/` alone names no test in particular."""
    return [path for path in paths_named(text) if path.rstrip("/") not in {"tests", "test", "src", "lib", "spec"}]


def _names_itself(path: str, clause: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", clause) is not None


def _is_mentioned(names: Sequence[str], text: str) -> bool:
    return any(_mentions(text, name) for name in names)


def _mentions(text: str, name: str) -> bool:
    if len(name) > 3 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
        return True
    words = list(_words(name))
    known = [word.lower() for word in re.findall(r"[A-Za-z]\w+", text)]
    return len(words) > 1 and all(any(each.startswith(word[:6]) for each in known) for word in words)


def _words(name: str) -> Iterator[str]:
    for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name.replace("_", " ")):
        if len(word) > 2 and word.lower() not in _EMPTY_WORDS:
            yield word.lower()


def _are_stated(values: Sequence[str], text: str) -> bool:
    telling = [value for value in values if value not in _PLAIN_VALUES and len(value) < 200]
    return bool(telling) and all(re.search(rf"(?<![\w.]){re.escape(value)}(?!\w|\.\d)", text) for value in telling)

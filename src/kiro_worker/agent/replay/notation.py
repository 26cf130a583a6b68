"""How a cassette is written: JSON lines that a person can read, described in docs/reference/cassette.md."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.agent.replay.cassette import Cassette, Condition, RecordedTurn, Step
from kiro_worker.error import Fault, WorkerError

VERSION = 1

_STOP_REASONS = frozenset({"end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled"})

_NUMBER = (int, float)
_TEXT = (str,)
_FLAG = (bool,)
_OBJECT = (dict,)

# Each kind of step: what stands under its name, and what else its line may say.
_KINDS: Mapping[str, tuple[tuple[type, ...], Mapping[str, tuple[type, ...]]]] = {
    "say": (_TEXT, {}),
    "think": (_TEXT, {}),
    "update": (_OBJECT, {}),
    "notify": (_TEXT, {"params": _OBJECT}),
    "permission": (_OBJECT, {"options": (list,), "rejected": _TEXT}),
    "write": (_TEXT, {"content": _TEXT, "base64": _TEXT, "executable": _FLAG, "ask": _FLAG, "silent": _FLAG}),
    "delete": (_TEXT, {"ask": _FLAG, "silent": _FLAG}),
    "chmod": (_TEXT, {"executable": _FLAG, "silent": _FLAG}),
    "link": (_TEXT, {"target": _TEXT, "silent": _FLAG}),
    "run": ((list,), {"ask": _FLAG}),
    "wait": (_NUMBER, {}),
    "usage": (_OBJECT, {}),
    "end": (_TEXT, {"usage": _OBJECT}),
    "fail": (_OBJECT, {}),
    "stderr": (_TEXT, {}),
    "garbage": ((list,), {}),
    "flood": ((int,), {"to": _TEXT}),
    "daemon": (_NUMBER, {}),
    "crash": ((int,), {}),
    "hang": (_FLAG, {"stubborn": _FLAG}),
}
_TURN_KEYS = frozenset({"turn", "match", "attempt", "when", "unless"})
_HEADER_KEYS = frozenset({"cassette", "agent", "session", "loads"})
_FLOODS = frozenset({"message", "line", "stderr"})
_WORDS = {str: "a text", dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}


class CassetteUnreadable(WorkerError):
    """A cassette that cannot be played, with everything that is wrong with it."""

    code = "cassette.unreadable"
    fault = Fault.CONFIG

    def __init__(self, name: str, faults: Iterable[str]) -> None:
        self.name = name
        self.faults = tuple(faults)
        super().__init__(
            "\n  ".join((f"{name} cannot be played:", *self.faults)),
            next_step="Correct these lines; docs/reference/cassette.md describes the format.",
        )


def load(path: Path) -> Cassette:
    """Read a cassette from a file.

    Raises:
        CassetteUnreadable: naming each line that is wrong.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CassetteUnreadable(str(path), [str(error)]) from error
    return parse(text, name=str(path))


def parse(text: str, *, name: str = "cassette") -> Cassette:
    r"""Read a cassette; empty lines and lines that begin with `#` are for people.

    >>> parse('{"cassette": 1}\n{"turn": "greet"}\n{"say": "hello"}').turns[0].steps[0].value
    'hello'

    Raises:
        CassetteUnreadable: naming each line that is wrong.
    """
    reader = _Reader(name)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            reader.take(number, line)
    return reader.cassette()


def render(cassette: Cassette) -> str:
    """Write a cassette so that `parse` reads the same again."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(cassette))


def _lines(cassette: Cassette) -> Iterator[dict[str, Any]]:
    header = {"cassette": VERSION, "agent": dict(cassette.agent)}
    if cassette.session:
        header["session"] = dict(cassette.session)
    if cassette.loads:
        header["loads"] = True
    yield header
    for turn in cassette.turns:
        yield _turn_line(turn)
        for step in turn.steps:
            yield {step.kind: step.value, **step.more, **({"needs": step.needs} if step.needs else {})}


def _turn_line(turn: RecordedTurn) -> dict[str, Any]:
    line: dict[str, Any] = {"turn": turn.name}
    if turn.regex:
        line["match"] = {"regex": turn.regex}
    elif turn.text:
        line["match"] = turn.text
    if turn.attempt:
        line["attempt"] = turn.attempt
    for key, conditions in (("when", turn.when), ("unless", turn.unless)):
        if conditions:
            line[key] = [
                {"file": one.file, **({"contains": one.contains} if one.contains else {})} for one in conditions
            ]
    return line


class _Reader:
    """Reads line after line and keeps every fault, so that all are told at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._faults: list[str] = []
        self._header: dict[str, Any] | None = None
        self._turns: list[tuple[dict[str, Any], list[Step]]] = []
        self._asked: set[str] = set()

    def take(self, number: int, line: str) -> None:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            return self._fault(number, f"is not JSON: {error}")
        if not isinstance(value, dict):
            return self._fault(number, "is not an object")
        if self._header is None:
            return self._take_header(number, value)
        if "turn" in value:
            return self._take_turn(number, value)
        return self._take_step(number, value)

    def cassette(self) -> Cassette:
        if self._header is None:
            self._fault(1, f'there is no header such as {{"cassette": {VERSION}}}')
        if self._faults or self._header is None:
            raise CassetteUnreadable(self._name, self._faults)
        return Cassette(
            agent=self._header.get("agent", {}),
            session=self._header.get("session", {}),
            loads=bool(self._header.get("loads", False)),
            turns=tuple(RecordedTurn(**facts, steps=tuple(steps)) for facts, steps in self._turns),
        )

    def _fault(self, number: int, what: str) -> None:
        self._faults.append(f"{self._name}:{number}: {what}")

    def _take_header(self, number: int, value: dict[str, Any]) -> None:
        self._header = value
        if value.get("cassette") != VERSION:
            self._fault(number, f'the first line must say {{"cassette": {VERSION}}}, the version that is read here')
        self._refuse_others(number, value, _HEADER_KEYS)
        for key in ("agent", "session"):
            if not isinstance(value.get(key, {}), dict):
                self._fault(number, f"{key!r} must be an object")

    def _take_turn(self, number: int, value: dict[str, Any]) -> None:
        self._refuse_others(number, value, _TURN_KEYS)
        self._asked.clear()
        match = value.get("match", "")
        facts: dict[str, Any] = {"name": str(value["turn"])}
        if isinstance(match, str):
            facts["text"] = match
        elif isinstance(match, dict) and set(match) == {"regex"} and _is_pattern(match["regex"]):
            facts["regex"] = match["regex"]
        else:
            self._fault(number, '\'match\' must be a text, or {"regex": "a valid pattern"}')
        attempt = value.get("attempt", 0)
        if not isinstance(attempt, int) or attempt < 0:
            self._fault(number, "'attempt' must be a number from 1")
        facts["attempt"] = attempt
        for key in ("when", "unless"):
            facts[key] = tuple(self._conditions(number, key, value.get(key, [])))
        self._turns.append((facts, []))

    def _conditions(self, number: int, key: str, value: object) -> Iterator[Condition]:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and {"file"} <= set(one) <= {"file", "contains"} and _all_text(one.values()):
                yield Condition(**one)
            else:
                self._fault(number, f'{key!r} must be like {{"file": "src/a.py", "contains": "text"}}')

    def _take_step(self, number: int, value: dict[str, Any]) -> None:
        kinds = [key for key in value if key in _KINDS]
        # `usage` is a step of its own and also a fact of `end`.
        kind = "end" if "end" in kinds else next(iter(kinds), "")
        if not kind:
            return self._fault(number, f"is no step; a step has one of: {', '.join(_KINDS)}")
        if not self._turns:
            return self._fault(number, 'stands before the first {"turn": …}')
        wanted, facts = _KINDS[kind]
        self._refuse_others(number, value, frozenset({kind, "needs", *facts}))
        for key, types in ((kind, wanted), *facts.items()):
            if key in value and not _is_one_of(value[key], types):
                self._fault(number, f"{key!r} must be {_told(types)}")
                return None
        step = Step(
            kind=kind,
            value=value[kind],
            more={key: value[key] for key in facts if key in value},
            needs=str(value.get("needs", "")),
        )
        self._check(number, step)
        self._turns[-1][1].append(step)
        return None

    def _check(self, number: int, step: Step) -> None:
        match step.kind:
            case "permission":
                self._asked.add(str(step.value.get("toolCallId", "")))
                if not step.value.get("toolCallId"):
                    self._fault(number, "'permission' needs a 'toolCallId'")
                if step.more.get("rejected", "end_turn") not in _STOP_REASONS:
                    self._fault(number, f"'rejected' must be one of {', '.join(sorted(_STOP_REASONS))}")
            case "end" if step.value not in _STOP_REASONS:
                self._fault(number, f"'end' must be one of {', '.join(sorted(_STOP_REASONS))}")
            case "flood" if step.more.get("to", "message") not in _FLOODS:
                self._fault(number, f"'to' must be one of {', '.join(sorted(_FLOODS))}")
            case "write" if ("content" in step.more) == ("base64" in step.more):
                self._fault(number, "'write' needs either 'content' or 'base64'")
            case "run" | "garbage" if not _all_text(step.value) or not step.value:
                self._fault(number, f"{step.kind!r} must be a list of texts")
            case "link" if "target" not in step.more:
                self._fault(number, "'link' needs a 'target'")
        if step.needs and step.needs not in self._asked:
            self._fault(number, f"needs {step.needs!r}, for which no permission is asked above it in this turn")

    def _refuse_others(self, number: int, value: dict[str, Any], known: frozenset[str]) -> None:
        if others := sorted(set(value) - known):
            self._fault(number, f"unknown {', '.join(map(repr, others))}; known here: {', '.join(sorted(known))}")


def _is_pattern(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _all_text(values: Iterable[object]) -> bool:
    return all(isinstance(one, str) for one in values)


def _is_one_of(value: object, types: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in types
    return isinstance(value, types)


def _told(types: tuple[type, ...]) -> str:
    words = {
        str: "a text",
        dict: "an object",
        list: "a list",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return " or ".join(dict.fromkeys(words[one] for one in types))

"""From what is written in a source to a setting's value, or to what is wrong with it."""

import types
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from kiro_worker.config.fault import nearest, quoted
from kiro_worker.config.form import wrong_form
from kiro_worker.config.key import Key
from kiro_worker.expression import expression

if TYPE_CHECKING:
    from kiro_worker.document import Node

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_DURATION = expression(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_INT = expression(r"[-+]?[0-9]{1,9}")
_FLOAT = expression(r"[-+]?(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")
# So much of a list is shown in an error, and no setting is longer.
_MOST_WORDS = 1000
_MOST_TEXT = 8192


class Unfit(ValueError):
    """A value that a setting cannot have; the text says what is wrong and what to write instead."""


def from_text(key: Key, text: str) -> Any:
    """The value that a variable's or flag's text means.

    Lists are words as a shell splits them.

    Raises:
        Unfit: it means none.

    >>> from kiro_worker.config.key import keys
    >>> from_text(keys()["agent.args"], "--effort high --agent 'my agent'")
    ('--effort', 'high', '--agent', 'my agent')
    >>> from_text(keys()["limits.run"], "1.5h").total_seconds()
    5400.0
    """
    if len(text) > _MOST_TEXT:
        raise Unfit(f"is longer than {_MOST_TEXT} characters; no setting needs that")
    if "\0" in text:
        raise Unfit("holds a NUL character; remove it")
    return _checked(key, _parsed(key, text))


def from_node(key: Key, node: "Node") -> Any:
    """The value that a node of a settings file means.

    Raises:
        Unfit: it means none.
    """
    from kiro_worker.document import Listing, Scalar, Table

    if isinstance(node, Scalar) and node.kind == "null":
        raise Unfit("has no value; write one, or remove the line")
    match _shape(key.type):
        case "pairs" if isinstance(node, Table):
            return _checked(key, tuple((name.text, _item(child)) for name, child in node.entries))
        case "words" | "command" if isinstance(node, Listing):
            return _checked(key, tuple(map(_item, node.items)))
        case _ if not isinstance(node, Scalar):
            raise Unfit(f"is a {'list' if isinstance(node, Listing) else 'mapping'}; write {expected(key)}")
        case "bool" if node.kind != "bool":
            raise Unfit(f"is {quoted(node.text)}; write true or false")
        case "int" | "float" if node.kind not in {"int", "float"}:
            raise Unfit(f"is {quoted(node.text)}; write {expected(key)}, without quotes")
        case _:
            return from_text(key, node.text)


def from_value(key: Key, value: Any) -> Any:
    """The value that a flag gives: text, or what its parser made of it already.

    Raises:
        Unfit: it is none that this setting can have.
    """
    if isinstance(value, str):
        return from_text(key, value)
    if isinstance(value, list | tuple):
        words = tuple(tuple(item) if isinstance(item, list | tuple) else item for item in value)
        if _shape(key.type) == "words" and all(isinstance(word, str) for word in words):
            return _checked(key, words)
        if _shape(key.type) == "command" and words and all(isinstance(word, str) for word in words):
            return _checked(key, words)
        if _shape(key.type) == "pairs" and all(_is_pair(word) for word in words):
            return _checked(key, words)
    if isinstance(value, timedelta) and key.type is timedelta:
        return _checked(key, value)
    if isinstance(value, bool) and key.type is bool:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return from_text(key, str(value))
    raise Unfit(f"is {quoted(str(value))}; write {expected(key)}")


def _is_pair(word: Any) -> bool:
    return isinstance(word, tuple) and len(word) == 2 and all(isinstance(part, str) for part in word)


def expected(key: Key) -> str:
    """What may be written for a setting, in words."""
    if key.choices:
        return _one_of(key.choices)
    limits = f" from {key.least:g} to {key.most:g}" if key.least is not None and key.most is not None else ""
    match _shape(key.type):
        case "bool":
            return "true or false"
        case "int":
            return f"a whole number{limits}"
        case "float":
            return f"a number{limits}"
        case "time":
            return "a time such as 90s, 30m, 2h or a number of seconds"
        case "words":
            return "a list, or words separated by spaces"
        case "command":
            return "a command, or a list of its words"
        case "pairs":
            return "names with the value of each"
        case _:
            return "a text"


def shown(value: Any) -> str:
    """A value as it could be written for a variable.

    >>> shown(timedelta(minutes=90)), shown(("a b", "c")), shown(80.0), shown(True)
    ('90m', "'a b' c", '80', 'true')
    """
    import shlex

    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case timedelta():
            return _shown_time(value)
        case tuple():
            return shlex.join("=".join(item) if isinstance(item, tuple) else item for item in value)
        case _:
            return str(value)


def _shown_time(value: timedelta) -> str:
    seconds = value.total_seconds()
    for unit in ("h", "m"):
        if seconds % _SECONDS[unit] == 0 and seconds >= 2 * _SECONDS[unit]:
            return f"{seconds / _SECONDS[unit]:g}{unit}"
    return f"{seconds:g}s"


def _shape(kind: Any) -> str:
    """The few shapes that settings have, by the annotation of the field."""
    origin = get_origin(kind)
    if origin is Literal:
        return "choice"
    if isinstance(kind, types.UnionType):
        return "command"
    if origin is tuple:
        return "words" if get_args(kind)[0] is str else "pairs"
    names: Mapping[Any, str] = {bool: "bool", int: "int", float: "float", timedelta: "time", str: "text"}
    return names[kind]


def _parsed(key: Key, text: str) -> Any:
    readers: Mapping[str, Callable[[Key, str], Any]] = {
        "choice": _choice,
        "bool": _bool,
        "int": _number,
        "float": _number,
        "time": _time,
        "words": _words,
        "pairs": _pairs,
    }
    reader = readers.get(_shape(key.type))
    return reader(key, text) if reader else text


def _choice(key: Key, text: str) -> str:
    if text in key.choices:
        return text
    meant = nearest(text, filter(None, key.choices))
    raise Unfit(f"is {quoted(text)}; write {meant or _one_of(key.choices)}")


def _one_of(choices: tuple[str, ...]) -> str:
    return "one of " + ", ".join(filter(None, choices))


def _bool(_: Key, text: str) -> bool:
    word = text.strip().casefold()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise Unfit(f"is {quoted(text)}; write true or false")


def _number(key: Key, text: str) -> float:
    whole = key.type is int
    if not (_INT if whole else _FLOAT).fullmatch(text.strip()):
        raise Unfit(f"is {quoted(text)}; write {expected(key)}")
    return int(text) if whole else float(text)


def _time(key: Key, text: str) -> timedelta:
    match = _DURATION.fullmatch(text.strip()[:40])
    if match is None:
        raise Unfit(f"is {quoted(text)}; write {expected(key)}")
    seconds = float(match[1]) * _SECONDS[match[2] or "s"]
    assert key.least is not None
    assert key.most is not None
    if not key.least <= seconds <= key.most:
        raise Unfit(f"is {quoted(text)}; write a time from {key.least:g}s to {key.most / 86400:g}d")
    return timedelta(seconds=seconds)


def _words(_: Key, text: str) -> tuple[str, ...]:
    import shlex

    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise Unfit(f"is {quoted(text)}, in which a quotation does not end; close it") from None


def _pairs(key: Key, text: str) -> tuple[tuple[str, str], ...]:
    pairs = [word.partition("=") for word in _words(key, text)]
    for name, sign, value in pairs:
        if not (name and sign and value):
            raise Unfit(f"has {quoted(name)} without a value; write name=value")
    return tuple((name, value) for name, _, value in pairs)


def _item(node: "Node") -> str:
    from kiro_worker.document import Scalar

    if not isinstance(node, Scalar) or node.kind == "null":
        raise Unfit(f"has an entry that is no text (line {node.place.line}); write each as one word or quote it")
    return node.text


def _checked(key: Key, value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        low = -float("inf") if key.least is None else key.least
        high = float("inf") if key.most is None else key.most
        if not low <= value <= high:
            raise Unfit(f"is {value:g}; write {expected(key)}")
    words = value if isinstance(value, tuple) else (value,)
    if len(words) > _MOST_WORDS:
        raise Unfit(f"has more than {_MOST_WORDS} entries; no setting needs that")
    for word in words:
        for text in word if isinstance(word, tuple) else (word,):
            if isinstance(text, str):
                _check_text(key, text)
    return value


def _check_text(key: Key, text: str) -> None:
    if "\0" in text or len(text) > _MOST_TEXT:
        raise Unfit("holds a NUL character or a very long text; remove it")
    if wrong := wrong_form(key.form, text):
        raise Unfit(f"is {quoted(text)}, which {wrong}" if text else wrong)

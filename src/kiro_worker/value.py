"""`dataclass` for values with slots: the standard one, but nothing is compiled before many of a kind are made.

A run loads about two hundred kinds of values and makes some dozens of them. The standard decorator compiles six methods
of each kind while its module is loaded, half a millisecond a kind, and whoever starts the worker waits for that. Here
all kinds share the other methods, and `__init__` is compiled for those of which more than a few are made.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, replace

# Importing `typing` would cost the verbs that only look; checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import Any

__all__ = ["dataclass", "field", "replace"]

# So many values are filled before it pays to compile what does it.
_FEW = 10


def _dataclass(
    *, slots: bool, frozen: bool = False, kw_only: bool = False, eq: bool = True
) -> "Callable[[type[Any]], type[Any]]":
    """See `dataclasses.dataclass`; a kind without slots, with an order or a `__post_init__` still needs that one."""
    standard = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)
    methods: dict[str, Any] = {"__repr__": _repr}
    if eq:
        methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
    if frozen:
        methods |= {"__setattr__": _refuse, "__delattr__": _refuse, "__getstate__": _values, "__setstate__": _restore}

    def complete(plain: "type[Any]") -> "type[Any]":
        kind = standard(plain)
        own = vars(kind)
        for name, method in methods.items():
            # None is what Python itself puts there beside an `__eq__`.
            if own.get(name) is None:
                setattr(kind, name, method)
        kind.__init__ = _init_of(kind)
        return kind

    return complete


def _init_of(kind: "type[Any]") -> "Callable[..., None]":
    """An `__init__` that fills the first values field by field, and makes the real one in its place for more."""
    left = _FEW

    def __init__(self: object, *args: object, **named: object) -> None:  # noqa: N807
        nonlocal left
        left -= 1
        if left > 0 and _filled(kind, self, args, named):
            return
        kind.__init__ = _compiled(kind)
        kind.__init__(self, *args, **named)

    return __init__


def _filled(kind: "type[Any]", self: object, args: "tuple[object, ...]", named: "dict[str, object]") -> bool:
    """Whether every field has its value; False where something is missing or too much, which the real one can tell."""
    placed, known = 0, 0
    for each in fields(kind):
        name = each.name
        if placed < len(args) and not each.kw_only:
            value = args[placed]
            placed += 1
        elif name in named:
            value = named[name]
            known += 1
        elif each.default is not dataclasses.MISSING:
            value = each.default
        elif each.default_factory is not dataclasses.MISSING:
            value = each.default_factory()
        else:
            return False
        # Straight into the slot: a frozen value refuses what is set otherwise.
        object.__setattr__(self, name, value)
    return placed == len(args) and known == len(named)


def _compiled(kind: "type[Any]") -> "Callable[..., None]":
    by_place, by_name, lines = ["self"], list[str](), list[str]()
    names: dict[str, Any] = {"_missing": dataclasses.MISSING}
    for each in fields(kind):
        name, value = each.name, each.name
        # Straight into the slot: a frozen value refuses what is set otherwise.
        names[f"_set_{name}"] = getattr(kind, name).__set__
        given = name
        if each.default is not dataclasses.MISSING:
            names[f"_default_{name}"] = each.default
            given = f"{name}=_default_{name}"
        elif each.default_factory is not dataclasses.MISSING:
            names[f"_make_{name}"] = each.default_factory
            given, value = f"{name}=_missing", f"_make_{name}() if {name} is _missing else {name}"
        (by_name if each.kw_only else by_place).append(given)
        lines.append(f" _set_{name}(self, {value})\n")
    taken = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    exec(f"def __init__({taken}):\n{''.join(lines) or ' pass'}", names)  # as the standard one  # noqa: S102
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"
    return init


def _values(self: "Any") -> "tuple[Any, ...]":
    return tuple([getattr(self, each.name) for each in fields(self)])


def _restore(self: "Any", values: "tuple[Any, ...]") -> None:
    for each, value in zip(fields(self), values, strict=True):
        object.__setattr__(self, each.name, value)


def _eq(self: object, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: object) -> int:
    return hash(_values(self))


def _repr(self: "Any") -> str:
    told = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({told})"


def _refuse(self: object, name: str, *_: object) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r} of {type(self).__name__}")


if not TYPE_CHECKING:
    # For checkers it is the standard one, with all that they know of it.
    dataclass = _dataclass

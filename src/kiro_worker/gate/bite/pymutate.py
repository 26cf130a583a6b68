"""Python with changed functions that do nothing, give something strange, or fail.

An early exit is put at the beginning of each function; what was there stays behind it, so that a generator stays one,
and a test that only looks for words in the source finds them all the same.
"""

import ast
from collections.abc import Mapping
from enum import Enum

from kiro_worker.gate.bite.pyfind import body_of, decorators, has_body, has_names, is_context, is_generator, signature
from kiro_worker.gate.bite.pytext import Edit, Source, with_edits
from kiro_worker.gate.select.plugin import AT_REST
from kiro_worker.gate.syntax import Function, Named, functions, syntax_of
from kiro_worker.value import dataclass


class Without(Enum):
    """What a function does in the place of what it did."""

    NOTHING = "nothing"  #: gives None
    STRANGE = "strange"  #: gives something that is true, equal to nothing else, and not None
    FAILURE = "failure"  #: raises


_STRANGE = f"""
import sys as _kiro_worker_sys
def _kiro_worker_takes():
    return not hasattr(_kiro_worker_sys, '{AT_REST}')
class _KiroWorkerFailure(BaseException):
    pass
class _KiroWorkerStrange:
    def __getattr__(self, name):
        if name[:2] == '__':
            raise AttributeError(name)
        return self
    def __call__(self, *a, **k): return self
    def __getitem__(self, key): return self
    def __setitem__(self, key, value): pass
    def __iter__(self): return iter(())
    def __len__(self): return 1
    def __contains__(self, item): return False
    def __bool__(self): return True
    def __new__(cls):
        if not hasattr(_kiro_worker_sys, '_kiro_worker_strange'):
            _kiro_worker_sys._kiro_worker_strange = object.__new__(cls)
        return _kiro_worker_sys._kiro_worker_strange
    def __eq__(self, other): return self is other
    def __ne__(self, other): return self is not other
    def __lt__(self, other): return False
    __le__ = __gt__ = __ge__ = __lt__
    def __hash__(self): return 1
    def __add__(self, other): return self
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
    __mod__ = __or__ = __and__ = __add__
    def __enter__(self): return self
    def __exit__(self, *a): return None
    async def __aenter__(self): return self
    async def __aexit__(self, *a): return None
    def __await__(self):
        return self
        yield
    def __aiter__(self): return self
    async def __anext__(self): raise StopAsyncIteration
    def __repr__(self): return '<something strange>'
"""
#: On one line, so that few lines move.
PRELUDE = f"exec({_STRANGE!r})"

# Python itself refuses another answer of these, which would fail in the place of the test.
_MUST = {
    "__len__": "0",
    "__bool__": "False",
    "__contains__": "False",
    "__str__": '""',
    "__repr__": '""',
    "__format__": '""',
    "__hash__": "0",
    "__iter__": "iter(())",
    "__int__": "0",
    "__float__": "0.0",
    "__index__": "0",
    "__bytes__": 'b""',
    "__fspath__": '""',
    "__length_hint__": "0",
}
_NEVER_STRANGE = frozenset(_MUST) | {"__init__", "__exit__", "__aexit__", "__del__"}


def mutate(text: str, changed: tuple[Named, ...], without: Without, *, old: str | None = None) -> str | None:
    r"""A module whose changed functions do something else; None when that cannot be written.

    Args:
        text: the module.
        changed: its functions that are new or do something else now.
        without: what they are to do.
        old: the module at the merge base, where functions that were there then are to be as they were; what is called
            in another way now is as good as new.

    >>> from kiro_worker.gate.bite.pyfind import changed_functions
    >>> text = "def a(x):\n    return x\n"
    >>> print(mutate(text, changed_functions("", text), Without.NOTHING).split("\n", 1)[1], end="")
    def a(x):
        if _kiro_worker_takes(): return None
        return x
    """
    module = syntax_of(text)
    if module is None:
        return None
    source, edits = Source(text), []
    before = _before(old) if old is not None else {}
    for named in changed:
        was = before.get(named.name)
        if was is not None and (edit := was.in_place_of(named.node, source, module)):
            edits.append(edit)
            continue
        statements = body_of(named.node)
        leaving = _exit(named.node, without)
        if statements and leaving:
            inner = " " * (named.node.col_offset + 4)
            edits.append(source.before(statements[0], f"if _kiro_worker_takes(): {leaving}", inner=inner))
    changed_text = with_edits(text, edits) if edits else None
    return None if changed_text is None else with_prelude(changed_text)


@dataclass(frozen=True, slots=True)
class _Was:
    """A function at the merge base.

    Attributes:
        text: without its decorators.
        decorated: with them.
    """

    node: Function
    text: str
    decorated: str

    def in_place_of(self, node: Function, source: Source, module: ast.Module) -> Edit | None:
        """The edit that puts it where the function stands now; None where that is called in another way."""
        if signature(self.node) != signature(node):
            return None
        if decorators(self.node) == decorators(node):
            return Edit(*source.span(node), self.text)
        # What decorates it is a part of what it does; one that is not there any more would keep all from being loaded.
        if self.node.col_offset != node.col_offset or not has_names(module, self.node.decorator_list):
            return None
        return Edit(*source.decorated(node), self.decorated)


def _before(old: str) -> Mapping[str, _Was]:
    """The functions of a module that stand in it once, by name."""
    module = syntax_of(old)
    source, found = Source(old), dict[str, _Was | None]()
    for named in functions(module) if module is not None else ():
        node = named.node
        was = _Was(node, source.of(node), source.between(*source.decorated(node))) if has_body(node) else None
        found[named.name] = None if named.name in found else was
    return {name: was for name, was in found.items() if was is not None}


def with_prelude(text: str) -> str | None:
    """A module that has what the early exits need, behind its docstring and what it takes from the future."""
    module = syntax_of(text)
    if module is None:
        return None
    later = [it for it in body_of(module) if not (isinstance(it, ast.ImportFrom) and it.module == "__future__")]
    return with_edits(text, [Source(text).before(later[0], PRELUDE, inner="")]) if later else None


def _exit(node: Function, without: Without) -> str:
    """The statements that leave a function, on one line; empty where there is nothing else that it could give."""
    if without is Without.FAILURE:
        return "raise _KiroWorkerFailure('taken away')"
    if without is Without.STRANGE and node.name in _NEVER_STRANGE:
        return ""
    given = "_KiroWorkerStrange()" if without is Without.STRANGE else _MUST.get(node.name, "None")
    if not is_generator(node):
        return f"return {given}"
    return f"yield {given}; return" if without is Without.STRANGE or is_context(node) else "return"

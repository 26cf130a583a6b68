"""Python with everything taken back but its functions: constants, fields, bases and calls of modules and classes."""

import ast
from collections.abc import Iterator

from kiro_worker.gate.bite.pyfind import body_of, decorators, has_names
from kiro_worker.gate.bite.pymutate import with_prelude
from kiro_worker.gate.bite.pytext import Edit, Source, with_edits
from kiro_worker.gate.syntax import Function, syntax_of

_KEPT = frozenset({"__all__", "__slots__"})
_FIELD = "exec({!r})"

_LITERALS = (ast.Constant, ast.JoinedStr, ast.Dict, ast.List, ast.Set, ast.Tuple, ast.UnaryOp, ast.BinOp)

# Letters: a sign could mean something in a pattern, and be no pattern any more.
_MORE = "_other"


def rest_taken_back(old: str, new: str) -> str | None:
    """The new module with the old values of what is no function, and with other ones of what is new.

    None when there is no such thing in the change. A new field of a class is kept as a name, and its value is strange.
    """
    after, before = syntax_of(new), syntax_of(old)
    if after is None:
        return None
    edits = list(_Taker(after, Source(new), Source(old)).block(after, before, around=""))
    changed = with_edits(new, edits) if edits else None
    return None if changed is None or changed == new else with_prelude(changed)


def values_strange(old: str, new: str) -> str | None:
    """The new module with something strange in the place of its new values, once they were made.

    What makes them is run as it is, so that nothing fails while the module is loaded. Values that were there before
    have been as they were already: that is what a test has to notice of them.
    """
    after, before = syntax_of(new), syntax_of(old)
    if after is None:
        return None
    known = {_target(it) for it in body_of(before)} if before is not None else set()
    source, edits = Source(new), []
    for statement in body_of(after):
        name = _target(statement)
        has_value = getattr(statement, "value", None) is not None
        if name.isidentifier() and name not in _KEPT | known and has_value:
            edits.append(source.after(statement, f"{name} = _KiroWorkerStrange()"))
    changed = with_edits(new, edits) if edits else None
    return None if changed is None else with_prelude(changed)


class _Taker:
    """Compares blocks of statements."""

    def __init__(self, module: ast.Module, new: Source, old: Source) -> None:
        self._module, self._new, self._old = module, new, old

    def block(
        self, after: ast.Module | ast.ClassDef, before: ast.Module | ast.ClassDef | None, *, around: str
    ) -> Iterator[Edit]:
        """What is to be edited in a module or class, and in the classes inside it."""
        known = list(body_of(before)) if before is not None else []
        assigned = {name: it for it in known if (name := _target(it))}
        classes = {it.name: it for it in known if isinstance(it, ast.ClassDef)}
        same = {ast.dump(it) for it in known}
        for statement in body_of(after):
            if ast.dump(statement) in same or isinstance(statement, Function):
                continue
            if isinstance(statement, ast.ClassDef):
                yield from self._class(statement, classes.get(statement.name), f"{around}{statement.name}")
            elif name := _target(statement):
                if name not in _KEPT:
                    yield from self._value(statement, assigned.get(name))
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                yield Edit(*self._new.span(statement), "pass")

    def _class(self, after: ast.ClassDef, before: ast.ClassDef | None, name: str) -> Iterator[Edit]:
        yield from self.block(after, before, around=f"{name}.")
        known = {_target(it) for it in body_of(before)} if before is not None else set()
        fields = [it for it in after.body if isinstance(it, ast.AnnAssign) and _target(it) not in known]
        if fields and after.col_offset == 0:
            script = "".join(_strange_field(name, _target(it)) for it in fields if _target(it))
            yield self._new.after(after, _FIELD.format(script))
        yield from self._bases(after, before)
        yield from self._decorators(after, before)

    def _bases(self, after: ast.ClassDef, before: ast.ClassDef | None) -> Iterator[Edit]:
        bases = [*after.bases, *(keyword.value for keyword in after.keywords)]
        bare = all(isinstance(it, ast.Pass) or _is_doc(it) for it in after.body)
        if not after.bases or after.keywords or (before is None and not bare):
            return
        start, end = self._new.span(bases[0])[0], self._new.span(bases[-1])[1]
        was = [self._old.of(base) for base in before.bases] if before is not None else []
        told = ", ".join(was)
        if before is None or [ast.dump(it) for it in before.bases] != [ast.dump(it) for it in after.bases]:
            yield Edit(start, end, told)

    def _decorators(self, after: ast.ClassDef, before: ast.ClassDef | None) -> Iterator[Edit]:
        """What a class that was there is decorated with otherwise, such as a dataclass that is frozen now."""
        if before is None or decorators(before) == decorators(after):
            return
        if before.col_offset == after.col_offset and has_names(self._module, before.decorator_list):
            was, now = self._old, self._new
            told = was.between(was.decorated(before)[0], was.span(before)[0])
            yield Edit(now.decorated(after)[0], now.span(after)[0], told)

    def _value(self, after: ast.stmt, before: ast.stmt | None) -> Iterator[Edit]:
        value, was = getattr(after, "value", None), getattr(before, "value", None)
        if value is None or (was is not None and ast.dump(was) == ast.dump(value)):
            return
        if was is not None:
            yield Edit(*self._new.span(value), f"({self._old.of(was)})")
        elif isinstance(value, _LITERALS):
            yield from self._other(value)
        else:
            yield from self._made(after, value)

    def _made(self, statement: ast.stmt, value: ast.expr) -> Iterator[Edit]:
        """Another value behind the one that is made by a call, unless other arguments of it are an error."""
        name, start = _target(statement), self._new.span(value)[0]
        inner = [Edit(it.start - start, it.end - start, it.text) for it in self._other(value)]
        if inner and name.isidentifier() and statement.col_offset == 0:
            other = Source(self._new.of(value)).edited(inner)
            script = f"try:\n    {name} = ({other})\nexcept Exception:\n    pass\n"
            yield self._new.after(statement, _FIELD.format(script))

    def _other(self, value: ast.expr) -> Iterator[Edit]:
        """Another value of the same kind."""
        start, end = self._new.span(value)
        told = self._new.of(value)
        if isinstance(value, ast.Dict | ast.List | ast.Set | ast.Tuple):
            yield Edit(start, end, {"Dict": "{}", "List": "[]", "Set": "set()", "Tuple": "()"}[type(value).__name__])
        elif isinstance(value, ast.JoinedStr):
            yield Edit(start, end, f"({told}) + '{_MORE}'")
        elif isinstance(value, ast.Constant):
            if value.value is not ...:
                yield Edit(start, end, _another(value.value, told))
        else:
            for inner in ast.iter_child_nodes(value):
                if isinstance(inner, ast.keyword):
                    yield from self._other(inner.value)
                elif isinstance(inner, ast.expr):
                    yield from self._other(inner)


def _another(value: object, told: str) -> str:
    """A constant that is not this one.

    >>> _another(True, "True"), _another(3, "3"), _another("a", "'a'"), _another(None, "None")
    ('(not True)', '(3 + 1)', "('a' + '_other')", "'_other'")
    """
    if value is None:
        return f"'{_MORE}'"
    if isinstance(value, bool):
        return f"(not {told})"
    if isinstance(value, str | bytes):
        return f"({told} + {_MORE if isinstance(value, str) else _MORE.encode()!r})"
    return f"({told} + 1)"


def _target(statement: ast.stmt) -> str:
    """The one name that a statement gives a value or a type; empty for any other statement."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return ast.unparse(target) if isinstance(target, ast.Name | ast.Tuple | ast.Subscript | ast.Attribute) else ""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    return ""


def _strange_field(owner: str, name: str) -> str:
    give = "property(lambda s: _KiroWorkerStrange(), lambda s, v: None)"
    return f"try:\n    {owner}.{name} = {give}\nexcept Exception:\n    pass\n"


def _is_doc(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)

"""Which of Python's tests a change touches: those that it adds, and those that do something else now."""

import ast
from collections.abc import Iterable, Iterator

from kiro_worker.gate.bite.pyfind import dump
from kiro_worker.gate.syntax import Function, Named, functions, syntax_of
from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What of one file's tests is new or changed.

    Attributes:
        names: functions and methods, with the classes around them: `TestA.test_b`.
        classes: classes that are new, with those around them; they may inherit tests.
        examples: names of what has other examples (`>>>`) in its docstring now; empty text is the module itself.
    """

    names: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    examples: frozenset[str] = field(default_factory=frozenset)


def known_tests(old: Iterable[str]) -> frozenset[str]:
    """Every function of these files by its own name and what it does: a test that only moved is no new one."""
    return frozenset(_fingerprint(named, _values(module)) for module in _modules(old) for named in functions(module))


def touched(old: str, new: str, known: frozenset[str]) -> Touched:
    """What of a file's tests is new or changed.

    Args:
        old: its text at the merge base.
        new: its text now.
        known: from `known_tests`, of all files that the change touches.
    """
    after, before = syntax_of(new), syntax_of(old) or ast.Module([], [])
    if after is None:
        return Touched()
    values = _values(after)
    classes = set(_classes(before))
    was = dict(_examples(before))
    return Touched(
        names=frozenset(it.name for it in functions(after) if _fingerprint(it, values) not in known),
        classes=frozenset(set(_classes(after)) - classes),
        examples=frozenset(name for name, told in _examples(after) if was.get(name) != told),
    )


def examples_of(text: str) -> str:
    r"""The lines of examples, with what they are to print.

    >>> examples_of("Adds.\n\n>>> add(1, 2)\n3\n\nMore.")
    '>>> add(1, 2)\n3'
    """
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        inside = line.strip().startswith(">>>") or (inside and bool(line.strip()))
        if inside:
            kept.append(line.strip())
    return "\n".join(kept)


def _fingerprint(named: Named, values: dict[str, str]) -> str:
    """A function by its own name and what it does, with the module's values that its decorators name: its cases."""
    used = {
        inner.id
        for decorator in named.node.decorator_list
        for inner in ast.walk(decorator)
        if isinstance(inner, ast.Name)
    }
    return "\n".join((dump(named.node, typed=False), *(values[name] for name in sorted(used & values.keys()))))


def _values(module: ast.Module) -> dict[str, str]:
    assigned = [it for it in module.body if isinstance(it, ast.Assign)]
    return {target.id: ast.dump(it.value) for it in assigned for target in it.targets if isinstance(target, ast.Name)}


def _classes(node: ast.AST, around: str = "") -> Iterator[str]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.ClassDef):
            yield f"{around}{inner.name}"
            yield from _classes(inner, f"{around}{inner.name}.")


def _examples(node: ast.AST, around: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Module | ast.ClassDef | Function):
        told = examples_of(ast.get_docstring(node) or "")
        if told:
            yield around.rstrip("."), told
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.ClassDef | Function):
            yield from _examples(inner, f"{around}{inner.name}.")


def _modules(texts: Iterable[str]) -> Iterator[ast.Module]:
    for text in texts:
        if (module := syntax_of(text)) is not None:
            yield module

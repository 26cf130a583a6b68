"""What of a Python file a change is about: its functions, and the other statements of modules and classes."""

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable

from kiro_worker.gate.syntax import Function, Named, functions, syntax_of

Defined = Function | ast.ClassDef

# These give a context one value; without it, entering the context would fail in the place of the test.
_CONTEXTS = frozenset({"contextmanager", "asynccontextmanager", "fixture"})


def changed_functions(old: str, new: str) -> tuple[Named, ...]:
    r"""The functions that are new or do something else now; comments, formatting and docstrings count for nothing.

    >>> [it.name for it in changed_functions("def a():\n  return 1\n", "def a(): # one\n    return 1\nb = 1\n")]
    []
    >>> [it.name for it in changed_functions("", "class A:\n    def b(self): return 1\n    def c(self): ...\n")]
    ['A.b']
    """
    after, before = syntax_of(new), syntax_of(old)
    known: defaultdict[str, set[str]] = defaultdict(set)
    for named in functions(before) if before is not None else ():
        known[named.name].add(dump(named.node))
    found = functions(after) if after is not None else ()
    return tuple(it for it in found if has_body(it.node) and dump(it.node) not in known[it.name])


def dump(node: Defined, *, typed: bool = True) -> str:
    """What a function or class does, whatever it looks like and says of itself; also of its types, unless `typed`."""
    return ast.dump(_Undocumented(typed=typed).visit(ast.parse(ast.unparse(node))))


def signature(node: Function) -> str:
    """How a function is called and made: its parameters, and whether it is a coroutine, a generator."""
    names = [it.arg for it in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    others = (node.args.vararg, node.args.kwarg)
    kinds = (type(node).__name__, is_generator(node), len(node.args.defaults), *(it and it.arg for it in others))
    return repr((names, kinds))


def decorators(node: Defined) -> list[str]:
    """What a function or class is decorated with."""
    return [ast.dump(it) for it in node.decorator_list]


def has_names(module: ast.Module, nodes: Iterable[ast.expr]) -> bool:
    """Whether all names that some expressions begin with are still used, or known, in a module."""
    wanted = {it.id for node in nodes for it in ast.walk(node) if isinstance(it, ast.Name)}
    return wanted <= _names(module) | vars(builtins).keys()


def body_of(node: Defined | ast.Module) -> list[ast.stmt]:
    """The statements behind a docstring."""
    return node.body[1:] if node.body and _is_text(node.body[0]) else node.body


def has_body(node: Function) -> bool:
    """Whether a function does something: an overload, a protocol's method or an abstract one does not."""
    return any(not (_is_ellipsis(it) or isinstance(it, ast.Pass) or _says_absent(it)) for it in body_of(node))


def is_generator(node: Function) -> bool:
    """Whether calling it makes a generator."""
    pending: list[ast.AST] = list(node.body)
    while pending:
        inner = pending.pop()
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(inner, Function | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(inner))
    return False


def is_context(node: Function) -> bool:
    """Whether it is a generator of which a context is made."""
    return any(_last_name(decorator) in _CONTEXTS for decorator in node.decorator_list)


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, its decorators included."""
    decorators = getattr(node, "decorator_list", [])
    return min(node.lineno, *(int(decorator.lineno) for decorator in decorators), node.lineno)


class _Undocumented(ast.NodeTransformer):
    """Takes docstrings away, and types of parameters and results."""

    def __init__(self, *, typed: bool) -> None:
        self._typed = typed

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return node if self._typed else ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._without(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._without(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._without(node)

    def _without(self, node: Defined) -> ast.AST:
        node.body = body_of(node) or [ast.Pass()]
        if not self._typed and isinstance(node, Function):
            node.returns = None
        return self.generic_visit(node)


def _names(module: ast.Module) -> set[str]:
    found = {it.name for it in module.body if isinstance(it, Function | ast.ClassDef)}
    imports = (it for it in ast.walk(module) if isinstance(it, ast.Import | ast.ImportFrom))
    found |= {alias.asname or alias.name.partition(".")[0] for it in imports for alias in it.names}
    return found | {it.id for it in ast.walk(module) if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)}


def _last_name(decorator: ast.expr) -> str:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def _says_absent(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise) and node.exc is not None and "NotImplemented" in ast.unparse(node.exc)

"""What decides for all tests what they say: conftest.py, plugins, files that an interpreter loads by itself."""

import ast
import re
from collections.abc import Iterator

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.expression import expression
from kiro_worker.gate.kind import FileKind, is_of_tests, kind_of, language_of
from kiro_worker.gate.syntax import hides, syntax_of
from kiro_worker.gate.tamper.lex import blanked
from kiro_worker.gate.tamper.sign import Deed, Sign, Weight

#: Hooks by which a plugin chooses what is run, or what is said of it.
_DECIDING = expression(
    r"pytest_(?:collection_modifyitems|ignore_collect|collect_\w+|pycollect_\w+|itemcollected|deselected|runtest_\w+"
    r"|pyfunc_call|report_teststatus|exception_interact|fixture_setup|sessionfinish|cmdline_\w+|load_initial_conftests"
    r"|terminal_summary|unconfigure|assertion_pass|internalerror|keyboard_interrupt)"
)
_LOADED_ITSELF = expression(
    r"(?:.*/)?(?:sitecustomize|usercustomize)\.py|(?:.*/)?[^/]+\.pth|(?:.*/)?\.noserc|(?:.*/)?\.pytest\.ini"
)
_SETUP = expression(
    r"(?:.*/)?(?:jest|vitest|mocha|test|karma|playwright)[._-]?(?:global)?[._-]?setup[^/]*"
    r"|(?:.*/)?setup[._-]?tests?\.[^/]+"
    r"|(?:.*/)?(?:spec|rails|test)_helper\.rb",
    re.IGNORECASE,
)
_PATCHES = expression(
    r"\bsetattr\(|\bpatch(?:\.\w+)?\(|\bsys\.modules\s*\[|\bbuiltins\.|\b__import__\b|\bos\._exit\b|\bsys\.exit\b|\batexit\b"
    r"|\.exitstatus\b|\boutcome\b|\bexec\(|\beval\(|\bexitcode\b|\bsys\.meta_path\b|\bassertrepr\b"
    r"|\bskip\(|\bxfail\(|add_marker|pytest\.exit\("
)
_JS_PATCHES = expression(
    r"process\.(?:exit\b|exitCode|on\(\s*['\"](?:exit|uncaught))|\bglobal(?:This)?\.(?:expect|it|test|describe)\b|expect\.extend"
    r"|jest\.retryTimes|(?:\bjest|\bvi)\.mock\(|Object\.defineProperty\(\s*(?:global|expect)|\.prototype\.\w+\s*=|\bat_exit\b"
    r"|exit!|\.skip\s*=|\bfilter_run_excluding\b"
)
_ALWAYS_EQUAL = expression(r"return True|return 1|return not False")


def plumbing_signs(change: ChangeSet) -> Iterator[Sign]:
    """Every change of what decides for all tests."""
    for file in change:
        name = file.path.rsplit("/", 1)[-1]
        if _LOADED_ITSELF.fullmatch(file.path) and kind_of(file.path) is not FileKind.GENERATED:
            if file.how is not How.DELETED:
                yield _sign(
                    file,
                    1,
                    "plumbing",
                    "an interpreter or runner loads it by itself, before any test",
                    now=file.text[:300],
                )
        elif name == "conftest.py" or (name in {"plugin.py", "plugins.py"} and is_of_tests(file.path)):
            yield from _conftest(file)
        elif _SETUP.fullmatch(file.path) and file.how is not How.DELETED:
            yield from _setup(file)
        if _in_the_way(file):
            yield _sign(file, 1, "plumbing", "it takes the place of a module that tests stand on", now=file.text[:300])
        if _is_unread(file):
            yield _sign(file, 1, "plumbing", "it is too large for any check to read")
        if language_of(file.path) == "python" and file.text:
            yield from _always_equal(file)
            if hides(file.text) and not hides(file.old_text):
                yield _sign(file, 1, "plumbing", "it nests too deeply for any check to read", now=file.text[:300])
        if kind_of(file.path) is FileKind.TEST or name == "conftest.py":
            yield from _leaves(file)


_STOOD_ON = "pytest|_pytest|unittest|pluggy|coverage|pytest_cov|hypothesis|doctest|nose|mock"


def _is_unread(file: ChangedFile) -> bool:
    """Code that runs as one that is small does, filled up until nobody looks at it; data may well be large."""
    is_there = file.left_out and file.after is None and file.how is not How.DELETED
    return is_there and (language_of(file.path) == "python" or kind_of(file.path) is FileKind.TEST)


def _in_the_way(file: ChangedFile) -> bool:
    path = re.sub(r"^(?:src|lib|tests?)/", "", file.path)
    taken = re.fullmatch(rf"(?:{_STOOD_ON})(?:\.py|/__init__\.py)|node_modules/(?:jest|vitest|mocha)/.*", path)
    return taken is not None and file.how is How.ADDED


_LEAVES = expression(
    r"\bos\._exit\(|\bpytest\.exit\(|\bos\.Exit\(0\)|\bprocess\.exit\(\s*0?\s*\)|process\.exitCode\s*=\s*0"
    r"|\bexit!\(?\s*(?:0|true)?"
    r"|os\.kill\(os\.getpid|\bSystem\.exit\(0\)|process::exit\(0\)|\bHalt\(0\)"
)


def _leaves(file: ChangedFile) -> Iterator[Sign]:
    """A test that ends the whole process ends it with whatever status it likes."""
    language = language_of(file.path)
    lines = blanked(file.text, language, keep_strings=True).splitlines() if language else []
    for number in sorted(file.added):
        if number <= len(lines) and (found := _LEAVES.search(lines[number - 1])) is not None:
            yield _sign(
                file, number, "plumbing", "the whole run is over here, with the status of a good one", now=found[0]
            )


def _conftest(file: ChangedFile) -> Iterator[Sign]:
    old, new = syntax_of(file.old_text), syntax_of(file.text)
    if new is None:
        yield _sign(file, 1, "plumbing", "it cannot be read as Python", now=file.text[:300])
        return
    before = _pieces(old) if old else {}
    for key, node in _pieces(new).items():
        was = before.get(key)
        text = ast.unparse(node)
        if was is not None and ast.unparse(was) == text:
            continue
        old_text = ast.unparse(was) if was is not None else ""
        yield from _piece(file, key, node, old_text, text)
    for key in before.keys() - _pieces(new).keys():
        if isinstance(before[key], ast.FunctionDef) and _DECIDING.fullmatch(key):
            yield _sign(
                file,
                0,
                "plumbing",
                f"{key} is gone, which chose what tests say",
                before=ast.unparse(before[key]),
                weight=Weight.TOLD,
            )


def _piece(file: ChangedFile, key: str, node: ast.stmt, old: str, text: str) -> Iterator[Sign]:
    line = node.lineno
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
        own = text.split("def ", 1)[-1]
        if _DECIDING.fullmatch(key) or "hookimpl" in decorators or "hookwrapper" in decorators:
            yield _sign(
                file, line, "plumbing", f"{key} chooses what is run, or what is said of it", before=old, now=text
            )
        elif "autouse=True" in decorators:
            patches = _PATCHES.search(own) is not None
            yield _sign(
                file,
                line,
                "fixture",
                f"{key} is in force for every test" + (", and patches code" if patches else ""),
                before=old,
                now=text,
                weight=Weight.BLOCKS if patches else Weight.TOLD,
            )
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        if key in {"collect_ignore", "collect_ignore_glob"}:
            yield _sign(file, line, "plumbing", f"{key} leaves tests out", before=old, now=text)
        elif key == "pytest_plugins":
            yield _sign(file, line, "plumbing", "other plugins are loaded", before=old, now=text, weight=Weight.TOLD)
        elif _PATCHES.search(text) or (
            re.match(r"[A-Za-z_]\w*(?:\.\w+)+$", key) and not re.match(r"os\.environ|sys\.path", key)
        ):
            yield _sign(
                file, line, "plumbing", "it changes code that is under test, or the interpreter", before=old, now=text
            )
    elif not isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef) and _PATCHES.search(text):
        yield _sign(
            file, line, "plumbing", "it changes code that is under test, or the interpreter", before=old, now=text
        )


def _pieces(tree: ast.Module) -> dict[str, ast.stmt]:
    """The statements at the top of a file by what they define; others by their text."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found[ast.unparse(node.targets[0])] = node
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            found[ast.unparse(node.target)] = node
        else:
            found[ast.unparse(node)] = node
    return found


def _setup(file: ChangedFile) -> Iterator[Sign]:
    lines = file.text.splitlines()
    before = set(file.old_text.splitlines())
    for number in sorted(file.added):
        line = lines[number - 1] if number <= len(lines) else ""
        if line not in before and _JS_PATCHES.search(line) and not line.lstrip().startswith(("//", "#", "*")):
            harmless = "expect.extend" in line or "mock(" in line
            yield _sign(
                file,
                number,
                "plumbing",
                "it changes for every test what tests say",
                now=line.strip(),
                weight=Weight.TOLD if harmless else Weight.BLOCKS,
            )


def _always_equal(file: ChangedFile) -> Iterator[Sign]:
    """A class that equals anything makes any assertion hold."""
    tree, added = syntax_of(file.text), file.added
    for node in ast.walk(tree) if tree else ():
        if (
            isinstance(node, ast.FunctionDef)
            and node.name in {"__eq__", "__bool__", "__contains__"}
            and node.lineno in added
        ):
            body = [
                ast.unparse(each)
                for each in node.body
                if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            ]
            if body and _ALWAYS_EQUAL.fullmatch(body[0]) and node.name == "__eq__":
                yield _sign(
                    file, node.lineno, "trivial", "an object that equals anything makes assertions hold", now=body[0]
                )


def _sign(
    file: ChangedFile,
    line: int,
    what: str,
    why: str,
    *,
    before: str = "",
    now: str = "",
    weight: Weight = Weight.BLOCKS,
) -> Sign:
    name = file.path.rsplit("/", 1)[-1]
    return Sign(
        code=f"tamper.{what}",
        title=f"{file.path}: {why}",
        path=file.path,
        line=line,
        before=before[:400],
        now=now[:400],
        weight=weight,
        deed=Deed.SET,
        names=(name,),
        cure="Let tests be judged as they were; what a test needs stands in the test or in a plain fixture.",
    )

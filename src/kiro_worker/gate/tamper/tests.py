"""Signs in the tests of a branch: what became of those that were there, and what the new ones are worth."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.expression import expression
from kiro_worker.gate.kind import FileKind, kind_of, language_of
from kiro_worker.gate.tamper.compare import Elsewhere, compared, mocked, only_sign, skip_sign
from kiro_worker.gate.tamper.match import Matched, match
from kiro_worker.gate.tamper.python_tests import read_python
from kiro_worker.gate.tamper.scan_tests import LANGUAGES, read_scanned
from kiro_worker.gate.tamper.sign import Deed, Sign, Weight
from kiro_worker.gate.tamper.test import Skip, TestFile, WrittenTest
from kiro_worker.gate.tamper.told import OTHER_RESULT, literals_in

_READ = {FileKind.TEST, FileKind.TEST_SUPPORT, FileKind.CODE}
_LISTED = 12
#: Nobody writes longer tests by hand.
_MOST_TEXT = 1024 * 1024


def test_signs(change: ChangeSet) -> Iterator[Sign]:
    """Every sign in the tests."""
    before, after = _files(change, old=True), _files(change, old=False)
    matched = match(before, after)
    yield from _lost(matched, change)
    yield from _out(matched)
    yield from _paired(matched, before, after)
    yield from _new(matched)
    for path, file in after.items():
        yield from _whole_file(file, before.get(path), change.by_path[path])
        if language_of(path) in {"javascript", "typescript"}:
            yield from _module_mocks(file, change.by_path[path])


def _files(change: ChangeSet, *, old: bool) -> dict[str, TestFile]:
    found: dict[str, TestFile] = {}
    for file in change:
        text = file.old_text if old else file.text
        kind = kind_of(file.path)
        if (
            not text
            or len(text) > _MOST_TEXT
            or kind not in _READ
            or not file.is_plain
            or file.path.rsplit("/", 1)[-1] == "conftest.py"
        ):
            continue
        language = language_of(file.path)
        collects = kind is FileKind.TEST or (kind is FileKind.TEST_SUPPORT and file.how is not How.ADDED)
        if language == "python":
            found[file.path] = read_python(file.path, text, collects=collects)
        elif language in LANGUAGES and (kind is not FileKind.CODE or language == "rust"):
            found[file.path] = read_scanned(file.path, text, language)
    return found


def _lost(matched: Matched, change: ChangeSet) -> Iterator[Sign]:
    by_path: dict[str, list[WrittenTest]] = defaultdict(list)
    for test in matched.lost:
        by_path[test.path].append(test)
    for path, tests in by_path.items():
        names = [test.short for test in tests]
        shown = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
        deleted = change.by_path[path].how is How.DELETED
        yield Sign(
            code="tamper.deleted",
            title=f"{_tests(len(tests))} of {path} {'is' if len(tests) == 1 else 'are'} gone: {shown}",
            path=path,
            line=0 if deleted else tests[0].line,
            before="\n".join(check.text for test in tests for check in test.checks)[:400],
            now="the file is deleted" if deleted else "",
            cure="Put the tests back, or have a task of the spec say that they go.",
            deed=Deed.REMOVE,
            names=(*names, *_removed_code(tests, change)),
            subject=f"{path}::{tests[0].name}",
        )


def _removed_code(tests: list[WrittenTest], change: ChangeSet) -> tuple[str, ...]:
    """What the branch took out of the code, and these tests speak of: a task that removes it removes them."""
    gone: set[str] = set()
    for file in change:
        if kind_of(file.path) is FileKind.CODE and file.how is not How.ADDED:
            gone |= defined_in(file.old_text, language_of(file.path)) - defined_in(file.text, language_of(file.path))
    mentioned = set[str]().union(*(test.names for test in tests))
    return tuple(sorted(gone & mentioned))


def defined_in(text: str, language: str) -> set[str]:
    """Names of functions, classes and types that a text defines."""
    words = {"python": "def|class", "go": r"func(?:\s+\([^)]*\))?|type", "rust": "fn|struct|enum|trait"}.get(
        language, "function|class|interface|def|func|fun|fn|const|let|var|object|record|enum"
    )
    return set(re.findall(rf"\b(?:{words})\s+([A-Za-z_]\w*)", text))


def _tests(count: int) -> str:
    return "1 test" if count == 1 else f"{count} tests"


def _out(matched: Matched) -> Iterator[Sign]:
    for old, new in matched.out:
        yield Sign(
            code="tamper.uncollected",
            title=f"{old.name}: it is there, and not run any more: {new.why_not}",
            path=new.path,
            line=new.line,
            before=f"{old.path}: {old.name}",
            now=f"{new.path}: {new.name}",
            cure="Give it a name and a place where the runner takes it.",
            deed=Deed.REMOVE,
            names=(old.short, new.short),
            subject=f"{old.path}::{old.name}",
        )


_MOCK = expression(r"\b(?:jest|vi|td|proxyquire)\.(?:mock|doMock|replace)\(\s*['\"](?P<path>[^'\"]+)['\"]")
_IMPORT = expression(
    r"(?:import|const|let|var)\s+\{?(?P<names>[^}'\";=]+?)\}?\s*(?:from|=\s*(?:await\s+)?(?:require|import)\()\s*['\"](?P<path>[^'\"]+)"
)


def _module_mocks(file: TestFile, changed: ChangedFile) -> Iterator[Sign]:
    """`jest.mock("./cart")` in a test that asserts what the functions of ./cart say."""
    if not changed.path.endswith(("js", "ts", "jsx", "tsx")):
        return
    named = {found["path"]: re.findall(r"\w+", found["names"]) for found in _IMPORT.finditer(changed.text)}
    for found in _MOCK.finditer(changed.text):
        line = changed.text.count("\n", 0, found.start()) + 1
        names = [name for name in named.get(found["path"], ()) if name not in {"as", "type"}]
        asserted = any(
            re.match(rf"(?:await\s+)?{re.escape(name)}(?:\.\w+)*\(", check.subject)
            for test in file.collected
            for check in test.checks
            for name in names
        )
        if line in changed.added and asserted and found["path"].startswith((".", "@/", "~/", "src/")):
            yield Sign(
                code="tamper.mocked",
                title=f"{file.path}: {found['path']} is replaced, and what the replacement says is asserted",
                path=file.path,
                line=line,
                now=found[0],
                cure="Test what the product does; replace only what it stands on.",
                subject=f"{file.path}::{found['path']}",
            )


def _paired(matched: Matched, before: Mapping[str, TestFile], after: Mapping[str, TestFile]) -> Iterator[Sign]:
    elsewhere = _elsewhere(matched)
    for old, new in matched.pairs:
        file = after[new.path]
        constants = {name: text for name, (_, text) in file.constants.items()}
        yield from compared(old, new, file, elsewhere=elsewhere, constants=constants)
        yield from _constants(old, new, before[old.path], file)
        yield from _stand_ins(old, new, before[old.path], file)


_STANDS_IN = expression(r"(?i)(?:^|[._])(?:tests?|fakes?|mocks?|stubs?|doubles?|dumm(?:y|ies)|conftest)(?:[._]|$)")


def _stand_ins(old: WrittenTest, new: WrittenTest, before: TestFile, after: TestFile) -> Iterator[Sign]:
    """What is asserted of comes from among the tests now, and came from the product."""
    for name, module in after.imports.items():
        was = before.imports.get(name, module)
        asked = any(re.search(rf"\b{re.escape(name)}\(", check.subject) for check in (*old.checks, *new.checks))
        if was != module and asked and _STANDS_IN.search(module) and not _STANDS_IN.search(was):
            yield Sign(
                code="tamper.mocked",
                title=f"{new.name}: {name} is no longer the product's own",
                path=new.path,
                line=new.line,
                before=f"from {was} import {name}",
                now=f"from {module} import {name}",
                cure="Test what the product does; replace only what it stands on.",
                names=(new.short, name),
                subject=f"{new.path}::{name}",
            )


def _elsewhere(matched: Matched) -> Elsewhere:
    texts, rows = Counter[str](), list[tuple[frozenset[str], frozenset[str]]]()
    pairs: list[tuple[WrittenTest | None, WrittenTest]] = [*matched.pairs, *((None, new) for new in matched.new)]
    for old, new in pairs:
        texts += Counter(each.text for each in new.checks) - Counter(each.text for each in (old.checks if old else ()))
        for row in (Counter(new.cases) - Counter(old.cases if old else ())).elements():
            rows.append((literals_in(row), new.names | frozenset(re.findall(r"\w+", row))))
    return Elsewhere(texts, rows)


def _constants(old: WrittenTest, new: WrittenTest, before: TestFile, after: TestFile) -> Iterator[Sign]:
    """A value at the top of the file that an assertion compares with."""
    for check in old.checks:
        name = check.expected
        if name in before.constants and name in after.constants and name in {each.expected for each in new.checks}:
            was, (line, now) = before.constants[name][1], after.constants[name]
            if was != now and was not in now:
                yield Sign(
                    code="tamper.expectation",
                    title=f"{new.name}: another result is expected of the same, by {name}",
                    path=new.path,
                    line=line,
                    before=f"{name} = {was}"[:400],
                    now=f"{name} = {now}"[:400],
                    cure=OTHER_RESULT,
                    names=(new.short, name),
                    values=(now.strip("'\""),),
                    subject=f"{new.path}::{name}",
                )


def _new(matched: Matched) -> Iterator[Sign]:
    for test in matched.new:
        yield from mocked(test, test.replaces)
        for skip in [each for each in test.skips if not each.foreign and not each.fair][:1]:
            yield skip_sign(test, skip, fresh=True)
        if test.only:
            yield only_sign(test)
        if test.swallows:
            line, text = test.swallows[0]
            yield _fresh(test, "swallowed", "a failing assertion is caught, and nobody sees it", line, text)
        elif test.checks and not test.strength and not any(check.relation == "helper" for check in test.checks):
            yield _fresh(test, "trivial", "all that it asserts always holds", test.checks[0].line, test.checks[0].text)


def _fresh(test: WrittenTest, what: str, why: str, line: int, now: str) -> Sign:
    return Sign(
        code=f"tamper.{what}",
        title=f"{test.name}: {why}",
        path=test.path,
        line=line,
        now=now,
        names=(test.short,),
        cure="Assert what the code is to do, and let it fail when it does not.",
        subject=f"{test.path}::{test.name}",
    )


def _is_fair(skip: Skip, before: TestFile | None) -> bool:
    """A new file may well say what it needs; one that was there ran without it."""
    return (skip.foreign and "importorskip" not in skip.text) or (before is None and not skip.sure) or (
        before is None and skip.foreign
    )  # fmt: skip


def _whole_file(after: TestFile, before: TestFile | None, file: ChangedFile) -> Iterator[Sign]:
    known = {skip.text for skip in before.skips} if before else set[str]()
    for skip in after.skips:
        if skip.text not in known and (kind_of(file.path) is not FileKind.CODE or "cfg" in skip.text):
            yield Sign(
                code="tamper.skipped",
                title=f"{file.path}: none of its tests is run, or may fail unseen",
                path=file.path,
                line=skip.line,
                now=skip.text,
                cure="Take the mark away and mend what the tests show.",
                deed=Deed.SKIP,
                weight=Weight.TOLD if _is_fair(skip, before) else Weight.BLOCKS,
                subject=file.path,
            )
    names = Counter(test.name for test in after.tests if not test.collected and "same name" in test.why_not)
    old = {test.name for test in before.tests if "same name" in test.why_not} if before else set[str]()
    for name in names.keys() - old:
        test = next(each for each in after.tests if each.name == name and not each.collected)
        yield Sign(
            code="tamper.uncollected",
            title=f"{name}: two tests have this name, and only the last is run",
            path=file.path,
            line=test.line,
            now=test.why_not,
            cure="Give each test a name of its own.",
            names=(test.short,),
            subject=f"{file.path}::{name}",
        )

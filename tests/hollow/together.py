"""Several cases as one branch, so that one run of the gates judges them all: each keeps a test file of its own.

What starts the tests again and again costs the same for one new test as for ten. `make bench` judges each case alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hollow.case import Case, Edit, Hollow

#: Hollow tests of one function; all that differs is the test. Those of a family are caught by the same rule, so that none
#: is caught only because another one is: the first pass without the function, the second only call it.
WITHOUT_THE_FUNCTION = (
    "test-of-its-own-source",
    "test-that-it-is-there",
    "unit-under-test-mocked",
    "copy-in-the-test",
    "asserted-nothing-of-a-list",
)
ONLY_CALLED = ("failure-caught-in-a-new-test", "compared-with-itself", "nothing-asserted")
#: Honest modules, each new and with its tests.
NEW_MODULES = ("yes-or-no", "errors-only", "printed", "async-and-decorator", "program")


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """One branch, and the cases in it as they stand there: by path, what each of them is to be caught by."""

    whole: Case
    parts: tuple[Case, ...]


def together(cases: Sequence[Case]) -> Together:
    """Lay cases of one base over each other; files that more than one of them adds get a name of their own each."""
    first = cases[0]
    assert {(case.base.name, str(case.settings)) for case in cases} == {(first.base.name, str(first.settings))}
    parts = tuple(_with_own_names(case, number, cases) for number, case in enumerate(cases, 1))
    change: dict[str, str | Edit | None] = {}
    for part in parts:
        for path, content in part.change.items():
            assert change.setdefault(path, content) == content, f"two cases change {path}"
    task = "\n".join(dict.fromkeys(line for part in parts for line in part.task.splitlines()))
    return Together(whole=replace(first, name=f"{first.name}-and-others", change=change, task=f"{task}\n"), parts=parts)


def _with_own_names(case: Case, number: int, cases: Sequence[Case]) -> Case:
    names = dict(_own_names(case, number, cases))
    change = {names.get(path, path): _renamed(content, names) for path, content in case.change.items()}
    task = case.task
    for old, new in names.items():
        task = task.replace(old, new)
    more = {"at": names.get(case.at, case.at)} if isinstance(case, Hollow) else {}
    return replace(case, change=change, task=task, **more)


def _own_names(case: Case, number: int, cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    for path, content in case.change.items():
        others = [other.change.get(path) for other in cases if other is not case]
        if isinstance(content, str) and path not in case.before and any(other is not None for other in others):
            yield path, path.replace(".py", f"_{number}.py")


def _renamed(content: str | Edit | None, names: Mapping[str, str]) -> str | Edit | None:
    """The same file, with modules called by their new names."""
    if isinstance(content, str):
        for old, new in names.items():
            content = content.replace(_module(old), _module(new))
    return content


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")

"""Several cases as one branch, so that one run of the gates judges them all: each keeps a test file of its own.

What starts the tests again and again costs the same for one new test as for ten. `make bench` judges each case alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hollow.case import Case, Edit, Hollow

#: Hollow tests of one function; all that differs is the test. Those of a family are caught by the same rule, so that none
#: is caught only because another one is: the first need no more of the function than its name, the second only call it.
WITHOUT_THE_FUNCTION = (
    "test-of-its-own-source",
    "test-that-it-is-there",
    "unit-under-test-mocked",
    "copy-in-the-test",
    "asserted-nothing-of-a-list",
)
ONLY_CALLED = ("failure-caught-in-a-new-test", "compared-with-itself", "nothing-asserted")
#: Changes whose own test passes without them as well.
NOT_SEEN = ("test-of-something-else", "repair-that-its-test-does-not-see", "constant-that-no-test-sees")
#: Honest modules and data, each new and with its tests.
NEW_FILES = (
    "yes-or-no",
    "errors-only",
    "printed",
    "async-and-decorator",
    "program",
    "data-and-the-test-that-sees-it",
)
#: Honest work on tests alone.
TIDIED = (
    "tests-reformatted",
    "tests-made-one-with-parameters",
    "assertions-made-one",
    "test-strengthened",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """One branch, and the cases in it as they stand there: by path, what each of them is to be caught by."""

    whole: Case
    parts: tuple[Case, ...]


def together(cases: Sequence[Case]) -> Together:
    """Lay cases of one base over each other; files that more than one of them adds get a name of their own each.

    They are judged under the settings of the first.
    """
    first = cases[0]
    assert {case.base.name for case in cases} == {first.base.name}
    assert all(case.settings in ({}, first.settings) for case in cases)
    parts = tuple(_with_own_names(case, number, cases) for number, case in enumerate(cases, 1))
    change: dict[str, str | Edit | None] = {}
    for part in parts:
        for path, content in part.change.items():
            change[path] = _both(change.get(path, content), content)
    task = "\n".join(dict.fromkeys(line for part in parts for line in part.task.splitlines()))
    return Together(whole=replace(first, name=f"{first.name}-and-others", change=change, task=f"{task}\n"), parts=parts)


def _both(one: str | Edit | None, other: str | Edit | None) -> str | Edit | None:
    """What two cases make of one file; swaps of one text by both are found out when they are applied."""
    if one == other:
        return one
    assert isinstance(one, Edit), "one writes or deletes what the other changes"
    assert isinstance(other, Edit), "one writes or deletes what the other changes"
    assert one.of == other.of
    return Edit((*one.swaps, *other.swaps), one.more + other.more, one.of)


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

"""Tests that the merge base ran and the branch does not, by what the runs themselves said."""

import re
from collections.abc import Iterator, Sequence

from kiro_worker.changeset import ChangeSet, How
from kiro_worker.gate.port import Outcome, TestCase
from kiro_worker.gate.tamper.sign import Deed, Sign

_LISTED = 12


def lost_tests(base: Sequence[TestCase], head: Sequence[TestCase], change: ChangeSet) -> tuple[Sign, ...]:
    """Tests that were run on the base and are not now, although nobody deleted their file.

    Args:
        base: what the suite said on the merge base.
        head: what it says on the branch; empty when it could not be run, and then nothing is known.
        change: tells which files are deleted, whose tests are another finding.
    """
    if not head or not base:
        return ()
    now = {case.id: case for case in head}
    ran = [case for case in base if case.outcome in {Outcome.PASSED, Outcome.FAILED}]
    gone = [case for case in ran if case.id not in now]
    return (*_gone(gone, base, head, change), *_skipped(ran, now))


def _gone(
    gone: list[TestCase], base: Sequence[TestCase], head: Sequence[TestCase], change: ChangeSet
) -> Iterator[Sign]:
    known, names = {case.id for case in base}, {_function(case) for case in head}
    fresh = {case.suite for case in head if case.id not in known}
    deleted = {file.path for file in change if file.how is How.DELETED}
    touched = {file.path for file in change}
    run_now = {name for _, name in names}
    by_suite: dict[str, list[TestCase]] = {}
    for case in gone:
        path = _path(case, change)
        # It is written there still, and no test of that name was run: something takes it away.
        idle = path in touched - deleted and _is_written(case, change.by_path[path].text)
        # Else a changed or deleted file is read by itself; parameters may be others without any being fewer.
        otherwise = path in deleted or path in touched or _function(case) in names or case.suite in fresh
        if otherwise and (not idle or _function(case)[1] in run_now):
            continue
        by_suite.setdefault(case.path or case.suite, []).append(case)
    for where, cases in by_suite.items():
        shown = ", ".join(case.name for case in cases[:_LISTED]) + ("…" if len(cases) > _LISTED else "")
        yield Sign(
            code="tamper.gone",
            title=f"{where}: {len(cases)} of its tests ran on the base, and not now: {shown}",
            path=cases[0].path,
            line=cases[0].line,
            before=f"{len(cases)} ran",
            now="not collected",
            cure="Find what keeps the runner from taking them: its settings, a plugin, an import, a name.",
            deed=Deed.REMOVE,
            names=tuple(case.name for case in cases),
            subject=f"{cases[0].path}::{cases[0].name}",
        )


def _skipped(ran: list[TestCase], now: dict[str, TestCase]) -> Iterator[Sign]:
    for case in ran:
        after = now.get(case.id)
        if after is not None and after.outcome is Outcome.SKIPPED:
            yield Sign(
                code="tamper.skipped",
                title=f"{case.id}: it ran on the base and is skipped now",
                path=after.path or case.path,
                line=after.line or case.line,
                before=str(case.outcome),
                now=after.message[:300] or "skipped",
                cure="Bring back what it needs, or mend what it shows.",
                deed=Deed.SKIP,
                names=(case.name,),
                subject=f"{after.path or case.path}::{case.name.split('[', 1)[0]}",
            )


def _function(case: TestCase) -> tuple[str, str]:
    """A test without its parameters."""
    return case.suite, case.name.split("[", 1)[0].split("(", 1)[0]


def _is_written(case: TestCase, text: str) -> bool:
    name = re.escape(_function(case)[1])
    return re.search(rf"^[ \t]*(?:(?:async\s+)?def|func|fn)\s+{name}\s*\(", text, re.MULTILINE) is not None


def _path(case: TestCase, change: ChangeSet) -> str:
    """The file of a test; by its suite's name where the report does not say."""
    if case.path:
        return case.path
    as_path = case.suite.replace(".", "/")
    return next((f.path for f in change if f.path.rsplit(".", 1)[0] in {as_path, as_path.rsplit("/", 1)[0]}), "")

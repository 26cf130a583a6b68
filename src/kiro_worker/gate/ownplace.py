"""Where a run's folders lie on this machine: nobody's business, and another name in every run."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kiro_worker.gate.port import Finding, GateResult, TestCase

# Where a name goes on, it is another folder's.
_OVER = r"(?![\w-]|\.\w)"


def relative_words(tree: Path, *own: Path, home: str = "") -> Callable[[str], str]:
    """A function that tells a text's paths relative to the tree, and those in the worker's own folders from `…` on.

    Args:
        tree: the working tree.
        own: folders of the worker's own.
        home: of whoever runs the worker; what lies below it, such as an interpreter, is told from `~` on.

    >>> tell = relative_words(Path("/var/w/trees/r-1"), Path("/var/w/gates/r-1"))
    >>> tell("/var/w/trees/r-1/tests/test_a.py:3, in /var/w/trees/r-1; see /var/w/gates/r-1/junit.xml")
    'tests/test_a.py:3, in .; see …/junit.xml'
    """
    trees = [re.compile(rf"{re.escape(name)}(/|{_OVER})") for name in _names(tree)]
    places = [re.compile(f"{re.escape(name)}{_OVER}") for place in own for name in _names(place)]

    homes = [re.compile(f"{re.escape(name)}{_OVER}") for name in (_names(Path(home)) if home else ())]

    def tell(text: str) -> str:
        for pattern in trees:
            text = pattern.sub(lambda found: "" if found[1] else ".", text)
        for pattern in places:
            text = pattern.sub("…", text)
        for pattern in homes:
            text = pattern.sub("~", text)
        return text

    return tell


def told_anywhere(result: GateResult, tell: Callable[[str], str]) -> GateResult:
    """A gate's result that says the same wherever it was found out."""
    return replace(
        result,
        summary=tell(result.summary),
        findings=tuple(_finding(finding, tell) for finding in result.findings),
        output=tell(result.output),
        command=tell(result.command),
        cases=tuple(_case(case, tell) for case in result.cases),
    )


def _finding(finding: Finding, tell: Callable[[str], str]) -> Finding:
    return replace(
        finding,
        title=tell(finding.title),
        detail=tell(finding.detail),
        cure=tell(finding.cure),
        path=tell(finding.path) if finding.path else "",
    )


def _case(case: TestCase, tell: Callable[[str], str]) -> TestCase:
    # Thousands of tests say nothing of any place.
    if "/" not in f"{case.name}{case.suite}{case.path}{case.message}{case.output}":
        return case
    return replace(
        case,
        name=tell(case.name),
        suite=tell(case.suite),
        path=tell(case.path),
        message=tell(case.message),
        output=tell(case.output),
    )


def _names(place: Path) -> tuple[str, ...]:
    """What a folder is called, by itself and where links lead; longer ones first, for they may hold the others."""
    names = {str(place), str(place.resolve())} - {"/", "."}
    return tuple(sorted(names, key=len, reverse=True))

"""Reports in the one form of each kind that build servers read, made from what was read in any: JUnit and Cobertura."""

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from kiro_worker.gate.coverage.model import Measured
from kiro_worker.gate.port import Outcome, TestCase

# What XML 1.0 cannot hold, in whatever writing.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ELEMENTS = {Outcome.FAILED: "failure", Outcome.ERROR: "error", Outcome.SKIPPED: "skipped"}


def junit_document(cases: Iterable[TestCase], *, name: str) -> bytes:
    """A JUnit document of tests, as one suite.

    >>> junit_document([TestCase(name="adds", suite="shop", seconds=0.5)], name="all").decode().splitlines()[2]
    '<testsuite name="all" tests="1" failures="0" errors="0" skipped="0" time="0.500">'
    """
    tests = tuple(cases)
    ended = [test.outcome for test in tests]
    counts = {
        "tests": len(tests),
        "failures": ended.count(Outcome.FAILED),
        "errors": ended.count(Outcome.ERROR),
        "skipped": ended.count(Outcome.SKIPPED),
    }
    told = " ".join(f'{key}="{count}"' for key, count in counts.items())
    seconds = f'time="{sum(test.seconds for test in tests):.3f}"'
    lines = ["<testsuites>", f"<testsuite name={_quoted(name)} {told} {seconds}>"]
    lines += [line for test in tests for line in _case(test)]
    return _document([*lines, "</testsuite>", "</testsuites>"])


def cobertura_document(files: Mapping[str, Measured]) -> bytes:
    """A Cobertura document of the files that were measured line by line.

    Args:
        files: what was measured, by the path that is to be shown.
    """
    known = {path: file for path, file in sorted(files.items()) if path and file.lines}
    rates = _rates(known.values())
    lines = [
        f'<coverage {rates} version="1" timestamp="0" complexity="0">',
        "<sources><source>.</source></sources>",
        f'<packages><package name="." {rates} complexity="0"><classes>',
    ]
    for path, file in known.items():
        lines += _class(path, file)
    return _document([*lines, "</classes></package></packages>", "</coverage>"])


def _case(test: TestCase) -> Iterator[str]:
    place = f" file={_quoted(test.path)}" if test.path else ""
    suite = _quoted(test.suite or "tests")
    head = f'<testcase classname={suite} name={_quoted(test.name)} time="{test.seconds:.3f}"{place}'
    element = _ELEMENTS.get(test.outcome)
    if element is None:
        yield f"{head}/>"
        return
    first = test.message.partition("\n")[0][:200]
    yield f"{head}><{element} message={_quoted(first)}>{_text(test.message)}</{element}>"
    if test.output:
        yield f"<system-out>{_text(test.output)}</system-out>"
    yield "</testcase>"


def _class(path: str, file: Measured) -> Iterator[str]:
    yield f'<class name={_quoted(path)} filename={_quoted(path)} {_rates([file])} complexity="0"><methods/><lines>'
    for number, hits in sorted(file.lines.items()):
        covered, total = file.branches.get(number, (0, 0))
        branch = f' branch="true" condition-coverage="{100 * covered // total}% ({covered}/{total})"' if total else ""
        yield f'<line number="{number}" hits="{hits}"{branch}/>'
    yield "</lines></class>"


def _rates(files: Iterable[Measured]) -> str:
    lines = taken = valid = branches = 0
    for file in files:
        lines += sum(hits > 0 for hits in file.lines.values())
        valid += len(file.lines)
        taken += sum(covered for covered, _ in file.branches.values())
        branches += sum(total for _, total in file.branches.values())
    return (
        f'line-rate="{lines / valid if valid else 0:.4f}" branch-rate="{taken / branches if branches else 0:.4f}" '
        f'lines-covered="{lines}" lines-valid="{valid}" branches-covered="{taken}" branches-valid="{branches}"'
    )


def _document(lines: list[str]) -> bytes:
    return (_HEAD + "\n".join(lines) + "\n").encode()


def _text(words: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", words))


def _quoted(words: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", words), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})

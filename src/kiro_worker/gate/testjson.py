"""Test reports in the JSON of Jest (`--json`) and RSpec (`--format json`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiro_worker.gate.fault import ReportUnreadable, clip
from kiro_worker.gate.file import read_report
from kiro_worker.gate.port import Outcome, TestCase

_MOST_BYTES = 64 * 1024 * 1024
_MOST_NAME = 1000

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "pending": Outcome.SKIPPED,
    "skipped": Outcome.SKIPPED,
    "todo": Outcome.SKIPPED,
    "disabled": Outcome.SKIPPED,
}


def cases_of_json(path: Path, *, told: str) -> Iterator[TestCase]:
    """The tests of a JSON report.

    Raises:
        ReportUnreadable: when it is neither Jest's nor RSpec's.
    """
    read = decode(read_report(path, told=told, most=_MOST_BYTES), told=told)
    if isinstance(read, dict) and isinstance(read.get("testResults"), list):
        yield from _jest(read["testResults"])
    elif isinstance(read, dict) and isinstance(read.get("examples"), list):
        yield from _rspec(read)
    else:
        raise ReportUnreadable(path=told, why="it is neither a Jest nor an RSpec report")


def decode(body: bytes, *, told: str) -> Any:
    """JSON of unknown shape.

    Raises:
        ReportUnreadable: when it is none, or nested too deeply to be read.
    """
    import msgspec

    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ReportUnreadable(path=told, why=f"it is no JSON: {error}") from error


def _jest(files: list[Any]) -> Iterator[TestCase]:
    for file in files:
        if not isinstance(file, dict):
            continue
        path = _text(file.get("name"))
        tests = file.get("assertionResults")
        tests = tests if isinstance(tests, list) else []
        for test in tests:
            if isinstance(test, dict):
                yield _jest_case(test, path)
        if not tests and file.get("status") == "failed":
            yield TestCase(
                name="(file)", suite=path, path=path, outcome=Outcome.ERROR, message=clip(str(file.get("message", "")))
            )


def _jest_case(test: dict[str, Any], path: str) -> TestCase:
    above = test.get("ancestorTitles")
    location = test.get("location")
    messages = test.get("failureMessages")
    return TestCase(
        name=_text(test.get("title")),
        suite=" ".join(_text(title) for title in above) if isinstance(above, list) else "",
        outcome=_OUTCOMES.get(str(test.get("status")), Outcome.FAILED),
        path=path,
        line=_count(location.get("line")) if isinstance(location, dict) else 0,
        seconds=_count(test.get("duration")) / 1000,
        message=clip("\n".join(str(part) for part in messages)) if isinstance(messages, list) else "",
    )


def _rspec(read: dict[str, Any]) -> Iterator[TestCase]:
    for example in read["examples"]:
        if not isinstance(example, dict):
            continue
        thrown = example.get("exception")
        yield TestCase(
            name=_text(example.get("full_description")),
            suite=_text(example.get("file_path")).removeprefix("./"),
            outcome=_OUTCOMES.get(str(example.get("status")), Outcome.FAILED),
            path=_text(example.get("file_path")).removeprefix("./"),
            line=_count(example.get("line_number")),
            message=clip(f"{thrown.get('class')}: {thrown.get('message')}") if isinstance(thrown, dict) else "",
        )
    summary = read.get("summary")
    outside = _count(summary.get("errors_outside_of_examples_count")) if isinstance(summary, dict) else 0
    for number in range(min(outside, 100)):
        yield TestCase(
            name=f"(load error {number + 1})", outcome=Outcome.ERROR, message="a spec file could not be loaded"
        )


def _text(value: Any) -> str:
    return str(value)[:_MOST_NAME] if value is not None else ""


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 1e12 else 0

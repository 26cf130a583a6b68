"""The reports of a run's tests, in the forms that CodeBuild's report groups take."""

import re
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.bootstrap.codebuild.place import BuildPlace
from kiro_worker.error import WorkerError

TESTS, COVERAGE = "tests", "coverage"
_KINDS = {"junit": TESTS, "coverage": COVERAGE}
_NONE = "The run came to none: see its verdict."
_KIND = re.compile(r"(junit|coverage)(?:-[0-9]+)?\.")


def hand_over_reports(place: BuildPlace) -> tuple[str, ...]:
    """Make them of what the run kept, which is redacted; returns a sentence for each that could not be made."""
    folder = place.run_folder / "reports"
    notes = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        found = _KIND.match(path.name)
        if found is None:
            continue
        kind = _KINDS[found[1]]
        try:
            content = _tests(path) if kind == TESTS else _coverage(path, place.run)
        except WorkerError as error:
            notes.append(f"The report {path.name} was not handed over: {error.message}")
        else:
            place.write_report(kind, f"{path.stem}.xml", content)
    return tuple(notes)


def stand_in_for_missing(place: BuildPlace) -> None:
    """Say that there is no report, in the place of each that the run came to none of.

    CodeBuild fails a build of whose reports it finds no file, however its run came out: one whose tests write no JUnit,
    and one that was refused before there were any. What was not measured counts as not covered, as for the gate.
    """
    missing = {kind for kind in _KINDS.values() if not any((place.reports / kind).glob("*.xml"))}
    if TESTS in missing:
        from kiro_worker.gate.port import Outcome, TestCase
        from kiro_worker.gate.uniform import junit_document

        none = TestCase(name="no report of tests", suite="kiro-worker", outcome=Outcome.SKIPPED, message=_NONE)
        place.write_report(TESTS, "none.xml", junit_document([none], name="none"))
    if COVERAGE in missing:
        from kiro_worker.gate.coverage.model import Measured
        from kiro_worker.gate.uniform import cobertura_document

        place.write_report(COVERAGE, "none.xml", cobertura_document({"nothing-was-measured": Measured(lines={1: 0})}))


def _tests(path: Path) -> bytes:
    from kiro_worker.gate.junit import read_tests
    from kiro_worker.gate.uniform import junit_document

    return junit_document(read_tests([(path, path.name)]).cases, name=path.stem)


def _coverage(path: Path, run: str) -> bytes:
    from kiro_worker.gate.coverage.read import read_report
    from kiro_worker.gate.uniform import cobertura_document

    report = read_report(path, told=path.name)
    # The workspace is gone when somebody reads it: what counts is the path in the repository.
    inside = re.compile(rf".*/workspaces/{re.escape(run)}/[^/]+/")
    return cobertura_document({inside.sub("", name): file for name, file in report.files.items()})


def report_files(place: BuildPlace) -> Iterator[Path]:
    """What was handed over."""
    yield from sorted(place.reports.rglob("*.xml"))

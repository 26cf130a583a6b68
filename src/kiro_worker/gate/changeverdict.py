"""What coverage means for a branch: its own lines, parts with thresholds of their own, and what the base had."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from kiro_worker.changeset import ChangeSet, How
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.changed import changed_coverage, family_of, is_countable, nothing_left_out
from kiro_worker.gate.fault import PathThresholdUnfit
from kiro_worker.gate.kind import FileKind, kind_of, language_of
from kiro_worker.gate.moved import lines_changed, moved_from
from kiro_worker.gate.port import (
    ChangedCoverage,
    Color,
    Coverage,
    Finding,
    GateResult,
)
from kiro_worker.gate.ratchet import judge_against_base, judge_paths, path_thresholds
from kiro_worker.gate.stale import of_other_contents, usually_excluded
from kiro_worker.gate.threshold import missing, percent, ranges, reaches

_SHOWN = 15
_PROSE = frozenset({FileKind.DOCS, FileKind.SPEC})

# Tools of these list every source, run or not; those of the others only know what some test loaded.
_LISTED = frozenset({"python", "java"})


def judge_change(
    result: GateResult,
    change: ChangeSet,
    settings: GateSettings,
    *,
    base: Coverage | None = None,
    left_out: Callable[[str], bool] = nothing_left_out,
    excluded: Callable[[str], bool] = usually_excluded,
) -> GateResult:
    """Hold the `coverage` gate's result against what the branch changes.

    A result that could not look, or that says there is nothing to look at, stays as it is. Where only prose was
    changed there is nothing that tests could run, and that is not 100 %.

    Args:
        result: of the branch's head, as `TestsGate.judge` gave it.
        change: what the branch changes.
        settings: of the base branch and the operator.
        base: coverage of the merge base, where it is known.
        left_out: files that the base branch's own settings keep from being measured; see `kiro_worker.gate.omit`.
        excluded: lines that they leave out, with what hangs on these.
    """
    coverage = result.coverage
    if coverage is None or result.color not in {Color.GREEN, Color.RED}:
        return result
    if len(change) and all(kind_of(file.path) in _PROSE for file in change):
        total = f"{percent(coverage.lines_covered, coverage.lines_total)} % of lines"
        summary = f"nothing that was changed can be covered, it is prose; coverage {total}"
        return replace(result, color=Color.NOT_APPLICABLE, summary=summary, findings=(), changed=ChangedCoverage())
    changed = changed_coverage(coverage, change, left_out=left_out)
    other = of_other_contents(coverage, change, lines_changed(change), excluded)
    errors = [*other, *_partial(coverage, change, changed, settings, base)]
    try:
        low, unmeasured = judge_paths(coverage, path_thresholds(settings), change)
    except PathThresholdUnfit as fault:
        low, unmeasured = (), (fault.finding(),)
    errors += unmeasured
    red = [
        *_low(changed, settings),
        *low,
        *(judge_against_base(coverage, base, settings, changed=changed.total) if base else ()),
    ]
    color = Color.ERROR if errors else Color.RED if red else result.color
    return replace(
        result,
        color=color,
        summary=f"{result.summary}; {_summary(changed, settings, base)}",
        findings=(*errors, *red, *result.findings, *_told(changed, coverage, settings)),
        changed=changed,
    )


def _summary(changed: ChangedCoverage, settings: GateSettings, base: Coverage | None) -> str:
    before = f"; {percent(base.lines_covered, base.lines_total)} % on the base" if base and base.lines_total else ""
    if not changed.total:
        unmeasured = f", and {len(changed.not_measured)} are not measured" if changed.not_measured else ""
        return f"no line that was changed can be covered{unmeasured}{before}"
    said = f"{percent(changed.covered, changed.total)} % of {changed.total} runnable changed lines"
    if settings.coverage_branches and changed.branches_total:
        said += f", {percent(changed.branches_covered, changed.branches_total)} % of their branches"
    return f"{said} ({settings.changed_coverage_threshold:g} % asked for){before}"


def _low(changed: ChangedCoverage, settings: GateSettings) -> Iterator[Finding]:
    least = settings.changed_coverage_threshold
    had = (changed.covered, changed.total)
    if had[1] and not reaches(*had, least):
        worst = min(changed.files, key=lambda file: (-len(file.missing), file.path))
        yield Finding(
            code="coverage.changed-low",
            title=f"Coverage of the changed lines is {percent(*had)} %, below {least:g} %.",
            detail="\n".join(_files(changed)),
            cure=f"Test what was added or changed; {missing(*had, least)} more of {had[1]} lines would be enough.",
            path=worst.path,
            line=worst.missing[0],
        )
    had = (changed.branches_covered, changed.branches_total)
    if settings.coverage_branches and had[1] and not reaches(*had, least):
        yield Finding(
            code="coverage.changed-low-branches",
            title=f"Coverage of the branches on changed lines is {percent(*had)} %, below {least:g} %.",
            detail="\n".join(_branches(changed)),
            cure=f"Test the other ways too; {missing(*had, least)} more of {had[1]} branches would be enough.",
        )


def _files(changed: ChangedCoverage) -> Iterator[str]:
    left = sorted((file for file in changed.files if file.missing), key=lambda file: (-len(file.missing), file.path))
    for file in left[:_SHOWN]:
        known = ", and no test makes the report know this file" if file.guessed else ""
        had = f"{len(file.covered)} of {file.total} changed lines"
        yield f"{file.path}: {had}, not covered: {ranges(file.missing)}{known}"
    if (more := len(left) - _SHOWN) > 0:
        yield f"and {more} more {'file' if more == 1 else 'files'}"


def _branches(changed: ChangedCoverage) -> Iterator[str]:
    for file in changed.files:
        if file.branches_covered < file.branches_total:
            yield f"{file.path}: {file.branches_covered} of {file.branches_total} branches"


def _partial(
    coverage: Coverage, change: ChangeSet, changed: ChangedCoverage, settings: GateSettings, base: Coverage | None
) -> Iterator[Finding]:
    """A report that knows nothing of what was changed, though it should: it is of a part, or of something else."""
    known = {file.path for file in coverage.files}
    if not settings.changed_coverage_threshold:
        return
    if not known and any(is_countable(file) for file in change.there):
        yield Finding(
            code="coverage.no-lines",
            title="The report gives totals only, so the changed lines could not be judged.",
            cure="Let the tests write one that names lines, such as lcov or Cobertura, and set "
            "`gates.coverage_report`; or set `gates.changed_coverage_threshold: 0`; on the base branch.",
        )
    before = {file.path for file in base.files} if base else set()
    moved = moved_from(change)
    guessed = [change.by_path[file.path] for file in changed.files if file.guessed]
    old = [file.path for file in guessed if file.how is not How.ADDED or file.path in moved]
    lost = [path for path in old if path in before]
    listed = [path for path in old if family_of(path) in _LISTED]
    if not lost and (not listed or any(file.path in known and is_countable(file) for file in change.there)):
        return
    unknown = lost or listed
    folder = unknown[0].rpartition("/")[0]
    beside = sum(path.rpartition("/")[0] == folder and family_of(path) == family_of(unknown[0]) for path in known)
    yield _of_part(unknown, folder, beside) if lost or beside else _of_other_code(unknown, known)


def _of_part(unknown: list[str], folder: str, beside: int) -> Finding:
    where = f" of {folder}" if folder else ""
    return Finding(
        code="coverage.partial",
        title=f"The report knows {beside} other files{where}, and not {unknown[0]}, which was changed.",
        detail="\n".join(unknown[:_SHOWN]),
        cure="Let the test command run all tests and report on all sources, also on files that no test imports.",
        path=unknown[0],
    )


def _of_other_code(unknown: list[str], known: Iterable[str]) -> Finding:
    folders = Counter(path.partition("/")[0] for path in known)
    told = ", ".join(folder for folder, _ in folders.most_common(5))
    return Finding(
        code="coverage.other-code",
        title="The report is about other code than what was changed.",
        detail="\n".join((f"It knows {told}, and not:", *unknown[:_SHOWN])),
        cure="Name the changed code's folder as a source of coverage (--cov=…, `source`), on the base branch.",
        path=unknown[0],
    )


def _told(changed: ChangedCoverage, coverage: Coverage, settings: GateSettings) -> Iterator[Finding]:
    if changed.not_measured:
        languages = Counter(language_of(path) or "scripts" for path in changed.not_measured)
        shown = ", ".join(f"{count} of {language}" for language, count in sorted(languages.items()))
        yield Finding(
            code="coverage.not-measured-files",
            title=f"Not measured: {len(changed.not_measured)} changed files ({shown}).",
            detail="\n".join(changed.not_measured[: 2 * _SHOWN]),
            cure="Look at these yourself; no coverage speaks for them.",
        )
    if settings.coverage_branches and not coverage.branches_total:
        yield Finding(
            code="coverage.branches-not-measured",
            title="Branches were asked for (`gates.coverage_branches`), and the report has none.",
            cure="Let the test command measure them, where its tool can; on the base branch.",
        )

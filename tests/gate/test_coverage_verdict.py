"""What coverage means for a branch: its own lines, parts with thresholds of their own, and what the base had."""

import pytest

from gate.changes import changes
from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.changeverdict import judge_change
from kiro_worker.gate.omit import excluded
from kiro_worker.gate.port import Color, Coverage, FileCoverage, Finding, GateResult
from kiro_worker.gate.threshold import judge_coverage

CODE = "".join(f"x{number} = {number}\n" for number in range(1, 11))
HALF = dict.fromkeys(range(1, 6), 1) | dict.fromkeys(range(6, 11), 0)
ALL = dict.fromkeys(range(1, 11), 1)


def coverage(files, **more) -> Coverage:
    hits = [count for lines in files.values() for count in lines.values()]
    told = tuple(FileCoverage(path=path, lines=lines) for path, lines in files.items())
    return Coverage(lines_covered=sum(hit > 0 for hit in hits), lines_total=len(hits), files=told, **more)


def judged(measured: Coverage, before, after, *, base=None, left_out=None, **settings) -> GateResult:
    more = {"left_out": left_out} if left_out else {}
    chosen = GateSettings(**settings)
    result = judge_coverage(measured, chosen.coverage_threshold)
    return judge_change(result, changes(before, after), chosen, base=base, **more)


def codes(result) -> list[str]:
    return [finding.code for finding in result.findings]


def test_a_change_that_is_not_covered_is_red_however_good_the_total_is():
    measured = coverage({"old.py": dict.fromkeys(range(1, 1000), 1), "new.py": HALF})
    result = judged(measured, {}, {"new.py": CODE})
    assert (result.color, codes(result)) == (Color.RED, ["coverage.changed-low"])
    finding = result.findings[0]
    assert finding.title == "Coverage of the changed lines is 50 %, below 80 %."
    assert finding.detail == "new.py: 5 of 10 changed lines, not covered: 6-10"
    assert (finding.path, finding.line) == ("new.py", 6)
    assert "3 more of 10 lines would be enough" in finding.cure
    assert (
        result.summary
        == "coverage 99.5 % of lines (80 % asked for); 50 % of 10 runnable changed lines (80 % asked for)"
    )
    assert (result.changed.covered, result.changed.total) == (5, 10)


def test_a_change_that_is_covered_is_green_and_its_threshold_can_be_set():
    measured = coverage({"a.py": dict.fromkeys(range(1, 100), 1), "new.py": HALF})
    assert judged(measured, {}, {"new.py": CODE}, changed_coverage_threshold=50.0).color is Color.GREEN
    assert judged(measured, {}, {"new.py": CODE}, changed_coverage_threshold=50.1).color is Color.RED
    assert (
        judged(coverage({"new.py": ALL}), {}, {"new.py": CODE}, changed_coverage_threshold=100.0).color is Color.GREEN
    )


def test_a_total_that_is_too_low_stays_red_beside_a_good_change():
    measured = coverage({"old.py": dict.fromkeys(range(1, 100), 0), "new.py": ALL})
    result = judged(measured, {}, {"new.py": CODE})
    assert (result.color, codes(result)) == (Color.RED, ["coverage.low"])


def test_prose_alone_is_not_applicable_and_never_a_hundred_percent():
    measured = coverage({"a.py": HALF})
    result = judged(measured, {"README.md": "a\n"}, {"README.md": "b\n", "docs/x.rst": "c\n"})
    assert (result.color, result.findings, result.changed.line_percent) == (Color.NOT_APPLICABLE, (), None)
    assert result.summary == "nothing that was changed can be covered, it is prose; coverage 50 % of lines"


def test_prose_does_not_make_code_not_applicable_nor_a_total_that_tests_lowered():
    measured = coverage({"a.py": HALF})
    assert judged(measured, {}, {"README.md": "b\n", "a.py": CODE}).color is Color.RED
    less_tests = judged(measured, {"tests/test_a.py": "x = 1\n"}, {}, base=coverage({"a.py": ALL}))
    assert codes(less_tests) == ["coverage.fell", "coverage.low"]


def test_a_change_without_a_line_that_can_run_says_so():
    measured = coverage({"a.py": ALL})
    result = judged(measured, {"a.py": CODE}, {"a.py": f"{CODE}# why\n"})
    assert result.color is Color.GREEN
    assert result.summary.endswith("; no line that was changed can be covered")
    assert judged(measured, {}, {}).summary.endswith("; no line that was changed can be covered")


def test_a_new_file_that_no_test_imports_is_uncovered():
    measured = coverage({"shop/a.py": ALL})
    result = judged(measured, {}, {"shop/new.py": CODE})
    assert (result.color, codes(result)) == (Color.RED, ["coverage.changed-low"])
    assert "no test makes the report know this file" in result.findings[0].detail


def test_a_report_that_knows_the_neighbours_of_what_was_changed_and_not_that_is_partial():
    measured = coverage({"shop/a.py": ALL, "shop/b.py": ALL})
    result = judged(measured, {"shop/c.py": CODE}, {"shop/c.py": CODE.replace("3", "4")})
    assert (result.color, codes(result)) == (Color.ERROR, ["coverage.partial", "coverage.changed-low"])
    assert result.findings[0].title == "The report knows 2 other files of shop, and not shop/c.py, which was changed."
    assert "all sources" in result.findings[0].cure


def test_where_a_tool_only_knows_what_tests_load_an_unknown_file_is_uncovered_and_no_error():
    measured = coverage({"shop/a.js": ALL})
    result = judged(measured, {"shop/c.js": CODE}, {"shop/c.js": CODE.replace("3", "4")})
    assert (result.color, codes(result)) == (Color.RED, ["coverage.changed-low"])


def test_a_file_that_the_base_s_report_knew_and_this_one_does_not_makes_it_partial():
    measured, before = coverage({"shop/a.js": ALL}), {"shop/c.js": CODE, "shop/a.js": "let a = 1\n"}
    after = {"shop/c.js": CODE.replace("3", "4"), "shop/a.js": "let a = 2\n"}
    result = judged(measured, before, after, base=coverage({"shop/a.js": ALL, "shop/c.js": ALL}))
    assert (result.color, codes(result)[0]) == (Color.ERROR, "coverage.partial")


def test_a_report_of_another_package_is_an_error_that_names_both():
    measured = coverage({"other/a.py": ALL})
    result = judged(measured, {"shop/c.py": CODE}, {"shop/c.py": CODE.replace("3", "4"), "shop/d.py": CODE})
    assert result.color is Color.ERROR
    assert codes(result)[0] == "coverage.other-code"
    assert result.findings[0].detail == "It knows other, and not:\nshop/c.py"


def test_a_report_that_knows_some_of_what_was_changed_is_judged():
    measured = coverage({"shop/a.py": ALL})
    after = {"shop/a.py": CODE, "shop/c.py": CODE}
    result = judged(measured, {"shop/a.py": CODE.replace("3", "4"), "shop/c.py": CODE.replace("3", "4")}, after)
    assert (result.color, codes(result)) == (Color.RED, ["coverage.changed-low"])


def test_totals_alone_cannot_tell_of_changed_lines():
    totals = Coverage(lines_covered=9, lines_total=10)
    result = judged(totals, {}, {"a.py": CODE})
    assert (result.color, codes(result)) == (Color.ERROR, ["coverage.no-lines", "coverage.not-measured-files"])
    assert judged(totals, {}, {"a.py": CODE}, changed_coverage_threshold=0.0).color is Color.GREEN
    assert judged(totals, {}, {"a.json": "{}\n"}).color is Color.GREEN


def test_a_report_that_counts_blank_lines_and_comments_is_of_other_contents():
    text = "# why\n\n" * 4 + "x = 1\n" * 6
    stale = judged(coverage({"a.py": dict.fromkeys((1, 3, 5, 9, 12), 1)}), {}, {"a.py": text})
    assert (stale.color, codes(stale)) == (Color.ERROR, ["coverage.report-stale"])
    assert stale.findings[0].detail == "Lines 1, 3, 5."
    assert judged(coverage({"a.py": dict.fromkeys(range(9, 15), 1)}), {}, {"a.py": text}).color is Color.GREEN


STATEMENTS = "def f(n):\n    a = n\n    b = a\n    c = b\n    return c\n"


def test_a_report_that_does_not_know_what_was_added_is_of_other_contents():
    before, text = "x = 1\n" * 9, "x = 1\n" * 9 + STATEMENTS
    stale = judged(coverage({"a.py": dict.fromkeys((1, 2, 3, 4), 1)}), {"a.py": before}, {"a.py": text})
    assert (stale.color, codes(stale)) == (Color.ERROR, ["coverage.report-stale"])
    assert stale.findings[0].title.endswith("it does not know the statements that were added or changed.")
    assert (stale.findings[0].detail, stale.findings[0].line) == ("Lines 10-14.", 10)


@pytest.mark.parametrize(
    "added",
    [
        STATEMENTS.replace("(n):", "(n):  # pragma: no cover"),
        "if TYPE_CHECKING:\n    a = 1\n    b = 2\n    c = 3\n",
        "# one\n# two\n# three\n# four\n",
        "a = 1\nb = 2\n",
        f"class A:  # pragma: no cover\n    {STATEMENTS.replace(chr(10), chr(10) + '    ')}\n",
    ],
)
def test_a_report_may_leave_out_what_was_added_where_that_is_usual(added):
    before = "x = 1\n" * 9
    result = judged(coverage({"a.py": dict.fromkeys((1, 2, 3, 4), 1)}), {"a.py": before}, {"a.py": before + added})
    assert result.color is Color.GREEN


def test_a_report_may_leave_out_what_the_base_s_settings_exclude():
    before, measured = "x = 1\n" * 9, coverage({"a.py": dict.fromkeys((1, 2, 3, 4), 1)})
    change, settings = changes({"a.py": before}, {"a.py": before + STATEMENTS}), GateSettings()
    for text, color in (("def f", Color.GREEN), ("def g", Color.ERROR)):
        base = BaseFiles.of({".coveragerc": f"[report]\nexclude_also =\n    {text}\n    (\n".encode()})
        result = judge_change(judge_coverage(measured, 80.0), change, settings, excluded=excluded(base))
        assert result.color is color


def test_texts_that_stand_for_comments_are_no_sign_of_other_contents():
    text = "class A:\n" + '    x: int\n    """What it is."""\n' * 8
    assert judged(coverage({"a.py": dict.fromkeys(range(1, 18), 1)}), {}, {"a.py": text}).color is Color.GREEN


def test_a_report_that_counts_every_line_is_of_these_contents():
    text = "// why\n\nconst a = 1\n" * 4
    assert judged(coverage({"a.js": dict.fromkeys(range(1, 13), 1)}), {}, {"a.js": text}).color is Color.GREEN


def test_coverage_may_not_fall_below_the_base_s_by_more_than_the_margin():
    base = coverage({"a.py": dict.fromkeys(range(1000), 1)})
    after = {"b.py": "y = 1\n"}

    def now(missing, total=1001):
        lines = dict.fromkeys(range(total), 1) | dict.fromkeys(range(missing), 0)
        return judged(coverage({"a.py": lines, "b.py": {1: 1}}), {}, after, base=base)

    fell = now(10)
    assert (fell.color, codes(fell)) == (Color.RED, ["coverage.fell"])
    assert fell.findings[0].title == "Coverage of lines fell from 100 % on the base to 99 %."
    assert "5 more of 1002 lines would be enough" in fell.findings[0].cure
    assert fell.summary.endswith("; 100 % on the base")
    assert now(5).color is Color.GREEN, "it fell by less than half a point"


def test_taking_covered_code_away_is_no_fall():
    base = coverage({"a.py": dict.fromkeys(range(1, 80), 1) | dict.fromkeys(range(80, 101), 0)})
    shorter = coverage({"a.py": dict.fromkeys(range(41, 80), 1) | dict.fromkeys(range(80, 101), 0)})
    result = judged(shorter, {"a.py": CODE}, {"a.py": ""}, base=base, coverage_threshold=50.0)
    assert (result.color, codes(result)) == (Color.GREEN, [])


def test_a_part_of_the_repository_can_have_a_threshold_of_its_own():
    measured = coverage({"src/a.py": ALL, "src/money/b.py": HALF | dict.fromkeys(range(6, 10), 1)})
    paths = (("src/money/**", "95"),)
    result = judged(measured, {}, {"x.json": "1\n"}, coverage_paths=paths)
    assert (result.color, codes(result)) == (Color.RED, ["coverage.path-low"])
    assert result.findings[0].title == "Coverage of src/money/** is 90 %, below 95 %."
    assert result.findings[0].detail == "src/money/b.py: 90 %, not covered: 10"
    assert judged(measured, {}, {"x.json": "1\n"}, coverage_paths=(("src/money/**", "90%"),)).color is Color.GREEN


def test_a_threshold_that_is_held_against_nothing_is_an_error():
    paths = (("src/mony/**", "95"),)
    result = judged(coverage({"src/a.py": ALL}), {}, {"x.json": "1\n"}, coverage_paths=paths)
    assert (result.color, codes(result)) == (Color.ERROR, ["coverage.path-not-measured"])
    gone = judged(coverage({"src/a.py": ALL}), {"src/mony/b.py": CODE}, {}, coverage_paths=paths)
    assert gone.color is Color.GREEN, "the branch takes that part away"


@pytest.mark.parametrize(
    "paths", [("src/**", "much"), ("src/**", "101"), ("src/**", "nan"), ("src/**", "-1"), (" ", "5")]
)
def test_a_threshold_that_is_none_is_an_error(paths):
    result = judged(coverage({"src/a.py": ALL}), {}, {"x.json": "1\n"}, coverage_paths=(paths,))
    assert (result.color, codes(result)) == (Color.ERROR, ["gate.coverage-path"])


def test_branches_of_changed_lines_count_where_they_are_asked_for():
    files = (FileCoverage(path="a.py", lines=ALL, branches={2: (1, 2)}, branches_covered=1, branches_total=2),)
    measured = Coverage(lines_covered=100, lines_total=100, branches_covered=90, branches_total=100, files=files)
    assert judged(measured, {}, {"a.py": CODE}).color is Color.GREEN
    result = judged(measured, {}, {"a.py": CODE}, coverage_branches=True)
    assert (result.color, codes(result)) == (Color.RED, ["coverage.changed-low-branches"])
    assert "50 % of their branches" in result.summary
    told = judged(coverage({"a.py": ALL}), {}, {"a.py": CODE}, coverage_branches=True)
    assert (told.color, codes(told)) == (Color.GREEN, ["coverage.branches-not-measured"])


def test_branches_may_not_fall_either_where_they_are_asked_for():
    def with_branches(covered):
        return Coverage(lines_covered=9, lines_total=10, branches_covered=covered, branches_total=100)

    for asked, expected in ((True, ["coverage.fell-branches"]), (False, [])):
        result = judged(with_branches(85), {}, {}, base=with_branches(95), coverage_branches=asked)
        assert codes(result) == expected


def test_what_nothing_measures_is_told_by_language():
    after = {"a.py": CODE, "run.sh": "x\n", "go.sh": "x\n", "q.sql": "select 1;\n"}
    result = judged(coverage({"a.py": ALL}), {}, after)
    assert (result.color, codes(result)) == (Color.GREEN, ["coverage.not-measured-files"])
    assert result.findings[0].title == "Not measured: 3 changed files (2 of shell, 1 of sql)."
    alone = judged(coverage({"a.py": ALL}), {}, {"run.sh": "x\n"})
    assert alone.summary.endswith("no line that was changed can be covered, and 1 are not measured")


@pytest.mark.parametrize("color", [Color.ERROR, Color.NOT_APPLICABLE])
def test_a_gate_that_could_not_look_stays_as_it_is(color):
    finding = Finding(code="coverage.report-missing", title="x")
    result = GateResult(gate="coverage", color=color, summary="x", findings=(finding,))
    assert judge_change(result, changes({}, {"a.py": CODE}), GateSettings()) is result


def test_many_files_are_cut():
    after = {f"f{number:02}.py": CODE for number in range(20)}
    detail = judged(coverage(dict.fromkeys(after, HALF)), {}, after).findings[0].detail
    assert detail.splitlines()[-1] == "and 5 more files"


@pytest.mark.parametrize(("missing", "color"), [(3, Color.GREEN), (8, Color.RED)])
def test_one_in_twenty_of_what_was_changed_is_no_decline_beside_a_small_base(missing, color):
    base = coverage({"a.py": dict.fromkeys(range(1, 6), 1)})
    lines = dict.fromkeys(range(1, 80), 1) | dict.fromkeys(range(1, missing + 1), 0)
    after = {"b.py": "".join(f"y{number} = {number}\n" for number in range(1, 80))}
    now = coverage({"a.py": dict.fromkeys(range(1, 6), 1), "b.py": lines})
    assert judged(now, {}, after, base=base).color is color

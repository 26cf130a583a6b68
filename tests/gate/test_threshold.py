import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.gate.port import Color, Coverage, FileCoverage
from kiro_worker.gate.threshold import judge_coverage, percent, ranges, reaches


def coverage(covered, total, **more) -> Coverage:
    return Coverage(lines_covered=covered, lines_total=total, **more)


def test_exactly_the_threshold_is_enough():
    assert judge_coverage(coverage(80, 100), 80.0).color is Color.GREEN
    assert judge_coverage(coverage(79, 100), 80.0).color is Color.RED


@pytest.mark.parametrize(
    ("covered", "total", "threshold", "expected"),
    [
        (333, 1000, 33.3, True),
        (332, 1000, 33.3, False),
        (7, 10, 70.0, True),
        (57, 100, 57.0, True),  # 0.57 * 100 is 56.99999999999999 in floats
        (799_999_999, 1_000_000_000, 80.0, False),
        (0, 10, 0.0, True),
        (0, 0, 0.0, False),
        (10, 10, 100.0, True),
        (10**9 - 1, 10**9, 100.0, False),
        (1, 1, float("nan"), False),
        (1, 1, float("inf"), False),
    ],
)
def test_the_comparison_is_exact(covered, total, threshold, expected):
    assert reaches(covered, total, threshold) is expected


def test_branches_must_reach_the_threshold_too_where_they_were_measured():
    result = judge_coverage(coverage(95, 100, branches_covered=3, branches_total=10), 80.0)
    assert result.color is Color.RED
    assert [finding.code for finding in result.findings] == ["coverage.low-branches"]
    assert result.summary == "coverage 95 % of lines, 30 % of branches (80 % asked for)"
    assert judge_coverage(coverage(95, 100, branches_covered=8, branches_total=10), 80.0).color is Color.GREEN


def test_a_stricter_bar_of_the_project_s_own_counts_lines_and_branches_together():
    measured = coverage(90, 100, branches_covered=8, branches_total=10)
    assert judge_coverage(measured, 80.0, own_threshold=89.0).color is Color.GREEN
    low = judge_coverage(measured, 80.0, own_threshold=95.0)
    assert low.color is Color.RED
    assert "89 %, below 95 %" in low.findings[0].title
    assert "the project's own settings: 95 % in all" in low.summary


def test_a_percentage_below_the_threshold_is_never_shown_as_the_threshold():
    result = judge_coverage(coverage(79_999, 100_000), 80.0)
    assert result.summary == "coverage 79.9 % of lines (80 % asked for)"
    assert "1 more of 100000 would be enough" in result.findings[0].cure


def test_the_worst_files_are_named_with_their_lines():
    files = tuple(
        FileCoverage(path=f"src/f{number:02}.py", lines=dict.fromkeys(range(1, number + 2), 0) | {99: 1})
        for number in range(20)
    )
    detail = judge_coverage(coverage(20, 230, files=files), 80.0).findings[0].detail
    assert detail.splitlines()[0] == "src/f19.py: 4.7 %, not covered: 1-20"
    assert detail.splitlines()[-1] == "and 5 more files"
    detail = judge_coverage(coverage(20, 230, files=files[4:]), 80.0).findings[0].detail
    assert detail.splitlines()[-1] == "and 1 more file"


def test_many_ranges_are_cut():
    assert ranges(range(1, 100, 2)).endswith("and 38 more")


def test_go_counts_statements_and_says_so():
    assert "of statements" in judge_coverage(coverage(9, 10, source="go"), 80.0).summary


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 100))
def test_one_more_covered_line_never_makes_green_red(missing, covered, threshold):
    total = covered + missing
    if reaches(covered, total, threshold) and missing:
        assert reaches(covered + 1, total, threshold)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_percentage_is_never_rounded_up(covered, extra):
    total = covered + extra
    assert float(percent(covered, total)) <= 100 * covered / total
    assert float(percent(covered, total)) < 100

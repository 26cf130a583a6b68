import time
from pathlib import Path

import pytest

from kiro_worker.gate.coverage import Measured, Report, coverage_of
from kiro_worker.gate.coverage.treepath import TreePaths
from kiro_worker.gate.fault import ReportElsewhere, ReportStale


def report(*paths: str, lines=((1, 1), (2, 0)), roots=(), moment=None, kind="cobertura") -> Report:
    return Report(kind=kind, files={path: Measured(lines=dict(lines)) for path in paths}, roots=roots, moment=moment)


def touch(tree: Path, *paths: str, lines: int = 20) -> None:
    for path in paths:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text("x\n" * lines)


def test_paths_are_found_absolute_relative_and_below_their_roots(tmp_path):
    touch(tmp_path, "src/shop/a.py", "b.py")
    places = TreePaths(tmp_path)
    assert places.find(f"{tmp_path}/src/shop/a.py", ()) == "src/shop/a.py"
    assert places.find("b.py", ()) == "b.py"
    assert places.find("./b.py", ()) == "b.py"
    assert places.find("shop/a.py", ("src",)) == "src/shop/a.py"
    assert places.find("shop/a.py", (f"{tmp_path}/src",)) == "src/shop/a.py"
    assert places.find("shop\\a.py", ("src",)) == "src/shop/a.py"


def test_a_tree_behind_a_link_is_the_same_tree(tmp_path):
    touch(tmp_path, "real/a.py")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for start in ("real", "link"):
        assert TreePaths(tmp_path / "link").find(f"{tmp_path}/{start}/a.py", ()) == "a.py"


def test_paths_of_elsewhere_are_not_found(tmp_path):
    touch(tmp_path, "tree/a.py", "other/a.py", "other/b.py")
    places = TreePaths(tmp_path / "tree")
    assert places.find(f"{tmp_path}/other/a.py", ()) is None
    assert places.find("/usr/lib/python3/a.py", ()) is None
    assert places.find("../other/b.py", ()) is None
    assert places.find("b.py", (f"{tmp_path}/other",)) is None
    assert places.find("b.py", ("../other",)) is None


def test_a_report_whose_source_folders_are_all_elsewhere_is_about_elsewhere(tmp_path):
    touch(tmp_path, "tree/pkg/a.py")
    places = TreePaths(tmp_path / "tree")
    assert places.find("pkg/a.py", ("/app/src", str(tmp_path / "treehouse"))) is None
    assert places.find("pkg/a.py", ("/app/src", "src")) == "pkg/a.py"
    assert places.find("pkg/a.py", (str(tmp_path),)) == "pkg/a.py"
    assert places.find(f"{tmp_path}/tree/pkg/a.py".removeprefix("/"), ("/",)) == "pkg/a.py"


def test_a_package_s_report_is_about_its_own_folder(tmp_path):
    touch(tmp_path, "src/x.js", "packages/a/src/x.js")
    places = TreePaths(tmp_path)
    assert places.find("src/x.js", (), near="packages/a/coverage/lcov.info") == "packages/a/src/x.js"
    assert places.find("src/x.js", (), near="coverage/lcov.info") == "src/x.js"
    assert places.find("src/x.js", ()) == "src/x.js"


def test_a_java_file_is_found_by_its_package_nearest_to_its_report(tmp_path):
    touch(tmp_path, "core/src/main/java/com/x/A.java", "web/src/main/java/com/x/A.java")
    places = TreePaths(tmp_path)
    assert places.find("com/x/A.java", (), near="web/target/site/jacoco/jacoco.xml") == "web/src/main/java/com/x/A.java"
    assert (
        places.find("com/x/A.java", (), near="core/target/site/jacoco/jacoco.xml") == "core/src/main/java/com/x/A.java"
    )
    assert places.find("com/x/B.java", ()) is None


def test_go_s_import_paths_are_found_in_every_module_of_the_tree(tmp_path):
    touch(tmp_path, "pkg/a.go", "tools/cmd/b.go")
    (tmp_path / "go.mod").write_text("module example.com/m\n")
    (tmp_path / "tools/go.mod").write_text("// tools\nmodule example.com/m/tools\n")
    places = TreePaths(tmp_path)
    assert places.find("example.com/m/pkg/a.go", ()) == "pkg/a.go"
    assert places.find("example.com/m/tools/cmd/b.go", ()) == "tools/cmd/b.go"
    assert places.find("example.com/other/pkg/a.go", ()) is None


@pytest.mark.parametrize("path", ["x" * 5000, "a\0b", "/" + "x/" * 3000, "../" * 2000, "", ".", "/", "a//b", "\udcff"])
def test_no_path_of_a_report_is_too_strange_to_be_looked_for(tmp_path, path):
    touch(tmp_path, "a.py")
    (tmp_path / "go.mod").write_text("module\n")
    assert TreePaths(tmp_path).find(path, ("src", "/"), near="x/y.xml") is None


def test_a_report_about_other_files_is_an_error_that_says_which(tmp_path):
    touch(tmp_path, "a.py")
    with pytest.raises(ReportElsewhere) as caught:
        coverage_of([(report("/site-packages/a.py", "/elsewhere/b.py"), "coverage.xml")], tmp_path)
    assert "/site-packages/a.py" in caught.value.detail
    assert "editable" in caught.value.next_step


def test_files_that_are_not_in_the_tree_are_left_out_and_told(tmp_path):
    touch(tmp_path, "a.py")
    resolved = coverage_of([(report("a.py", "/site-packages/b.py"), "coverage.xml")], tmp_path)
    assert (resolved.coverage.lines_covered, resolved.coverage.lines_total) == (1, 2)
    assert resolved.foreign == ("/site-packages/b.py",)


def test_tests_that_a_report_tells_of_are_left_out_by_pattern(tmp_path):
    touch(tmp_path, "a.js", "test/a.test.js")
    resolved = coverage_of([(report("a.js", "test/a.test.js"), "lcov.info")], tmp_path, no_code=("test/*",))
    assert [file.path for file in resolved.coverage.files] == ["a.js"]


def test_lines_that_a_file_does_not_have_are_of_other_code(tmp_path):
    touch(tmp_path, "a.py", lines=5)
    with pytest.raises(ReportStale, match=r"a\.py has 5 lines, and it tells of line 9"):
        coverage_of([(report("a.py", lines=((1, 1), (9, 1))), "coverage.xml")], tmp_path)
    touch(tmp_path, "a.kt", lines=5)
    coverage_of([(report("a.kt", lines=((1, 1), (9, 1))), "jacoco.xml")], tmp_path)


def test_a_report_that_says_it_is_older_than_the_run_is_stale(tmp_path):
    touch(tmp_path, "a.py")
    now = time.time()
    with pytest.raises(ReportStale, match="before the tests were started"):
        coverage_of([(report("a.py", moment=now - 3600), "coverage.xml")], tmp_path, since=now)
    for moment in (now - 60, now + 60, None):
        coverage_of([(report("a.py", moment=moment), "coverage.xml")], tmp_path, since=now)


def test_reports_of_several_modules_are_added_up(tmp_path):
    touch(tmp_path, "a.py", "b.py")
    resolved = coverage_of(
        [(report("a.py"), "1.xml"), (report("b.py"), "2.xml"), (report("a.py", lines=((2, 4), (3, 0))), "3.xml")],
        tmp_path,
    )
    assert resolved.coverage.files[0].lines == {1: 1, 2: 4, 3: 0}
    assert (resolved.coverage.lines_covered, resolved.coverage.lines_total) == (3, 5)


def test_a_second_format_of_the_same_run_is_not_added_up(tmp_path):
    touch(tmp_path, "a.py", "b.js")
    same = [
        (report("a.py"), "coverage.xml"),
        (report(f"{tmp_path}/a.py", lines=((9, 0),)), "lcov.info"),
        (report("b.js"), "c.json"),
    ]
    resolved = coverage_of(same, tmp_path, add_up=False)
    assert [file.path for file in resolved.coverage.files] == ["a.py", "b.js"]
    assert resolved.coverage.lines_total == 4

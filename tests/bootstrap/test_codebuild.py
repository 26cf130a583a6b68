"""What surrounds a run inside a build, and what is handed to the build server."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiro_worker.bootstrap.codebuild.deadline import end_before
from kiro_worker.bootstrap.codebuild.place import BuildFolderShared, BuildPlace
from kiro_worker.bootstrap.codebuild.reports import hand_over_reports, stand_in_for_missing
from kiro_worker.bootstrap.codebuild.scratch import BuildFilesOpen, close_scratch
from kiro_worker.bootstrap.codebuild.surroundings import surroundings_of
from kiro_worker.gate.coverage.read import read_report
from kiro_worker.gate.junit import read_tests
from kiro_worker.gate.port import Outcome
from kiro_worker.run.shell import Stop
from kiro_worker.testing.clock import HandClock

RUN = "r-01m8fh00000000000000000000"


@pytest.fixture
def place(tmp_path):
    return BuildPlace(tmp_path / "src", tmp_path / "state", RUN)


def kept(place, name, text):
    path = place.run_folder / "reports" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, ""),
        ({"CODEBUILD_BUILD_ARN": "no arn"}, ""),
        ({"CODEBUILD_BUILD_ARN": "arn:aws:codebuild:x:123456789012:build/p:1 onerror=x"}, ""),
        (
            {"CODEBUILD_BUILD_ARN": "arn:aws-cn:codebuild:cn-north-1:123456789012:build/p:1"},
            "https://console.amazonaws.cn/codesuite/codebuild/123456789012/projects/p/build/p%3A1/?region=cn-north-1",
        ),
        ({"CODEBUILD_PUBLIC_BUILD_URL": "https://public.example/b"}, "https://public.example/b"),
    ],
)
def test_a_build_is_linked_where_its_page_is_known(variables, url):
    assert surroundings_of(variables).url == url


@pytest.mark.parametrize("said", ["", "soon", "1", "-1795817778000", "9" * 40])
def test_a_start_that_is_no_time_is_none(said):
    assert surroundings_of({"CODEBUILD_START_TIME": said}).began is None


def test_the_start_is_told_in_milliseconds():
    began = surroundings_of({"CODEBUILD_START_TIME": "1795817778500"}).began
    assert began == datetime.fromtimestamp(1795817778.5, UTC)


async def test_the_end_is_asked_for_a_margin_before_the_build_is_killed():
    clock, stop = HandClock(hurried=True), Stop()
    await end_before(clock.now() + timedelta(hours=8), margin=timedelta(minutes=10), stop=stop, clock=clock)
    assert clock.slept == [8 * 3600 - 600]
    assert (stop.cause.code, stop.cause.verdict, stop.terminated) == ("build.deadline", "INTERRUPTED", True)


async def test_a_build_that_began_too_late_is_asked_at_once():
    clock, stop = HandClock(hurried=True), Stop()
    await end_before(clock.now(), margin=timedelta(minutes=10), stop=stop, clock=clock)
    assert clock.slept == [0.0]
    assert stop.cause is not None


def test_what_a_shell_reads_is_for_its_owner_alone_and_never_a_link(place, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/exports.sh").symlink_to(tmp_path / "elsewhere")
    place.take()
    (tmp_path / "src/.exports.sh.partial").symlink_to(tmp_path / "elsewhere")
    place.export("export A=1\n")
    assert (place.into / "exports.sh").read_text() == "export A=1\n"
    assert (place.into / "exports.sh").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
def test_a_folder_that_others_write_to_is_closed_to_them(place, mode):
    place.into.mkdir()
    place.into.chmod(mode)
    place.take()
    assert place.into.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_is_refused(place):
    place.into.mkdir()
    os.chown(place.into, 65534, 65534)
    with pytest.raises(BuildFolderShared):
        place.take()


def test_reports_of_any_form_become_those_that_report_groups_take(place, tmp_path):
    kept(place, "junit.xml", '<testsuite><testcase name="adds" classname="shop"/></testsuite>')
    workspace = tmp_path / f"state/workspaces/{RUN}/tree"
    kept(place, "coverage-1.info", f"SF:{workspace}/shop.py\nDA:1,1\nDA:2,0\nend_of_record\n")
    kept(place, "coverage-2.out", "mode: set\nshop/main.go:1.1,2.2 1 1\n")
    kept(place, "lint.xml", "<other/>")
    assert hand_over_reports(place) == ()
    handed = sorted(str(path.relative_to(place.reports)) for path in place.reports.rglob("*.xml"))
    assert handed == ["coverage/coverage-1.xml", "coverage/coverage-2.xml", "tests/junit.xml"]
    # The workspace is gone when somebody reads it.
    assert b'filename="shop.py"' in (place.reports / "coverage/coverage-1.xml").read_bytes()


def test_a_report_that_cannot_be_read_is_told_and_keeps_no_other_back(place):
    kept(place, "junit-1.xml", "<testsuite><testcase")
    kept(place, "junit-2.xml", '<testsuite><testcase name="adds"/></testsuite>')
    (note,) = hand_over_reports(place)
    assert note.startswith("The report junit-1.xml was not handed over: ")
    assert [path.name for path in place.reports.rglob("*.xml")] == ["junit-2.xml"]


def test_a_run_that_came_to_no_reports_hands_none_over(place):
    assert hand_over_reports(place) == ()
    assert not place.reports.exists()


def test_in_the_place_of_what_there_is_none_of_stands_that_there_is_none(place):
    kept(place, "coverage.info", "SF:shop.py\nDA:1,1\nend_of_record\n")
    hand_over_reports(place)
    stand_in_for_missing(place)
    stand_in_for_missing(place)
    handed = sorted(str(path.relative_to(place.reports)) for path in place.reports.rglob("*.xml"))
    assert handed == ["coverage/coverage.xml", "tests/none.xml"]
    (case,) = read_tests([(place.reports / "tests/none.xml", "none.xml")]).cases
    assert (case.name, case.outcome) == ("no report of tests", Outcome.SKIPPED)


def test_what_was_not_measured_is_not_covered(place):
    stand_in_for_missing(place)
    (only,) = read_report(place.reports / "coverage/none.xml", told="none.xml").files.values()
    assert only.line_totals() == (0, 1)


def test_what_codebuild_keeps_for_itself_is_closed_wherever_it_is(tmp_path):
    usual, other = tmp_path / "codebuild", tmp_path / "x/output"
    for folder in (usual, other / "src1/src/github.com"):
        folder.mkdir(parents=True)
    close_scratch({"CODEBUILD_SRC_DIR": str(other / "src1/src/github.com")}, place=usual)
    assert [folder.stat().st_mode & 0o777 for folder in (usual, other)] == [0o700, 0o700]


@pytest.mark.parametrize("told", ["", "/srv/work", "/src1/src", "output/src1/src", "{}/src1/src"])
def test_no_other_folder_is_closed(tmp_path, told):
    (tmp_path / "src1/src").mkdir(parents=True)
    tmp_path.chmod(0o755)
    close_scratch({"CODEBUILD_SRC_DIR": told.format(tmp_path)}, place=tmp_path / "nowhere")
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_where_it_cannot_be_closed_nothing_is_begun():
    # A folder of the kernel's, whose mode nobody changes.
    with pytest.raises(BuildFilesOpen):
        close_scratch({}, place=Path("/proc/sys"))

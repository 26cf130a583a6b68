import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiro_worker.gate.fault import ReportEmpty, ReportFault, ReportUnreadable
from kiro_worker.gate.junit import NoTestReport, TestReport, read_tests
from kiro_worker.gate.port import Outcome, TestCounts


def read(tmp_path: Path, text: str | bytes, name: str = "junit.xml") -> TestReport:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_tests([(path, name)])


PYTEST = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1"
failures="1" skipped="1" tests="4" time="0.1" timestamp="2026-11-21T10:00:00" hostname="h">
<testcase classname="tests.test_a.TestX" name="test_ok[1-2]" file="tests/test_a.py" line="4" time="0.001">
<properties><property name="validates" value="2.3"/></properties></testcase>
<testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py" line="9" time="0.002">
<failure message="assert 1 == 2">def test_bad():
&gt;       assert 1 == 2
E       assert 1 == 2
tests/test_a.py:11: AssertionError</failure><system-out>said before</system-out></testcase>
<testcase classname="tests.test_a" name="test_broken" time="0.0"><error message="fixture 'x' not found">file t.py, line 3</error></testcase>
<testcase classname="tests.test_a" name="test_later" time="0.0"><skipped type="pytest.skip" message="not here">t.py:1: not here</skipped></testcase>
</testsuite></testsuites>"""


def test_pytest_s_report_tells_identity_place_reason_and_properties(tmp_path):
    report = read(tmp_path, PYTEST)
    ok, bad, broken, later = report.cases
    assert report.counts == TestCounts(passed=1, failed=1, errors=1, skipped=1)
    assert (ok.id, ok.path, ok.line, ok.seconds) == ("tests.test_a.TestX::test_ok[1-2]", "tests/test_a.py", 5, 0.001)
    assert ok.properties == (("validates", "2.3"),)
    assert bad.outcome is Outcome.FAILED
    assert bad.message.count("assert 1 == 2") == 2, "the message is not said twice"
    assert bad.output == "said before"
    assert broken.outcome is Outcome.ERROR
    assert later.outcome is Outcome.SKIPPED
    assert "not here" in later.message


DIALECTS = {
    "jest-junit": (
        """<testsuites name="jest tests" tests="2" failures="1" errors="0" time="1.2">
        <testsuite name="cart" errors="0" failures="1" skipped="0" timestamp="x" time="0.5" tests="2">
        <testcase classname="cart adds" name="cart adds" time="0.003"></testcase>
        <testcase classname="cart removes" name="cart removes" time="0.001"><failure>Error: expect(received)
        at Object.&lt;anonymous&gt; (/repo/cart.test.js:7:15)</failure></testcase></testsuite></testsuites>""",
        TestCounts(passed=1, failed=1),
        ["cart adds::cart adds", "cart removes::cart removes"],
    ),
    "vitest": (
        """<?xml version="1.0" encoding="UTF-8" ?><testsuites name="vitest tests" tests="3" failures="0" errors="0">
        <testsuite name="test/a.test.ts" timestamp="x" hostname="h" tests="3" failures="0" errors="0" skipped="1" time="0.01">
        <testcase classname="test/a.test.ts" name="sum &gt; adds" time="0.002"></testcase>
        <testcase classname="test/a.test.ts" name="sum &gt; waits" time="0"><skipped/></testcase>
        <testcase classname="test/a.test.ts" name="sum &gt; carries" time="0.1"></testcase></testsuite></testsuites>""",
        TestCounts(passed=2, skipped=1),
        ["test/a.test.ts::sum > adds", "test/a.test.ts::sum > waits", "test/a.test.ts::sum > carries"],
    ),
    "surefire with a rerun": (
        """<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="com.x.CalcTest" time="0.05" tests="3"
        errors="1" skipped="0" failures="0"><properties><property name="java.version" value="17"/></properties>
        <testcase name="adds" classname="com.x.CalcTest" time="1,234.5"/>
        <testcase name="flaky" classname="com.x.CalcTest" time="0.1"><flakyFailure message="once" type="E"><stackTrace>x</stackTrace></flakyFailure></testcase>
        <testcase name="divides" classname="com.x.CalcTest" time="0.001"><error message="/ by zero" type="java.lang.ArithmeticException"><![CDATA[java.lang.ArithmeticException: / by zero
        at com.x.CalcTest.divides(CalcTest.java:12)]]></error><rerunFailure message="again"/></testcase></testsuite>""",
        TestCounts(passed=2, errors=1),
        ["com.x.CalcTest::adds", "com.x.CalcTest::flaky", "com.x.CalcTest::divides"],
    ),
    "gradle": (
        """<testsuite name="com.x.ATest" tests="1" skipped="1" failures="0" errors="0" timestamp="x" hostname="h" time="0.0">
        <properties/><testcase name="a()" classname="com.x.ATest" time="0.0"><skipped/></testcase>
        <system-out><![CDATA[]]></system-out></testsuite>""",
        TestCounts(skipped=1),
        ["com.x.ATest::a()"],
    ),
    "gotestsum": (
        """<testsuites tests="2" failures="1" errors="0" time="0.1"><testsuite tests="2" failures="1" time="0.1" name="example.com/m/p">
        <properties><property name="go.version" value="go1.22"/></properties>
        <testcase classname="example.com/m/p" name="TestA" time="0.0"></testcase>
        <testcase classname="example.com/m/p" name="TestB/sub" time="0.0"><failure message="Failed" type="">=== RUN TestB/sub
        p_test.go:9: got 1</failure></testcase></testsuite></testsuites>""",
        TestCounts(passed=1, failed=1),
        ["example.com/m/p::TestA", "example.com/m/p::TestB/sub"],
    ),
    "cargo-nextest": (
        """<testsuites name="nextest-run" tests="1" failures="1" errors="0" uuid="u" timestamp="x" time="0.1">
        <testsuite name="rs" tests="1" disabled="0" errors="0" failures="1">
        <testcase name="tests::bad" classname="rs" timestamp="x" time="0.01"><failure type="test failure with exit code 101" message="thread panicked">panicked at src/lib.rs:4:5</failure>
        <system-out>running 1 test</system-out></testcase></testsuite></testsuites>""",
        TestCounts(failed=1),
        ["rs::tests::bad"],
    ),
    "phpunit": (
        """<testsuites><testsuite name="/repo/phpunit.xml" tests="2" assertions="2" errors="0" failures="1" skipped="0" time="0.01">
        <testsuite name="CartTest" file="/repo/tests/CartTest.php" tests="2"><testcase name="testAdds" file="/repo/tests/CartTest.php"
        line="10" class="CartTest" classname="CartTest" assertions="1" time="0.001"/>
        <testcase name="testRemoves" file="/repo/tests/CartTest.php" line="15" class="CartTest" time="0.002">
        <failure type="PHPUnit\\Framework\\ExpectationFailedException">CartTest::testRemoves
Failed asserting that 2 is 1.</failure></testcase></testsuite></testsuite></testsuites>""",
        TestCounts(passed=1, failed=1),
        ["CartTest::testAdds", "CartTest::testRemoves"],
    ),
    "rspec": (
        """<testsuite name="rspec" tests="1" skipped="0" failures="0" errors="0" time="0.01" timestamp="x" hostname="h">
        <properties><property name="seed" value="1"/></properties>
        <testcase classname="spec.cart_spec" name="Cart adds" file="./spec/cart_spec.rb" time="0.001"></testcase></testsuite>""",
        TestCounts(passed=1),
        ["spec.cart_spec::Cart adds"],
    ),
    "ctest": (
        """<testsuite name="(empty)" tests="4" failures="1" disabled="0" skipped="0" hostname="" time="0" timestamp="x">
        <testcase name="ok" classname="ok" time="0.1" status="run"><system-out>hi</system-out></testcase>
        <testcase name="bad" classname="bad" time="0.1" status="fail"><failure message="Failed"/><system-out>boom</system-out></testcase>
        <testcase name="off" classname="off" time="0" status="disabled"/>
        <testcase name="gone" classname="gone" time="0" status="notrun"><skipped message="Unable to find executable"/></testcase></testsuite>""",
        TestCounts(passed=1, failed=1, skipped=2),
        ["ok::ok", "bad::bad", "off::off", "gone::gone"],
    ),
    "node:test, nested": (
        """<testsuites><testcase name="top" time="0.1" classname="test"/>
        <testsuite name="outer" tests="1"><testsuite name="inner" tests="1">
        <testcase name="deep" time="0.2" classname="test"><failure type="testCodeFailure" message="no">[Error]</failure></testcase>
        </testsuite></testsuite></testsuites>""",
        TestCounts(passed=1, failed=1),
        ["test::top", "outer > inner::deep"],
    ),
    "dotnet trx": (
        """<?xml version="1.0"?><TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
        <UnitTestResult testName="Shop.CartTests.Adds" outcome="Passed" duration="00:00:01.5000000"/>
        <UnitTestResult testName="Shop.CartTests.Fits(size: 1.5)" outcome="Failed" duration="00:00:00.1"><Output><StdOut>log</StdOut>
        <ErrorInfo><Message>Expected 1</Message><StackTrace>at Shop.CartTests.Fits() in /repo/T.cs:line 9</StackTrace></ErrorInfo></Output></UnitTestResult>
        <UnitTestResult testName="Shop.CartTests.Later" outcome="NotExecuted"/></Results></TestRun>""",
        TestCounts(passed=1, failed=1, skipped=1),
        ["Shop.CartTests::Adds", "Shop.CartTests::Fits(size: 1.5)", "Shop.CartTests::Later"],
    ),
    "a suite that could not be loaded": (
        """<testsuites><testsuite name="CartTest" tests="0" errors="1"><error type="E">Class "Cart" not found</error></testsuite></testsuites>""",
        TestCounts(errors=1),
        ["CartTest::(suite)"],
    ),
    "a failing test whose teardown fails too": (
        """<testsuite name="s"><testcase classname="s" name="t"><failure message="f">f</failure><error message="e">e</error></testcase></testsuite>""",
        TestCounts(errors=1),
        ["s::t"],
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_counted_and_names_its_tests(tmp_path, dialect):
    text, counts, ids = DIALECTS[dialect]
    report = read(tmp_path, text)
    assert report.counts == counts
    assert [case.id for case in report.cases] == ids
    for case in report.cases:
        assert bool(case.message) or case.outcome in {Outcome.PASSED, Outcome.SKIPPED}


def test_several_files_are_one_report(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.xml").write_text(DIALECTS["gradle"][0])
    report = read_tests([(tmp_path / f"{number}.xml", "x") for number in range(3)])
    assert report.counts.skipped == 3


JEST = """{"numTotalTests": 3, "testResults": [
 {"name": "/repo/cart.test.js", "status": "failed", "message": "", "assertionResults": [
  {"ancestorTitles": ["cart"], "title": "adds", "status": "passed", "duration": 3, "location": {"line": 2, "column": 1}, "failureMessages": []},
  {"ancestorTitles": ["cart"], "title": "removes", "status": "failed", "duration": null, "location": null, "failureMessages": ["Error: no"]},
  {"ancestorTitles": [], "title": "later", "status": "todo", "failureMessages": []}]},
 {"name": "/repo/broken.test.js", "status": "failed", "message": "SyntaxError: x", "assertionResults": []}]}"""
RSPEC = """{"version": "3", "examples": [
 {"full_description": "Cart adds", "status": "passed", "file_path": "./spec/cart_spec.rb", "line_number": 3},
 {"full_description": "Cart removes", "status": "failed", "file_path": "./spec/cart_spec.rb", "line_number": 7,
  "exception": {"class": "E", "message": "expected 1"}},
 {"full_description": "Cart waits", "status": "pending", "file_path": "./spec/cart_spec.rb", "line_number": 9}],
 "summary": {"errors_outside_of_examples_count": 1}}"""


def test_jest_s_json_is_read_with_files_that_could_not_be_loaded(tmp_path):
    report = read(tmp_path, JEST, "jest.json")
    assert report.counts == TestCounts(passed=1, failed=1, errors=1, skipped=1)
    assert report.cases[0].id == "cart::adds"
    assert (report.cases[0].line, report.cases[0].seconds) == (2, 0.003)
    assert report.cases[3].message == "SyntaxError: x"


def test_rspec_s_json_is_read_with_errors_outside_of_examples(tmp_path):
    report = read(tmp_path, RSPEC, "rspec.json")
    assert report.counts == TestCounts(passed=1, failed=1, errors=1, skipped=1)
    assert (report.cases[1].path, report.cases[1].line, report.cases[1].message) == (
        "spec/cart_spec.rb",
        7,
        "E: expected 1",
    )


HOSTILE = {
    "entities that multiply": '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><testsuites>&b;</testsuites>',
    "a file of the machine": '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites>&x;</testsuites>',
    "a parameter entity": '<!DOCTYPE t [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><testsuites/>',
    "depth": "<testsuites>" + "<a>" * 100_000,
    "an end in the middle": '<testsuites><testsuite name="a"><testcase name="b">',
    "two roots": "<testsuites/><testsuites/>",
    "no XML at all": "3 tests passed",
    "binary": b"\x00\x01\x02\xff",
    "a wrong encoding": b'<?xml version="1.0" encoding="utf-8"?><testsuites name="\xff"/>',
    "an unknown encoding": '<?xml version="1.0" encoding="x-none"?><testsuites/>',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_broken_xml_is_refused(tmp_path, kind):
    with pytest.raises(ReportUnreadable) as caught:
        read(tmp_path, HOSTILE[kind])
    assert caught.value.next_step


def test_well_formed_xml_of_another_kind_is_told_apart(tmp_path):
    with pytest.raises(NoTestReport, match="its root is <html>"):
        read(tmp_path, "<html/>")


def test_an_empty_file_is_no_report(tmp_path):
    with pytest.raises(ReportEmpty):
        read(tmp_path, "")


def test_a_pipe_a_link_and_a_folder_are_no_reports(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "real.xml").write_text(PYTEST)
    (tmp_path / "link").symlink_to(tmp_path / "real.xml")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "link", "folder", "missing"):
        with pytest.raises(ReportUnreadable):
            read_tests([(tmp_path / name, name)])


@pytest.mark.parametrize("text", ['{"a": 1}', "[]", "nope", '{"testResults": 3}', "[" * 100_000])
def test_json_of_another_kind_is_refused(tmp_path, text):
    with pytest.raises(ReportUnreadable):
        read(tmp_path, text, "jest.json")


def test_messages_and_outputs_are_bounded(tmp_path):
    big = "x" * 300_000
    report = read(
        tmp_path,
        f'<testsuite name="s"><testcase name="{big}" classname="c"><failure message="{big}">{big}</failure><system-out>{big}</system-out></testcase></testsuite>',
    )
    case = report.cases[0]
    assert len(case.name) == 1000
    assert len(case.message) <= 4000
    assert len(case.output) <= 2000


def test_the_thousandth_failure_is_counted_without_its_message(tmp_path):
    many = "".join(f'<testcase name="t{number}"><failure message="m"/></testcase>' for number in range(1500))
    report = read(tmp_path, f'<testsuite name="s">{many}</testsuite>')
    assert report.counts.failed == 1500
    assert report.cases[0].message == "m"
    assert not report.cases[-1].message


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(PYTEST) - 1))
def test_a_report_that_was_cut_off_is_refused_wherever_it_was_cut(tmp_path, cut):
    with pytest.raises(ReportFault):
        read(tmp_path, PYTEST[:cut])


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_a_report_or_a_named_fault(tmp_path, body):
    for name in ("junit.xml", "jest.json"):
        with suppress(ReportFault):
            read(tmp_path, body, name)

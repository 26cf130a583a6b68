import json
from itertools import starmap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.gate.output import GoEvents, read_output
from kiro_worker.gate.port import TestCounts

PYTEST = """\
============================= test session starts ==============================
collected 5 items

tests/test_a.py .F.s                                                     [ 80%]

=================================== FAILURES ===================================
___________________________ TestCart.test_bad[a-b] ____________________________

    def test_bad():
>       assert 1 == 2
E       assert 1 == 2

tests/test_a.py:11: AssertionError
=========================== short test summary info ============================
FAILED tests/test_a.py::TestCart::test_bad[a-b] - assert 1 == 2
ERROR tests/test_b.py - ImportError: no module
==== \x1b[31m1 failed\x1b[0m, 2 passed, 1 skipped, 1 xfailed, 1 warning, 1 error in 0.12s ====
"""
UNITTEST = """\
test_bad (tests.test_m.T.test_bad) ... FAIL
======================================================================
FAIL: test_bad (tests.test_m.T.test_bad)
A docstring of the test
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/repo/tests/test_m.py", line 5, in test_bad
    self.assertEqual(f(1), 2)
  File "/usr/lib/python3.11/unittest/case.py", line 873, in assertEqual
    raise x
AssertionError: 1 != 2

======================================================================
ERROR: test_gone (unittest.loader._FailedTest.test_gone)
----------------------------------------------------------------------
ImportError: Failed to import test module: test_gone

----------------------------------------------------------------------
Ran 5 tests in 0.001s

FAILED (failures=1, errors=1, skipped=1, expected failures=1)
"""
GO = """\
=== RUN   TestOk
--- PASS: TestOk (0.00s)
--- FAIL: TestBad (0.01s)
    calc_test.go:12: got 1, want 2
--- SKIP: TestLater (0.00s)
FAIL
FAIL\texample.com/m/calc\t0.003s
FAIL\texample.com/m/broken [build failed]
ok  \texample.com/m/other\t(cached)\tcoverage: 80.0% of statements
FAIL
"""
CARGO = """\
running 2 tests
test tests::bad ... FAILED
test tests::ok ... ok

---- tests::bad stdout ----
thread 'tests::bad' panicked at src/lib.rs:4:30:
assertion `left == right` failed
  left: 1

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

running 1 test
test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""
JEST = """\
FAIL ./cart.test.js
  ● cart › removes

    expect(received).toBe(expected)

      at Object.toBe (cart.test.js:7:15)

Test Suites: 1 failed, 1 passed, 2 total
Tests:       1 failed, 1 skipped, 1 todo, 2 passed, 5 total
Snapshots:   0 total
Time:        1 s
"""
VITEST = """\
 FAIL  test/cart.test.ts > cart > removes
AssertionError: expected 1 to be 2
 \u276f test/cart.test.ts:8:20

 Test Files  1 failed | 1 passed (2)
      Tests  1 failed | 2 passed | 1 skipped (4)
   Duration  300ms
"""
MOCHA = """\
  cart
    1) removes

  2 passing (5ms)
  1 pending
  1 failing

  1) cart
       removes:
     AssertionError: expected 1 to equal 2
      at Context.<anonymous> (test/cart.js:7:12)
"""
NODE = """\
\u2716 failing tests:
\u2139 tests 4
\u2139 suites 1
\u2139 pass 1
\u2139 fail 1
\u2139 cancelled 1
\u2139 skipped 1
\u2139 todo 0

\u2716 failing tests:

test at test/add.test.js:3:24
\u2716 nested fails (1.18ms)
  AssertionError
"""
TAP = """\
1..4
ok 1 - adds
not ok 2 - removes
# (in test file test/cart.bats, line 9)
#   `[ 1 -eq 2 ]' failed
ok 3 - later # skip not here
"""
MAVEN = """\
[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! -- in com.x.CalcTest
[INFO] Results:
[ERROR] Failures:
[ERROR]   CalcTest.adds:12 expected: <2> but was: <1>
[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0
[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 1
"""
GRADLE = """\
CalcTest > adds() FAILED
    org.opentest4j.AssertionFailedError at CalcTest.java:12
4 tests completed, 1 failed, 1 skipped
"""
SBT = """\
[info] - removes *** FAILED ***
[error] Failed: Total 3, Failed 1, Errors 0, Passed 2
"""
DOTNET = """\
  Failed Shop.CartTests.Removes [12 ms]
Failed!  - Failed:     1, Passed:     2, Skipped:     1, Total:     4, Duration: 10 ms - Shop.Tests.dll (net8.0)
"""
CTEST = """\
50% tests passed, 1 tests failed out of 2

The following tests FAILED:
\t  2 - bad (Failed)
"""
RSPEC = """\
Finished in 0.01 seconds
3 examples, 1 failure, 1 pending

Failed examples:

rspec ./spec/cart_spec.rb:7 # Cart removes
"""
PHPUNIT = """\
1) CartTest::testRemoves
Failed asserting that 2 is 1.

/repo/tests/CartTest.php:17

FAILURES!
Tests: 4, Assertions: 5, Failures: 1, Skipped: 1.
"""

FORMS = {
    "pytest": (PYTEST, TestCounts(passed=2, failed=1, errors=1, skipped=2), "TestCart::test_bad[a-b]", "tests/test_a.py", 11),
    "unittest": (UNITTEST, TestCounts(passed=1, failed=1, errors=1, skipped=2), "test_bad", "/repo/tests/test_m.py", 5),
    "go": (GO, TestCounts(passed=1, failed=1, errors=1, skipped=1), "TestBad", "calc_test.go", 12),
    "cargo": (CARGO, TestCounts(passed=2, failed=1, skipped=2), "tests::bad", "src/lib.rs", 4),
    "jest": (JEST, TestCounts(passed=2, failed=1, skipped=2), "cart › removes", "cart.test.js", 7),
    "vitest": (VITEST, TestCounts(passed=2, failed=1, skipped=1), "cart > removes", "test/cart.test.ts", 8),
    "mocha": (MOCHA, TestCounts(passed=2, failed=1, skipped=1), "cart removes", "", 0),
    "node": (NODE, TestCounts(passed=1, failed=2, skipped=1), "nested fails", "test/add.test.js", 3),
    "tap": (TAP, TestCounts(passed=1, failed=1, errors=1, skipped=1), "removes", "test/cart.bats", 9),
    "maven": (MAVEN, TestCounts(passed=3, failed=1, skipped=1), "adds", "CalcTest.java", 12),
    "gradle": (GRADLE, TestCounts(passed=2, failed=1, skipped=1), "adds", "", 0),
    "sbt": (SBT, TestCounts(passed=2, failed=1), "- removes", "", 0),
    "dotnet": (DOTNET, TestCounts(passed=2, failed=1, skipped=1), "Shop.CartTests.Removes", "", 0),
    "ctest": (CTEST, TestCounts(passed=1, failed=1), "bad", "", 0),
    "rspec": (RSPEC, TestCounts(passed=1, failed=1, skipped=1), "Cart removes", "spec/cart_spec.rb", 7),
    "phpunit": (PHPUNIT, TestCounts(passed=2, failed=1, skipped=1), "testRemoves", "/repo/tests/CartTest.php", 17),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("known", [True, False], ids=["known", "guessed"])
def test_every_form_is_counted_and_its_first_failure_is_placed(form, known):
    text, counts, name, path, line = FORMS[form]
    told = read_output(text, runner=form if known else "")
    assert told is not None
    assert told.counts == counts
    assert told.is_red
    first = told.failures[0]
    assert (first.name, first.path, first.line) == (name, path, line)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("12 passed in 3.10s", TestCounts(passed=12)),
        ("no tests ran in 0.01s", TestCounts()),
        ("Ran 0 tests in 0.000s\n\nNO TESTS RAN", TestCounts()),
        ("Ran 2 tests in 0.000s\n\nOK", TestCounts(passed=2)),
        ("OK (3 tests, 4 assertions)", TestCounts(passed=3)),
        ("No tests executed!", TestCounts()),
        ("No tests found, exiting with code 1", TestCounts()),
        ("1..1\nok 1 x", TestCounts(passed=1)),
        ("ok  \texample.com/m\t0.003s", TestCounts(passed=1, counted=False)),
        ("100% tests passed, 0 tests failed out of 3", TestCounts(passed=3)),
        ("5 examples, 0 failures", TestCounts(passed=5)),
    ],
)
def test_a_green_or_empty_closing_is_counted_too(text, counts):
    told = read_output(text)
    assert told is not None
    assert told.counts == counts
    assert not told.is_red


def test_of_two_suites_the_one_that_failed_is_told():
    told = read_output("9 passed in 1.00s\n" + JEST)
    assert (told.form, told.is_red) == ("jest", True)


@pytest.mark.parametrize("text", ["", "all good", "I passed 3 exams", "Tests: pending", "1..x"])
def test_text_without_a_closing_line_tells_nothing(text):
    assert read_output(text) is None


def test_a_failure_repeated_a_hundred_thousand_times_is_told_once():
    text = "FAILED tests/test_a.py::test_x - no\n" * 120_000 + "1 failed in 1.0s"
    assert len(read_output(text).failures) == 1


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_without_a_fault(text):
    read_output(text)


@settings(deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.integers(0, 200), st.text(max_size=10))
def test_damaged_output_is_read_without_a_fault(form, at, junk):
    text = FORMS[form][0]
    read_output(text[:at] + junk + text[at:])


@pytest.mark.parametrize(
    "line", ["1 a, " * 400, "FAIL " * 400, "test " * 400, "Tests: " + "1 failed, " * 190, "." * 2000, "(" * 2000]
)
def test_long_hostile_lines_take_no_time(line):
    read_output((line + "\n") * 200)


def events(*told: dict) -> GoEvents:
    reader = GoEvents()
    body = b"".join(json.dumps(event).encode() + b"\n" for event in told)
    # In pieces, as a pipe gives them.
    list(starmap(lambda at: reader.add(body[at : at + 7]), [(at,) for at in range(0, len(body), 7)]))
    return reader


def test_go_s_events_name_every_test_and_show_the_text_people_would_have_seen():
    package = {"Package": "example.com/m/calc"}
    told = [
        {"Action": "run", "Test": "TestA", **package},
        {"Action": "output", "Test": "TestB", "Output": "    calc_test.go:9: got 1\n", **package},
        {"Action": "pass", "Test": "TestA", "Elapsed": 0.5, **package},
        {"Action": "fail", "Test": "TestB", "Elapsed": 0, **package},
        {"Action": "skip", "Test": "TestC", **package},
        {"Action": "fail", **package},
        {"Action": "output", "Package": "example.com/m/broken", "Output": "syntax error\n"},
        {"Action": "fail", "Package": "example.com/m/broken"},
    ]
    reader = events(*told)
    assert reader.told().counts == TestCounts(passed=1, failed=1, errors=1, skipped=1)
    failed = next(case for case in reader.cases() if case.name == "TestB")
    assert (failed.path, failed.line, failed.id) == ("calc_test.go", 9, "example.com/m/calc::TestB")
    assert next(case for case in reader.cases() if case.suite.endswith("broken")).message == "syntax error"
    shown = GoEvents().add(json.dumps(told[1]).encode() + b"\nplain\n")
    assert shown == b"    calc_test.go:9: got 1\nplain\n"


def test_what_is_no_event_passes_through_and_tells_nothing():
    reader = GoEvents()
    assert reader.add(b'{"no": 1}\n[1]\n{broken\n' + b"x" * 300_000) == b'{"no": 1}\n[1]\n{broken\n'
    assert reader.told() is None


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["Action", "Package", "Test", "Output", "Elapsed"]),
            st.sampled_from(["fail", "pass", "output", 3, None, [1]]),
        )
    )
)
def test_any_events_are_taken(told):
    events(*told).told()

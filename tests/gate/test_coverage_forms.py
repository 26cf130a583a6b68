import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiro_worker.gate.coverage import coverage_of, read_report
from kiro_worker.gate.fault import ReportEmpty, ReportFault, ReportUnreadable
from kiro_worker.gate.port import Coverage


def read(tmp_path: Path, text: str | bytes, name: str = "report", files: dict[str, int] | None = None) -> Coverage:
    """Coverage of a tree that holds these files, each with so many lines."""
    for path, lines in (files or {}).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x\n" * lines)
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return coverage_of([(read_report(path, told=name), name)], tmp_path).coverage


def totals(coverage: Coverage) -> tuple[int, int, int, int]:
    return coverage.lines_covered, coverage.lines_total, coverage.branches_covered, coverage.branches_total


COBERTURA = """<?xml version="1.0" ?><!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage version="1.9" timestamp="{moment}" lines-valid="4" lines-covered="3" line-rate="0.75" branches-covered="1" branches-valid="2" branch-rate="0.5" complexity="0">
<sources><source>{root}/src</source></sources><packages><package name="."><classes>
<class name="Cart" filename="shop/cart.cs"><methods><method name="Add"><lines><line number="1" hits="2" branch="False"/></lines></method></methods>
<lines><line number="1" hits="2" branch="False"/><line number="2" hits="1" branch="True" condition-coverage="50% (1/2)"><conditions><condition number="0" type="jump" coverage="50%"/></conditions></line></lines></class>
<class name="Cart/Inner" filename="shop/cart.cs"><lines><line number="5" hits="0"/><line number="6" hits="3"/></lines></class>
</classes></package></packages></coverage>"""
CLOVER_PHP = """<?xml version="1.0" encoding="UTF-8"?><coverage generated="1700000000"><project timestamp="1700000000"><package name="Shop">
<file name="{root}/src/Cart.php"><class name="Cart" namespace="Shop"><metrics complexity="2" methods="1" coveredmethods="0" conditionals="0" coveredconditionals="0" statements="3" coveredstatements="2"/></class>
<line num="5" type="method" name="add" visibility="public" complexity="2" crap="2" count="1"/><line num="7" type="stmt" count="1"/><line num="8" type="stmt" count="4"/><line num="9" type="stmt" count="0"/>
<metrics loc="20" ncloc="18" classes="1" methods="1" coveredmethods="0" conditionals="0" coveredconditionals="0" statements="3" coveredstatements="2"/></file></package>
<metrics files="1" loc="20" ncloc="18" classes="1" methods="1" coveredmethods="0" conditionals="0" coveredconditionals="0" statements="3" coveredstatements="2"/></project></coverage>"""
CLOVER_ISTANBUL = """<?xml version="1.0" encoding="UTF-8"?><coverage generated="1700000000000" clover="3.2.0"><project timestamp="1" name="All files">
<metrics statements="3" coveredstatements="2" conditionals="2" coveredconditionals="1" methods="1" coveredmethods="1"/>
<file name="cart.js" path="{root}/src/cart.js"><metrics statements="3" coveredstatements="2" conditionals="2" coveredconditionals="1" methods="1" coveredmethods="1"/>
<line num="1" count="1" type="stmt"/><line num="2" count="1" type="cond" truecount="1" falsecount="1"/><line num="3" count="0" type="stmt"/></file></project></coverage>"""
CLOVER_OPEN = """<coverage generated="1700000000000" clover="4.4.1"><project name="p"><package name="x"><file name="A.java" path="{root}/src/A.java">
<line num="3" type="method" signature="a()" count="1"/><line num="4" type="cond" truecount="5" falsecount="0"/><line num="5" type="stmt" count="5"/></file></package></project></coverage>"""
JACOCO = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="app"><sessioninfo id="h" start="1" dump="2"/><group name="core"><package name="com/x"><class name="com/x/A" sourcefilename="A.java"><method name="a" desc="()V" line="3"><counter type="LINE" missed="1" covered="2"/></method></class>
<sourcefile name="A.java"><line nr="3" mi="0" ci="4" mb="0" cb="0"/><line nr="4" mi="2" ci="1" mb="1" cb="1"/><line nr="5" mi="3" ci="0" mb="0" cb="0"/><counter type="LINE" missed="1" covered="2"/></sourcefile></package></group></report>"""
LCOV = """TN:
SF:src/cart.js
FN:1,add
FNDA:3,add
DA:1,3
DA:2,0
DA:3,1,abcd
BRDA:1,0,0,1
BRDA:1,0,1,-
LF:3
LH:2
BRF:2
BRH:1
end_of_record
TN:second
SF:src/cart.js
DA:2,5
BRDA:1,0,1,0
end_of_record
"""
GO = """mode: count
example.com/m/calc/calc.go:3.20,5.2 2 7
example.com/m/calc/calc.go:7.20,8.10 1 0
example.com/m/calc/calc.go:8.10,9.3 3 0
example.com/m/calc/calc.go:7.20,8.10 1 2
"""
ISTANBUL = """{{"{root}/src/cart.js": {{"path": "{root}/src/cart.js", "statementMap": {{"0": {{"start": {{"line": 1, "column": 0}}, "end": {{"line": 1, "column": 9}}}},
"1": {{"start": {{"line": 2, "column": 0}}, "end": {{"line": 2, "column": null}}}}, "2": {{"start": {{"line": 2, "column": 5}}, "end": {{"line": 4, "column": 1}}}}, "3": {{"start": {{"line": 3, "column": 0}}, "end": {{"line": 3, "column": 1}}}}}},
"fnMap": {{}}, "branchMap": {{"0": {{"loc": {{"start": {{"line": 2, "column": 0}}, "end": {{}}}}, "type": "if", "locations": []}}, "1": {{"line": 3, "type": "cond-expr"}}}},
"s": {{"0": 1, "1": 0, "2": 4, "3": 0}}, "f": {{}}, "b": {{"0": [1, 0], "1": [0, 0, 2]}}}}}}"""
SUMMARY = """{{"total": {{"lines": {{"total": 10, "covered": 9, "skipped": 0, "pct": 90}}, "statements": {{"total": 12, "covered": 9, "skipped": 0, "pct": 75}}, "functions": {{"total": 1, "covered": 1, "skipped": 0, "pct": 100}}, "branches": {{"total": 4, "covered": 2, "skipped": 0, "pct": 50}}}},
"{root}/src/cart.js": {{"lines": {{"total": 10, "covered": 9, "skipped": 0, "pct": 90}}, "branches": {{"total": 4, "covered": 2, "skipped": 0, "pct": 50}}, "statements": {{"total": 12, "covered": 9, "skipped": 0, "pct": 75}}, "functions": {{"total": 1, "covered": 1, "skipped": 0, "pct": 100}}}}}}"""
SIMPLECOV = """{{"RSpec": {{"coverage": {{"{root}/lib/cart.rb": {{"lines": [null, 1, 0, "ignored", 2]}}}}, "timestamp": 1700000000}},
"Other": {{"coverage": {{"{root}/lib/cart.rb": {{"lines": [null, 0, 3, null, 0]}}}}, "timestamp": 1700000001}}}}"""

FORMS = {
    "cobertura": (COBERTURA, {"src/shop/cart.cs": 9}, (3, 4, 1, 2), "src/shop/cart.cs"),
    "clover of PHPUnit": (CLOVER_PHP, {"src/Cart.php": 20}, (2, 3, 0, 0), "src/Cart.php"),
    "clover of Istanbul": (CLOVER_ISTANBUL, {"src/cart.js": 9}, (2, 3, 1, 2), "src/cart.js"),
    "clover of OpenClover": (CLOVER_OPEN, {"src/A.java": 9}, (2, 2, 1, 2), "src/A.java"),
    "jacoco": (JACOCO, {"core/src/main/java/com/x/A.java": 9}, (2, 3, 1, 2), "core/src/main/java/com/x/A.java"),
    "lcov": (LCOV, {"src/cart.js": 9}, (3, 3, 1, 2), "src/cart.js"),
    "go": (GO, {"calc/calc.go": 9}, (3, 6, 0, 0), "calc/calc.go"),
    "istanbul": (ISTANBUL, {"src/cart.js": 9}, (2, 3, 2, 5), "src/cart.js"),
    "istanbul-summary": (SUMMARY, {"src/cart.js": 9}, (9, 10, 2, 4), "src/cart.js"),
    "simplecov": (SIMPLECOV, {"lib/cart.rb": 9}, (3, 3, 0, 0), "lib/cart.rb"),
}


def spelled(form: str, tmp_path: Path) -> str:
    text = FORMS[form][0]
    return text.format(root=tmp_path, moment=1700000000000) if "{root}" in text or "{moment}" in text else text


@pytest.mark.parametrize("form", FORMS)
def test_every_format_gives_the_totals_its_tool_prints(tmp_path, form):
    _, files, expected, path = FORMS[form]
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.22\n")
    coverage = read(tmp_path, spelled(form, tmp_path), files=files)
    assert totals(coverage) == expected
    assert [file.path for file in coverage.files] == [path]


def test_lines_and_branches_of_each_file_are_kept(tmp_path):
    coverage = read(tmp_path, LCOV, files={"src/cart.js": 9})
    assert coverage.files[0].lines == {1: 3, 2: 5, 3: 1}
    assert coverage.files[0].branches == {1: (1, 2)}


def test_totals_without_files_are_coverage_too(tmp_path):
    summary = '{"total": {"lines": {"total": 10, "covered": 9}, "branches": {"total": 0, "covered": 0}}}'
    assert totals(read(tmp_path, summary)) == (9, 10, 0, 0)
    cobertura = '<coverage line-rate="0.5" lines-covered="5" lines-valid="10" branches-covered="0" branches-valid="0"/>'
    assert totals(read(tmp_path, cobertura)) == (5, 10, 0, 0)
    clover = '<coverage generated="1"><project><metrics statements="4" coveredstatements="3" conditionals="2" coveredconditionals="1"/></project></coverage>'
    assert totals(read(tmp_path, clover)) == (3, 4, 1, 2)


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A real run of coverage.py with branches: its tree, and the totals that it prints itself."""
    tree = tmp_path_factory.mktemp("measured")
    (tree / "pkg").mkdir()
    (tree / "pkg/__init__.py").write_text("")
    (tree / "pkg/a.py").write_text(
        "def f(n):\n    for i in range(n):\n        if i > 2:\n            return i\n        elif i < 0:\n            raise ValueError\n"
        "    else:\n        n += 1\n    while n > 5:\n        n -= 1\n    return [x for x in (1, 2) if x] or n\n\n\nclass C:\n    def g(self):\n        return 1 if self else 2\n"
    )
    (tree / "pkg/unseen.py").write_text("import os\nif os.name:\n    x = 1\nelse:\n    x = 2\n")
    (tree / "main.py").write_text("from pkg.a import f, C\nf(1)\nf(9)\nC().g()\n")
    run = (sys.executable, "-m", "coverage")
    clean = {"PATH": os.environ["PATH"]}  # without the variables of a coverage run over these tests themselves
    subprocess.run([*run, "run", "--branch", "--source=pkg", "main.py"], cwd=tree, check=True, env=clean)
    for form, name in (("json", "coverage.json"), ("xml", "coverage.xml"), ("lcov", "lcov.info")):
        subprocess.run([*run, form, "-q", "-o", name], cwd=tree, check=True, env=clean)
    printed = subprocess.run([*run, "report"], cwd=tree, check=True, env=clean, capture_output=True, text=True).stdout
    last = printed.splitlines()[-1].split()
    return tree, {"statements": last[1], "missed": last[2], "branches": last[3], "percent": last[5].rstrip("%")}


@pytest.mark.parametrize("name", ["coverage.json", "coverage.xml", "lcov.info"])
def test_coverage_py_s_own_reports_give_what_it_prints(measured, name):
    tree, printed = measured
    coverage = coverage_of([(read_report(tree / name, told=name), name)], tree).coverage
    assert coverage.lines_total == int(printed["statements"])
    assert coverage.lines_total - coverage.lines_covered == int(printed["missed"])
    assert coverage.branches_total == int(printed["branches"])
    assert round(coverage.combined_percent) == int(printed["percent"])
    inside = json.loads((tree / "coverage.json").read_text())["totals"]
    assert coverage.branches_covered == inside["covered_branches"]
    assert {file.path for file in coverage.files if file.lines} == {"pkg/a.py", "pkg/unseen.py"}


def test_all_formats_of_one_run_agree_on_every_line(measured):
    tree, _ = measured
    told = [
        coverage_of([(read_report(tree / name, told=name), name)], tree).coverage
        for name in ("coverage.json", "coverage.xml", "lcov.info")
    ]
    lines = [
        {file.path: {line: hits > 0 for line, hits in file.lines.items()} for file in one.files if file.lines}
        for one in told
    ]
    assert lines[0] == lines[1] == lines[2]
    assert told[0].files[1].branches == told[1].files[1].branches


BROKEN = {
    "nothing": b"",
    "garbage": b"TOTAL 12 3 75%",
    "raw data": b"SQLite format 3\x00" + b"x" * 100,
    "html": b"<html><body>85%</body></html>",
    "cut XML": COBERTURA.encode()[:600],
    "an entity": b'<!DOCTYPE coverage [<!ENTITY a "aaaa">]><coverage line-rate="1">&a;</coverage>',
    "a line without a number": b'<coverage line-rate="1"><class filename="a"><lines><line hits="1"/></lines></class></coverage>',
    "a line below 1": b'<coverage line-rate="1"><class filename="a"><lines><line number="0" hits="1"/></lines></class></coverage>',
    "hits that are words": b'<coverage line-rate="1"><class filename="a"><lines><line number="1" hits="many"/></lines></class></coverage>',
    "more covered than there is": b'<coverage lines-covered="9" lines-valid="3"/>',
    "more branches taken than there are": b'<coverage line-rate="1"><class filename="a"><lines><line number="1" hits="1" condition-coverage="(3/2)"/></lines></class></coverage>',
    "a class without a file": b'<coverage line-rate="1"><class name="a"/></coverage>',
    "jacoco without a number": b'<report><package name="a"><sourcefile name="b"><line ci="1"/></sourcefile></package></report>',
    "lcov with words": b"SF:a.js\nDA:one,1\nend_of_record\n",
    "lcov without a file": b"TN:\nDA:1,1\nend_of_record\n",
    "lcov and something else": b"SF:a.js\nhello\n",
    "go with words": b"mode: set\na.go: covered\n",
    "go with a block backwards": b"mode: set\na.go:9.1,3.2 1 1\n",
    "go with a billion lines": b"mode: set\n" + b"".join(b"a.go:1.1,4999999.%d 1 1\n" % number for number in range(9)),
    "other JSON": b'{"a": {"b": 1}}',
    "a JSON list": b"[1, 2]",
    "cut JSON": b'{"files": {"a.py": {"executed_lines": [1',
    "JSON without lines": b'{"meta": {}, "files": {"a.py": {}}}',
    "JSON with lines below 1": b'{"meta": {}, "files": {"a.py": {"executed_lines": [-4], "missing_lines": []}}}',
    "a summary that covers more than there is": b'{"total": {"lines": {"total": 1, "covered": 2}}}',
    "deep JSON": b'{"a":' * 100_000,
    "deep values": b'{"files": ' + b"[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_report_is_refused_with_a_cure(tmp_path, kind):
    with pytest.raises((ReportUnreadable, ReportEmpty)) as caught:
        read(tmp_path, BROKEN[kind])
    assert caught.value.next_step
    assert caught.value.code.startswith("report.")


EMPTY = {
    "cobertura": '<coverage line-rate="1" lines-valid="0" lines-covered="0"><packages/></coverage>',
    "clover": '<coverage generated="1"><project/></coverage>',
    "jacoco": '<report name="x"/>',
    "lcov": "TN:\n",
    "go": "mode: set\n",
    "coverage.py": '{"meta": {}, "files": {}, "totals": {"percent_covered": 100}}',
    "coverage.py, files without code": '{"meta": {}, "files": {"a.py": {"executed_lines": [], "missing_lines": []}}}',
    "istanbul": "{}",
    "istanbul-summary": '{"total": {"lines": {"total": 0, "covered": 0, "pct": "Unknown"}, "branches": {"total": 0, "covered": 0}}}',
}


@pytest.mark.parametrize("form", EMPTY)
def test_a_report_that_measured_nothing_is_never_a_pass(tmp_path, form):
    with pytest.raises(ReportEmpty, match="nothing was measured"):
        read(tmp_path, EMPTY[form], files={"a.py": 3})


def test_a_report_larger_than_the_bound_is_refused(tmp_path):
    from kiro_worker.gate.file import open_report

    (tmp_path / "big").write_bytes(b"x" * 100)
    with pytest.raises(ReportUnreadable, match="100 bytes, more than 99"):
        open_report(tmp_path / "big", told="big", most=99)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(FORMS)), st.integers(0, 900), st.binary(max_size=8))
def test_any_damage_is_read_or_a_named_fault(tmp_path, form, at, junk):
    body = spelled(form, tmp_path).encode()
    with suppress(ReportFault):
        coverage = read(tmp_path, body[:at] + junk + body[at:], files=FORMS[form][1])
        assert 0 <= coverage.lines_covered <= coverage.lines_total
        assert 0 <= coverage.branches_covered <= coverage.branches_total


lines = st.dictionaries(st.integers(1, 500), st.integers(0, 3), min_size=1, max_size=40)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["a.py", "b.py", "c.py"]), lines, min_size=1))
def test_the_same_lines_are_the_same_coverage_in_every_format(tmp_path, files):
    there = dict.fromkeys(files, 500)
    lcov = "".join(
        f"SF:{path}\n" + "".join(f"DA:{line},{hits}\n" for line, hits in told.items()) + "end_of_record\n"
        for path, told in files.items()
    )
    cobertura = "".join(
        f'<class filename="{path}"><lines>'
        + "".join(f'<line number="{line}" hits="{hits}"/>' for line, hits in told.items())
        + "</lines></class>"
        for path, told in files.items()
    )
    python = {
        "meta": {},
        "files": {
            path: {
                "executed_lines": [line for line, hits in told.items() if hits],
                "missing_lines": [line for line, hits in told.items() if not hits],
            }
            for path, told in files.items()
        },
    }
    go = "mode: count\n" + "".join(
        f"{path}:{line}.1,{line}.9 1 {hits}\n" for path, told in files.items() for line, hits in told.items()
    )
    expected = (sum(hits > 0 for told in files.values() for hits in told.values()), sum(map(len, files.values())), 0, 0)
    for text in (lcov, f'<coverage line-rate="1">{cobertura}</coverage>', json.dumps(python), go):
        assert totals(read(tmp_path, text, files=there)) == expected


def test_no_sentence_for_people_holds_a_scratch_path(tmp_path):
    with pytest.raises(ReportFault) as caught:
        read(tmp_path, BROKEN["garbage"])
    assert not re.search(re.escape(str(tmp_path)), str(caught.value))

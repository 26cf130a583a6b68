import json
from pathlib import Path

import pytest

from kiro_worker.config.checks import FORMATS
from kiro_worker.gate.check.form import read_form
from kiro_worker.gate.check.model import Level
from kiro_worker.gate.fault import ReportFault

SAMPLES = Path(__file__).parent / "check_samples"


def sample(form, name):
    return read_form(form, SAMPLES / name, told=name)


def brief(told):
    return [(one.rule, one.path, one.line, one.level.name) for one in told.found]


@pytest.fixture
def written(tmp_path):
    def read(form, body):
        path = tmp_path / "report"
        path.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
        return read_form(form, path, told="report")

    return read


def refused(written, form, body):
    with pytest.raises(ReportFault) as caught:
        written(form, body)
    return caught.value.message


CALC = "/project/src/calc.py"


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [
        ("ruff", "ruff.json", [("F401", CALC, 1, "ERROR"), ("S105", CALC, 10, "ERROR"), ("S602", CALC, 11, "ERROR")]),
        ("sarif", "ruff.sarif", [("F401", CALC, 1, "ERROR"), ("S602", CALC, 11, "ERROR")]),
        ("mypy", "mypy.txt", [("return-value", "src/calc.py", 6, "ERROR"), ("no-untyped-def", "src/calc.py", 9, "ERROR")]),
        ("mypy", "mypy-output.json", [("return-value", "src/calc.py", 6, "ERROR"), ("no-untyped-def", "src/calc.py", 9, "ERROR")]),
        ("pyright", "pyright.json", [("reportReturnType", CALC, 6, "ERROR")]),
        ("bandit", "bandit.json", [("B404", "src/calc.py", 2, "NOTE"), ("B105", "src/calc.py", 10, "NOTE"), ("B602", "src/calc.py", 11, "ERROR")]),
        ("semgrep", "semgrep.json", [("shell-true", "src/calc.py", 11, "ERROR")]),
        ("eslint", "eslint.json", [("eqeqeq", "/project/src/bad.js", 2, "WARNING"), ("no-debugger", "/project/src/bad.js", 2, "ERROR")]),
        ("sarif", "eslint.sarif", [("eqeqeq", "/project/src/bad.js", 2, "WARNING"), ("no-debugger", "/project/src/bad.js", 2, "ERROR")]),
        ("tsc", "tsc.txt", [("TS2322", "src/bad.ts", 2, "ERROR")]),
        ("shellcheck", "shellcheck.json", [("SC2086", "s.sh", 2, "NOTE"), ("SC2045", "s.sh", 3, "ERROR"), ("SC2006", "s.sh", 3, "NOTE"), ("SC2086", "s.sh", 3, "NOTE")]),
        ("plain", "flake8.txt", [("F401", "src/calc.py", 1, "ERROR"), ("F841", "src/calc.py", 10, "ERROR")]),
        ("plain", "tsc.txt", [("TS2322", "src/bad.ts", 2, "ERROR")]),
    ],
)  # fmt: skip
def test_what_a_tool_really_wrote_is_read(form, name, expected):
    told = sample(form, name)
    assert brief(told) == expected
    assert told.nothing == ""
    assert all(one.message for one in told.found)


def test_files_that_were_looked_at_are_known_where_the_tool_tells_them():
    assert sample("eslint", "eslint.json").files == {"/project/eslint.config.mjs", "/project/src/bad.js"}
    assert sample("sarif", "eslint.sarif").files == {"/project/eslint.config.mjs", "/project/src/bad.js"}
    assert sample("bandit", "bandit.json").files == {"src/calc.py"}
    assert sample("semgrep", "semgrep.json").files == {"src/calc.py"}
    assert sample("ruff", "ruff.json").files is None


def test_a_password_that_bandit_found_is_not_told():
    assert "correct-horse" in (SAMPLES / "bandit.json").read_text()
    assert "correct-horse" not in str(sample("bandit", "bandit.json"))


def test_an_audit_that_asked_about_no_package_looked_at_nothing():
    # Its own last line was "No known vulnerabilities found", and its status 0.
    assert sample("pip-audit", "pip-audit-skipped.json").nothing.startswith(
        "each of the 3 packages was skipped: Dependency"
    )


def test_eslint_that_ignored_its_only_file_looked_at_nothing():
    assert sample("eslint", "eslint-ignored.json").nothing == "no file fits its settings"


@pytest.mark.parametrize(
    ("form", "name", "why"),
    [
        ("npm-audit", "npm-audit-failed.json", "npm could not look: 405 Method Not Allowed"),
        ("semgrep", "semgrep-failed.json", "Semgrep says in it: WARNING: unable to find a config"),
        ("eslint", "bandit.json", "it is no report of ESLint's"),
        ("sarif", "eslint.json", "it is no SARIF log"),
        ("ruff", "mypy.txt", "it is no JSON"),
    ],
)
def test_a_tool_that_says_that_it_could_not_look_is_believed(form, name, why):
    with pytest.raises(ReportFault) as caught:
        sample(form, name)
    assert why in caught.value.message


def test_vulnerable_packages_are_told_by_name_version_and_cure(written):
    weakness = {"id": "PYSEC-2023-74", "fix_versions": ["2.31.0"], "aliases": [], "description": "leaks"}
    told = written(
        "pip-audit", {"dependencies": [{"name": "requests", "version": "2.30.0", "vulns": [weakness]}], "fixes": []}
    )
    assert [one.message for one in told.found] == ["requests 2.30.0: PYSEC-2023-74, mended in 2.31.0"]
    assert (told.nothing, told.found[0].key) == ("", "requests")


def test_npm_s_packages_are_told_once_where_the_weakness_is(written):
    via = {
        "source": 1,
        "title": "Prototype Pollution",
        "url": "https://host.example/advisories/GHSA-x",
        "severity": "critical",
        "range": "<4.17.12",
    }
    told = written(
        "npm-audit",
        {
            "auditReportVersion": 2,
            "vulnerabilities": {
                "lodash": {"name": "lodash", "severity": "critical", "via": [via], "range": "<4.17.12"},
                "uses-it": {"name": "uses-it", "severity": "critical", "via": ["lodash"], "range": "*"},
            },
        },
    )
    assert [(one.rule, one.message, one.level) for one in told.found] == [
        ("GHSA-x", "lodash <4.17.12: Prototype Pollution", Level.CRITICAL)
    ]


def test_golangci_that_could_not_parse_the_code_is_not_green(written):
    parsed = {
        "Issues": [
            {
                "FromLinter": "errcheck",
                "Text": "Error return value is not checked",
                "Severity": "",
                "Pos": {"Filename": "a.go", "Line": 3},
            }
        ]
    }
    assert brief(written("golangci", parsed)) == [("errcheck", "a.go", 3, "ERROR")]
    assert brief(written("golangci", {"Issues": None, "Report": {}})) == []
    broken = {
        "Issues": None,
        "Report": {"Warnings": [{"Tag": "runner", "Text": "Can't run linter unused: analysis skipped"}]},
    }
    assert "Can't run linter unused" in refused(written, "golangci", broken)


def sarif(**run):
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, **run}]}


def test_a_log_without_results_is_no_clean_log(written):
    assert written("sarif", sarif()).nothing == "its log holds no run with results"
    assert written("sarif", {"runs": []}).nothing == "its log holds no run with results"
    assert written("sarif", sarif(results=[])).nothing == ""


def test_a_run_that_says_it_failed_is_believed(written):
    note = {"level": "error", "message": {"text": "out of memory"}}
    log = sarif(results=[], invocations=[{"executionSuccessful": False, "toolExecutionNotifications": [note]}])
    assert "its run failed: out of memory" in refused(written, "sarif", log)


def test_levels_of_a_log_are_the_result_s_the_rule_s_or_a_warning(written):
    rules = [
        {"id": "a", "defaultConfiguration": {"level": "note"}, "shortDescription": {"text": "about a"}},
        {"id": "b", "properties": {"security-severity": "9.8"}},
    ]
    results = [
        {"ruleId": "a"}, {"ruleIndex": 0, "level": "error"}, {"ruleId": "b", "message": {"text": "m"}}, {"ruleId": "c"},
        {"ruleId": "a", "kind": "pass"}, {"ruleId": "a", "baselineState": "absent"},
        {"ruleId": "a", "suppressions": [{"kind": "inSource"}]},
        {"ruleId": "d", "suppressions": [{"kind": "external", "status": "rejected"}]},
    ]  # fmt: skip
    log = {"runs": [{"tool": {"driver": {"name": "t", "rules": rules}}, "results": results}]}
    told = written("sarif", log)
    assert [(one.rule, one.level.name) for one in told.found] == [
        ("a", "NOTE"), ("a", "ERROR"), ("b", "CRITICAL"), ("c", "WARNING"), ("d", "WARNING"),
    ]  # fmt: skip
    assert told.found[0].message == "about a"


def test_places_of_a_log_may_be_relative_encoded_or_listed_apart(written):
    def place(**location):
        return {
            "ruleId": "a",
            "locations": [{"physicalLocation": {"artifactLocation": location, "region": {"startLine": 4}}}],
        }

    log = sarif(
        results=[place(uri="src/a%20b.py"), place(uri="a.py", uriBaseId="ROOT"), place(index=0)],
        originalUriBaseIds={"ROOT": {"uri": "file:///project/src/"}},
        artifacts=[{"location": {"uri": "file://host/project/c.py"}}],
    )
    assert [one.path for one in written("sarif", log).found] == ["src/a b.py", "/project/src/a.py", "/project/c.py"]


def test_cases_that_failed_are_what_junit_finds(written, tmp_path):
    body = '<testsuite><testcase classname="links" name="a"/><testcase classname="links" name="b"><failure message="dead"/></testcase></testsuite>'
    told = written("junit", body)
    assert [(one.rule, one.message) for one in told.found] == [("links::b", "dead")]
    assert written("junit", "<testsuite/>").nothing == "its report holds no case"


def test_checkstyle_is_read_with_the_files_that_it_names(written):
    body = '<checkstyle><file name="a.java"><error line="2" severity="warning" message="m" source="x.y.Indent"/></file><file name="b.java"/></checkstyle>'
    told = written("checkstyle", body)
    assert brief(told) == [("Indent", "a.java", 2, "WARNING")]
    assert told.files == {"a.java", "b.java"}
    assert "not <checkstyle>" in refused(written, "checkstyle", "<other/>")


def test_lines_of_a_starter_before_the_report_do_not_matter(written):
    assert brief(written("ruff", '\n> app@1.0.0 lint\n> ruff\n\n[{"code": "F401", "filename": "a.py"}]')) == [
        ("F401", "a.py", 0, "ERROR")
    ]


@pytest.mark.parametrize(
    "body",
    ["null", "[]", "{}", "[1]", '{"runs": 3}', '{"results": [[]]}', '{"results": [{"locations": 1}]}', "[" * 10_000],
)
@pytest.mark.parametrize("form", FORMATS)
def test_whatever_is_written_there_it_is_read_or_refused(written, form, body):
    try:
        told = written(form, body)
    except ReportFault:
        return
    assert all(isinstance(one.path, str) and one.line >= 0 for one in told.found)


def test_plain_text_finds_places_and_nothing_else(written):
    text = "Checking...\nsrc/a.ts(3,4): error TS1: bad\n  src/b.py:7: warning: [W12] hm\nat 12:30: done\nhttps://x.example/a: 3\n\x1b[31msrc/c.rb:9:2\x1b[0m: Style/X: y\n"
    assert brief(written("plain", text)) == [
        ("TS1", "src/a.ts", 3, "ERROR"), ("W12", "src/b.py", 7, "WARNING"), ("", "src/c.rb", 9, "ERROR"),
    ]  # fmt: skip

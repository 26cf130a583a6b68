from gate.changes import changes
from kiro_worker.config.checks import Check
from kiro_worker.gate import Color
from kiro_worker.gate.check.model import Look, Planned
from kiro_worker.gate.looked import looked, shares
from kiro_worker.gate.port import Coverage, FileCoverage, GateResult

CALC = "def add(a, b):\n    return sum(\n        (a, b),\n    )\n\n\n# why\ndef sub(a, b):\n    return a - b\n"
PYTHON = frozenset({"python"})


def covered(path, **lines):
    hits = {int(name.removeprefix("l")): count for name, count in lines.items()}
    file = FileCoverage(path=path, lines=hits)
    return Coverage(lines_covered=sum(map(bool, hits.values())), lines_total=len(hits), files=(file,))


def look(kind="lint", *, languages=PYTHON, paths=(), files=None, over=None):
    planned = Planned(
        check=Check(name=kind, command="x", kind=kind, paths=paths), argv=("x",), because="", languages=languages
    )
    return Look(planned=planned, files=files, over=over)


def test_lines_of_code_are_counted_and_neither_blank_ones_nor_comments_nor_brackets_nor_tests():
    change = changes({}, {"calc.py": CALC, "tests/test_calc.py": "def test(): ...\n", "README.md": "a\n"})
    assert looked(change, None).code == {"calc.py": frozenset({1, 2, 3, 8, 9})}


def test_only_changed_lines_count():
    change = changes({"calc.py": CALC}, {"calc.py": CALC.replace("a - b", "a - b - 0")})
    assert looked(change, None).code == {"calc.py": frozenset({9})}


def test_the_lines_of_a_statement_go_with_its_first():
    change = changes({}, {"calc.py": CALC})
    told = looked(change, covered("calc.py", l1=1, l2=1, l8=1, l9=0))
    assert told.seen == {"tests": {"calc.py": frozenset({1, 2, 3, 8})}}
    assert shares(told) == {"lines": 5, "tests": 4, "nothing": 1}


def test_what_stands_apart_from_what_was_run_was_not_run_with_it():
    change = changes({}, {"a.ts": "run();\n\ninterface A {\n  a: string;\n}\n"})
    assert looked(change, covered("a.ts", l1=1)).seen["tests"] == {"a.ts": frozenset({1})}


def test_a_check_saw_the_files_that_it_told_of_or_those_of_its_languages():
    change = changes({}, {"calc.py": CALC, "a.js": "run();\n"})
    told = looked(change, None, (look("lint"), look("types", files=frozenset({"a.js"}))))
    assert {kind: set(files) for kind, files in told.seen.items()} == {"lint": {"calc.py"}, "types": {"a.js"}}
    assert shares(told) == {"lines": 6, "lint": 5, "types": 1, "nothing": 0}


def test_two_checks_of_a_kind_are_counted_together():
    change = changes({}, {"calc.py": CALC, "a.js": "run();\n"})
    told = looked(change, None, (look("lint"), look("lint", languages=frozenset({"javascript"}))))
    assert set(told.seen["lint"]) == {"calc.py", "a.js"}


def test_a_check_with_globs_saw_what_fits_them():
    change = changes({}, {"src/calc.py": CALC, "b.py": "x = 1\n"})
    assert set(looked(change, None, (look(paths=("src/*",)),)).seen["lint"]) == {"src/calc.py"}


def test_what_could_not_look_or_does_not_look_at_code_has_seen_nothing():
    over = GateResult(gate="lint", color=Color.ERROR, summary="")
    looks = (look("lint", over=over), look("dependencies"), look("build", languages=frozenset()))
    told = looked(changes({}, {"calc.py": CALC}), None, looks)
    assert not any(told.seen.values())
    assert shares(told) == {"lines": 5, "build": 0, "nothing": 5}


def test_a_change_without_code_has_nothing_to_look_at():
    assert shares(looked(changes({}, {"README.md": "a\n"}), None)) == {"lines": 0, "nothing": 0}

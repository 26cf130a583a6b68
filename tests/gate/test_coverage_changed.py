"""Coverage of the changed lines, as a fact: which lines count, and what the report says of them."""

from gate.changes import changes
from kiro_worker.gate.changed import changed_coverage
from kiro_worker.gate.port import ChangedFileCoverage, Coverage, FileCoverage

CODE = "def f(n):\n    if n:\n        return 1\n    return 2\n"


def of(files, source="coverage.py", branches=None) -> Coverage:
    hits = [count for lines in files.values() for count in lines.values()]
    told = tuple(
        FileCoverage(path=path, lines=lines, branches=(branches or {}).get(path, {})) for path, lines in files.items()
    )
    return Coverage(lines_covered=sum(hit > 0 for hit in hits), lines_total=len(hits), files=told, source=source)


def test_only_changed_lines_that_the_report_counts_are_counted():
    change = changes({"a.py": "x = 1\n"}, {"a.py": "x = 1\n# why\ny = 2\nz = 3\n\n"})
    changed = changed_coverage(of({"a.py": {1: 0, 3: 4, 4: 0}}), change)
    assert changed.files == (ChangedFileCoverage(path="a.py", covered=(3,), missing=(4,)),)
    assert (changed.covered, changed.total, changed.line_percent) == (1, 2, 50.0)


def test_where_nothing_that_was_changed_can_run_there_is_no_percentage():
    change = changes({"a.py": "x = 1\n"}, {"a.py": "x = 1\n# why\n"})
    changed = changed_coverage(of({"a.py": {1: 1}}), change)
    assert (changed.files, changed.total, changed.line_percent) == ((), 0, None)


def test_a_file_that_the_report_does_not_know_is_wholly_uncovered():
    change = changes({}, {"shop/new.py": CODE, "shop/empty.py": '"""Only said."""\n'})
    changed = changed_coverage(of({"shop/a.py": {1: 1}}), change)
    assert changed.files == (ChangedFileCoverage(path="shop/new.py", missing=(1, 2, 3, 4), guessed=True),)


def test_of_an_old_file_that_the_report_does_not_know_only_the_changed_lines_are_uncovered():
    change = changes({"shop/old.py": CODE}, {"shop/old.py": CODE.replace("return 2", "return 3")})
    changed = changed_coverage(of({"shop/a.py": {1: 1}}), change)
    assert changed.files[0].missing == (4,)


def test_a_language_that_no_report_measures_is_told_and_not_counted():
    change = changes(
        {}, {"a.py": CODE, "run.sh": "echo 1\n", "web/x.ts": "export const a = 1\n", "bin/go": "#!/bin/sh\n"}
    )
    changed = changed_coverage(of({"a.py": dict.fromkeys(range(1, 5), 1)}), change)
    assert changed.not_measured == ("bin/go", "run.sh", "web/x.ts")
    assert (changed.covered, changed.total) == (4, 4)


def test_a_component_and_a_type_script_file_are_of_one_family():
    change = changes({}, {"b.ts": "export const b = 1\n"})
    assert changed_coverage(of({"a.js": {1: 1}}), change).total == 1


def test_types_alone_are_no_code():
    change = changes(
        {}, {"a.d.ts": "export const a: 1\n", "b.ts": "export interface B {\n  a: 1\n}\n", "c.pyi": "x: int\n"}
    )
    changed = changed_coverage(of({"z.ts": {1: 1}, "z.py": {1: 1}}), change)
    assert (changed.files, changed.not_measured) == ((), ())


def test_tests_prose_and_settings_do_not_count():
    after = {"tests/test_a.py": CODE, "README.md": "x\n", "setup.py": CODE, "conftest.py": CODE, "data.json": "{}\n"}
    measured = of({"a.py": {1: 1}, "tests/test_a.py": dict.fromkeys(range(1, 5), 1)})
    changed = changed_coverage(measured, changes({}, after))
    assert (changed.files, changed.not_measured) == ((), ())


def test_what_the_base_leaves_out_is_told_and_not_counted():
    change = changes({}, {"shop/migrations/0001.py": CODE})
    changed = changed_coverage(of({"shop/a.py": {1: 1}}), change, left_out=lambda path: "/migrations/" in path)
    assert (changed.files, changed.not_measured) == ((), ("shop/migrations/0001.py",))


def test_scripts_beside_the_product_count_only_where_the_report_knows_their_kind():
    change = changes({}, {"scripts/new.py": CODE})
    assert changed_coverage(of({"shop/a.py": {1: 1}}), change).not_measured == ("scripts/new.py",)
    assert changed_coverage(of({"shop/a.py": {1: 1}, "scripts/b.py": {1: 1}}), change).total == 4


def test_comments_count_for_nothing_where_every_line_is_counted():
    text = "// why\nconst a = 1\n}\n\n/* more\n   of it */\n"
    change = changes({}, {"a.js": text})
    changed = changed_coverage(of({"a.js": dict.fromkeys(range(1, 7), 1)}, "lcov"), change)
    assert changed.files[0].covered == (2,)


def test_rust_s_tests_inside_a_source_cover_nothing_but_themselves():
    text = "fn f() {\n    g();\n}\n#[cfg(test)]\nmod tests {\n    fn t() {\n        f();\n    }\n}\n"
    changed = changed_coverage(of({"a.rs": {1: 0, 2: 0, 6: 1, 7: 1}}, "lcov"), changes({}, {"a.rs": text}))
    assert changed.files[0] == ChangedFileCoverage(path="a.rs", missing=(1, 2))


def test_branches_are_those_that_start_on_changed_lines():
    change = changes({"a.py": CODE}, {"a.py": CODE.replace("if n:", "if not n:")})
    measured = of({"a.py": {1: 1, 2: 1, 3: 1, 4: 1}}, branches={"a.py": {2: (1, 2), 4: (0, 2)}})
    changed = changed_coverage(measured, change)
    assert (changed.branches_covered, changed.branches_total) == (1, 2)


def test_a_moved_file_is_not_all_new():
    body = "".join(f"x{number} = 1\n" for number in range(20))
    change = changes({"old.py": body}, {"new.py": body.replace("x3 = 1", "x3 = 2")})
    changed = changed_coverage(of({"new.py": dict.fromkeys(range(1, 21), 0)}), change)
    assert changed.files[0].missing == (4,)

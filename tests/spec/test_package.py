"""What the package shows, what it loads, and what its page tells."""

import doctest
import string
import subprocess
import sys
from pathlib import Path

from kiro_worker import spec
from kiro_worker.expression import Expression
from kiro_worker.spec import RULES

PAGE = Path(__file__).parents[2] / "docs/reference/spec-format.md"
SOURCE = Path(spec.__file__).parent


def test_public_names_are_sorted_and_importable():
    assert all(hasattr(spec, name) for name in spec.__all__)
    assert len(set(spec.__all__)) == len(spec.__all__)


def test_importing_the_package_loads_nothing_heavy():
    program = "import sys; before = {*sys.modules}; import kiro_worker.spec; print(*({*sys.modules} - before))"
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "kiro_worker.spec.task_reader" in told
    assert not {"json", "hashlib", "asyncio", "yaml", "httpx", "logging", "pathlib", "subprocess", "socket"} & {*told}


def test_every_rule_has_a_message_and_a_cure_and_stands_in_the_docs():
    page = PAGE.read_text(encoding="utf-8")
    for code, rule in RULES.items():
        assert rule.message.endswith((".", "."))
        assert rule.cure
        assert f"`{code}`" in page, code


def test_every_rule_is_used():
    source = "".join(file.read_text(encoding="utf-8") for file in SOURCE.glob("*.py") if file.name != "diagnostic.py")
    assert [code for code in RULES if f'"{code}"' not in source] == []


def test_rules_name_their_facts():
    for rule in RULES.values():
        for text in (rule.message, rule.cure):
            assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))


def test_an_expression_compiles_once_and_only_when_used():
    expression = Expression("a(b)")
    assert "match" not in vars(expression)
    found = expression.fullmatch("ab")
    assert found
    assert found[1] == "b"
    assert expression.sub("x", "abab") == "xx"
    assert "match" in vars(expression)


def test_the_page_gives_each_rule_its_severity_and_no_rule_that_is_not_there():
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    told = {row[1].strip(" `"): row[2].strip() for row in rows if row[1].strip(" `").count(".") == 1 and len(row) == 5}
    assert {code: told.get(code) for code in RULES} == {code: rule.severity.value for code, rule in RULES.items()}
    assert {code for code in told if code.split(".")[0] in {rule.split(".")[0] for rule in RULES}} == {*RULES}


def test_the_examples_of_the_page_run():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert (failed, tried > 3) == (0, True)

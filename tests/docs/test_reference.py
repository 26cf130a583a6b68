import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

import write_reference
from cli.place import Place
from kiro_worker.run.report.log import event_line
from kiro_worker.run.verdict import MEANINGS
from kiro_worker.spec import RULES
from reference import errors, receipt, run_schema

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(write_reference.PAGES))
def test_the_page_is_what_the_code_says(name):
    page = write_reference.FOLDER / name
    assert page.exists(), "run: make docs-write"
    assert page.read_text("utf-8") == write_reference.PAGES[name](), "run: make docs-write"


def test_writing_the_pages_again_changes_nothing():
    before = {path: path.stat().st_mtime_ns for path in write_reference.FOLDER.iterdir()}
    over = subprocess.run(
        [sys.executable, "tools/write_reference.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert over.stdout == ""
    assert {path: path.stat().st_mtime_ns for path in write_reference.FOLDER.iterdir()} == before


# Errors


def test_every_fault_has_a_code_of_its_own():
    codes = Counter(fault.code for fault in errors.faults())
    assert [code for code, times in codes.items() if times > 1] == []
    assert all("code" in vars(fault) for fault in errors.faults()), "a subclass has a fact, and so a code, of its own"


@pytest.mark.parametrize("fault", errors.faults(), ids=lambda fault: fault.code)
def test_a_fault_says_what_it_is_in_one_sentence(fault):
    meaning = errors.meaning(fault)
    assert meaning.endswith("."), meaning
    assert 10 < len(meaning) <= 118
    part, dot, name = fault.code.partition(".")
    assert part
    assert dot
    assert name == name.lower()
    assert " " not in name


def test_every_reason_for_which_a_run_ends_is_explained():
    assert errors.causes_in_source() == set(errors.CAUSES)
    assert {verdict for verdict, _ in errors.CAUSES.values()} <= {verdict.value for verdict in MEANINGS}


def test_every_finding_is_explained():
    assert errors.findings_in_source() == set(errors.FINDINGS)


def test_no_code_means_two_things():
    faults = {fault.code for fault in errors.faults()}
    assert not faults & set(errors.CAUSES)
    assert not faults & set(errors.FINDINGS)
    assert not set(errors.CAUSES) & set(errors.FINDINGS)


def test_every_rule_of_the_spec_reader_is_on_its_page():
    page = (write_reference.FOLDER / "spec-format.md").read_text("utf-8")
    assert [code for code in RULES if f"`{code}`" not in page] == []


# The receipt


def test_every_event_that_is_written_is_documented_with_each_of_its_facts():
    assert receipt.written() == {name: frozenset(facts) for name, (_, facts) in receipt.EVENTS.items()}


@pytest.mark.parametrize("name", receipt.EVENTS)
def test_every_event_can_be_shown_to_a_person(name):
    line = event_line({"event": name, "at": "2026-11-21T09:00:00.000Z"})
    assert line is not None or name == "step.ended"


def test_a_real_receipt_holds_nothing_else(kiro: Place):
    for line in (kiro.folder_of("done") / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        facts = set(event) - {"n", "at", "event", "before", "hash"}
        assert facts <= set(receipt.EVENTS[event["event"]][1]), event["event"]


# The schema of run.json


def strict(schema):
    """The same schema, which also minds what it does not know."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema else {}
        return {**{key: strict(value) for key, value in schema.items()}, **closed}
    return [strict(each) for each in schema] if isinstance(schema, list) else schema


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(run_schema.schema())


@pytest.mark.parametrize("run", ["done", "died"])
def test_a_real_run_json_fits_the_schema_and_the_schema_knows_all_of_it(kiro: Place, run):
    told = kiro("show", kiro.ids[run], "--json").json
    jsonschema.validate(told, strict(run_schema.schema()), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "change", [{"schema": "kiro-worker/run/2"}, {"verdict": "FINE"}, {"tasks": [{"id": "1"}]}, {"seconds": "3"}]
)
def test_the_schema_refuses_what_is_no_run_json(kiro: Place, change):
    told = kiro("show", kiro.ids["done"], "--json").json
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**told, **change}, run_schema.schema(), jsonschema.Draft202012Validator)


def test_the_page_of_the_command_line_names_every_option(kiro: Place):
    page = (write_reference.FOLDER / "cli.md").read_text("utf-8")
    for verb in ("list", "logs", "show", "doctor", "record"):
        options = {word.rstrip(",]") for word in kiro(verb, "--help").out.split() if word.startswith(("--", "[--"))}
        own = {each.lstrip("[") for each in options} & {
            "--json", "--follow", "--limit", "--page", "--diff", "--prompt", "--force", "--agent", "--events",
        }  # fmt: skip
        section = page.partition(f"### `kiro-worker {verb}`\n")[2].partition("\n### ")[0]
        assert all(f"`{name}" in section or f", {name}" in section for name in own), (verb, own)

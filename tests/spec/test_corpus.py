"""Real specs: what is read of each tasks.md equals the counts of an independent reader."""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from kiro_worker.spec import (
    WaveGraph,
    read_bugfix,
    read_config,
    read_design,
    read_requirements,
    read_spec,
    read_tasks,
    tick,
)

CORPUS = Path(os.environ.get("KIRO_WORKER_CORPUS", Path(__file__).parents[2] / "../shared/corpus"))
INDEX = CORPUS / "INDEX_tasks.csv"

pytestmark = pytest.mark.skipif(
    not INDEX.is_file(), reason=f"no corpus at {CORPUS}; set KIRO_WORKER_CORPUS to a folder with INDEX_tasks.csv"
)

# Of the whole corpus; a part of it has to agree file by file all the same.
WHOLE = {"files": 346, "tasks": 12_682, "required_leaves": 9_700, "optional": 888}


def rows() -> list[dict[str, str]]:
    if not INDEX.is_file():
        return []
    with INDEX.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts(data: bytes) -> dict[str, int]:
    tasks = read_tasks(data)
    progress = tasks.progress
    numbers = Counter(task.number for task in tasks.tasks if task.number)
    return {
        "tasks": len(tasks.tasks),
        "roots": len(tasks.roots),
        "optional": sum(task.optional for task in tasks.tasks),
        "required_leaves": progress.total,
        "leaves_done": progress.done,
        "leaves_in_progress": progress.in_progress,
        "leaves_pending": progress.pending,
        "leaves_queued": progress.queued,
        "near_miss_lines": tasks.unreadable_lines,
        "duplicate_numbers": sum(count > 1 for count in numbers.values()),
        "orphan_numbers": sum(
            "." in task.number and task.number.rpartition(".")[0] not in numbers for task in tasks.tasks
        ),
        "crlf": int(tasks.form.line_end in {"crlf", "mixed"}),
        "bom": int(tasks.form.bom),
    }


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"][:70])
def test_the_counts_of_a_real_file_are_those_of_the_oracle(row: dict[str, str]):
    found = counts((CORPUS / "tasks" / row["file"]).read_bytes())
    assert found == {name: int(row[name]) for name in found}


def test_the_totals_are_those_of_the_oracle():
    total = Counter(files=len(rows()))
    for row in rows():
        total.update({name: int(row[name]) for name in WHOLE if name != "files"})
    if total["files"] == WHOLE["files"]:
        assert dict(total) == WHOLE
    found = Counter(files=len(rows()))
    for row in rows():
        read = counts((CORPUS / "tasks" / row["file"]).read_bytes())
        found.update({name: read[name] for name in WHOLE if name != "files"})
    assert found == total


def test_every_real_requirements_file_has_criteria():
    empty = []
    for file in sorted((CORPUS / "requirements").glob("*.md")):
        found = read_requirements(file.read_bytes())
        ids = [criterion.id for criterion in found.criteria]
        assert len(ids) == len(set(ids)), file.name
        if not ids:
            empty.append(file.name)
    # One in twenty real files states nothing that could be counted.
    assert len(empty) <= len(list((CORPUS / "requirements").glob("*.md"))) / 20


def test_every_real_bugfix_design_and_config_is_read():
    for file in (CORPUS / "bugfix").glob("*.md"):
        assert all(criterion.id.count(".") == 1 for criterion in read_bugfix(file.read_bytes()).criteria)
    for file in (CORPUS / "design").glob("*.md"):
        assert read_design(file.read_bytes()).sections
    for file in (CORPUS / "specconfig").glob("*.config.kiro"):
        assert not read_config(file.read_bytes()).diagnostics


def test_real_references_almost_always_resolve():
    references = dangling = 0
    for row in rows():
        stated = CORPUS / "requirements" / row["file"]
        if not stated.is_file():
            continue
        tasks = (CORPUS / "tasks" / row["file"]).read_bytes()
        spec = read_spec(row["file"], {"tasks.md": tasks, "requirements.md": stated.read_bytes()})
        references += sum(len(task.references) for task in spec.tasks.tasks)
        dangling += sum(told.code == "reference.dangling" for told in spec.diagnostics)
    assert dangling <= references * 0.02


@pytest.mark.parametrize("row", rows()[::7], ids=lambda row: row["file"][:70])
def test_each_open_leaf_of_a_real_file_can_be_ticked(row: dict[str, str]):
    data = (CORPUS / "tasks" / row["file"]).read_bytes()
    tasks = read_tasks(data)
    for leaf in [leaf for leaf in tasks.leaves if leaf.is_open][:3]:
        result = tick(data, leaf, expected=data)
        assert sum(one != other for one, other in zip(data, result.document, strict=True)) == len(result.changed)


def test_the_graph_of_a_real_file_is_there_and_lists_leaves():
    for row in rows():
        tasks = read_tasks((CORPUS / "tasks" / row["file"]).read_bytes())
        assert (tasks.waves is not None) >= bool(int(row["waves"])), row["file"]
        if isinstance(tasks.waves, WaveGraph):
            numbers = {task.number: task for task in tasks.tasks}
            assert all(numbers[number].is_leaf for number in tasks.waves.numbers if number in numbers)

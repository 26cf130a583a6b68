"""docs/requirements.md lists every criterion of the product's own spec, and names only tests that exist."""

import re
from functools import cache
from pathlib import Path

from kiro_worker.spec import Severity, read_spec

ROOT = Path(__file__).parents[2]
SPEC = ROOT / ".kiro/specs/kiro-worker"
_ROW = re.compile(r"^\| ([\d.]+) \| (.+) \|$", re.MULTILINE)


@cache
def names_in(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE))


def spec():
    return read_spec("kiro-worker", {path.name: path.read_bytes() for path in SPEC.iterdir()})


def rows() -> dict[str, str]:
    return dict(_ROW.findall((ROOT / "docs/requirements.md").read_text()))


def test_every_criterion_is_listed_once_and_in_order():
    listed = [row[0] for row in _ROW.findall((ROOT / "docs/requirements.md").read_text())]
    assert listed == [criterion.id for criterion in spec().criteria]


def test_every_test_that_is_named_exists():
    for criterion, shown in rows().items():
        named = re.findall(r"`([^`]+)::(\w+)`", shown)
        assert named or shown == "not yet", criterion
        for path, name in named:
            assert name in names_in(ROOT / path), f"{criterion}: {path}::{name}"


def test_our_own_spec_is_read_without_a_complaint():
    assert [each for each in spec().diagnostics if each.severity is Severity.ERROR] == []
    assert len(spec().requirements) == 24


def test_every_criterion_is_referred_to_by_a_task():
    from kiro_worker.spec import resolve

    read = spec()
    covered = {criterion.id for task in read.tasks.tasks for criterion in resolve(read, task).criteria}
    left = {criterion.id for criterion in read.criteria} - covered
    assert left == set()

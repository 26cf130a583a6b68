"""What regular expressions may not hold, because a Python that is supported gets it wrong."""

import gc
import importlib
import re
from pathlib import Path

import pytest

from kiro_worker.expression import Expression

SOURCE = Path(__file__).parents[2] / "src/kiro_worker"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_group_is_possessive(path: Path):
    """Before Python 3.11.5 such a group matches too little or captures nothing (gh-106052)."""
    assert re.findall(r".*\)[*+?]\+.*|.*\(\?>.*", path.read_text("utf-8")) == []


def test_each_that_is_compiled_late_can_be_compiled():
    for path in SOURCE.rglob("*.py"):
        if "Expression" in (text := path.read_text("utf-8")) or "import expression" in text:
            importlib.import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))
    # What the suite has put out of the collector's sight is looked at, too.
    gc.unfreeze()
    late = [each for each in gc.get_objects() if isinstance(each, Expression)]
    gc.freeze()
    assert len(late) > 200
    assert all(each.pattern for each in late)

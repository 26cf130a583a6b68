"""What regular expressions may not hold, because a Python that is supported gets it wrong."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src/kiro_worker"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_group_is_possessive(path: Path):
    """Before Python 3.11.5 such a group matches too little or captures nothing (gh-106052)."""
    assert re.findall(r".*\)[*+?]\+.*|.*\(\?>.*", path.read_text("utf-8")) == []

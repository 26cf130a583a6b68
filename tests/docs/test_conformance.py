"""docs/conformance/symphony.md goes through the whole list, and names only tests that exist."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/conformance/symphony.md"
WORDS = ("pass", "deviates", "n.a.", "not yet")
# What those who ship or verify more are asked for besides.
_MORE = ("SYM-17.8-", "SYM-18.2-", "SYM-18.3-")
_ROW = re.compile(r"^\| (SYM-[\w.-]+) \| ([^|]+) \| \*\*([^*|]+)\*\*(?:: ([^|]+))? \|([^|]*)\|$", re.MULTILINE)
_NAMED = re.compile(r"`([^`]+)::(\w+)`")
_COUNT = re.compile(r"^\| \*\*([^*]+)\*\* \| [^|]+ \| (\d+) \| (\d+) \|$", re.MULTILINE)


@cache
def names_in(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE))


def wanted() -> list[str]:
    return (Path(__file__).parent / "symphony_ids.txt").read_text().split()


def rows() -> list[tuple[str, str, str, str, str]]:
    return _ROW.findall(PAGE.read_text())


def test_every_id_is_listed_once_and_in_order():
    assert [row[0] for row in rows()] == wanted()
    # A row of another form would have been passed over.
    assert re.findall(r"^\| (SYM-\S+)", PAGE.read_text(), re.MULTILINE) == wanted()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_item_says_how_it_is_and_shows_it(row):
    _, asks, word, why, shown = row
    assert asks.strip()
    assert word in WORDS
    if word in {"pass", "deviates"}:
        assert _NAMED.search(shown)
    if word != "pass":
        assert len(why.split()) > 2
    # Nothing stands there besides tests.
    assert _NAMED.sub("", shown).replace("<br>", "").strip() == ""


def test_every_test_that_is_named_exists():
    named = [(row[0], *test) for row in rows() for test in _NAMED.findall(row[4])]
    assert named
    assert [each for each in named if each[2] not in names_in(ROOT / each[1])] == []


def test_the_counts_at_the_top_are_those_of_the_rows():
    core = Counter(row[2] for row in rows() if not row[0].startswith(_MORE))
    more = Counter(row[2] for row in rows() if row[0].startswith(_MORE))
    told = {word: (int(first), int(second)) for word, first, second in _COUNT.findall(PAGE.read_text())}
    assert told == {word: (core[word], more[word]) for word in WORDS}

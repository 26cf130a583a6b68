from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.power.version import NoVersion, Version, read_range, read_version, version_or_none

# semver.org, 11.4: each comes before the next.
IN_ORDER = ("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
            "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0")  # fmt: skip

versions = st.builds(
    Version, *[st.integers(0, 20)] * 3, st.lists(st.sampled_from(["0", "7", "a", "rc-1"]), max_size=3).map(tuple)
)


def test_versions_come_in_the_order_of_the_standard():
    read = [read_version(text) for text in IN_ORDER]
    assert sorted(read, key=str) != read
    assert sorted(sorted(read, key=str)) == read
    assert all(a < b for a, b in pairwise(read))


@given(versions)
def test_a_version_is_written_as_it_is_read(version):
    assert read_version(str(version)) == version
    assert str(read_version(f"v{version}")) == str(version)


@given(versions, versions)
def test_of_two_versions_one_comes_first_or_they_are_equal(a, b):
    assert [a < b, b < a, a == b].count(True) == 1


def test_what_stands_behind_the_plus_does_not_count():
    assert read_version("1.0.0+a") == read_version("1.0.0+b")
    assert hash(read_version("1.0.0+a")) == hash(read_version("1.0.0"))


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "01.2.3", "1.2.3.4", "1.2.3-", "1.2.3-01", "1.2.3 ", "x", "1.2.3-ä", "9" * 300]
)
def test_what_is_no_version_is_told(text):
    assert version_or_none(text) is None
    with pytest.raises(NoVersion):
        read_version(text)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^1.2", ("1.2.0", "1.9.9"), ("1.1.9", "2.0.0", "2.0.0-rc.1", "1.3.0-rc.1")),
        ("^0.2.3", ("0.2.3", "0.2.9"), ("0.2.2", "0.3.0")),
        ("^0.0.3", ("0.0.3",), ("0.0.4",)),
        ("~1.2.3", ("1.2.3", "1.2.9"), ("1.2.2", "1.3.0")),
        ("~1", ("1.0.0", "1.9.0"), ("2.0.0",)),
        ("1.x", ("1.0.0", "1.9.0"), ("0.9.0", "2.0.0")),
        ("1.2", ("1.2.0", "1.2.7"), ("1.3.0",)),
        (">=1.2 <2", ("1.2.0", "1.9.0"), ("1.1.0", "2.0.0")),
        (">= 1.2, < 2", ("1.2.0",), ("2.0.0",)),
        (">1.2.3", ("1.2.4", "9.0.0"), ("1.2.3",)),
        (">1.2", ("1.3.0",), ("1.2.9",)),
        ("<=1.2", ("1.2.9", "0.1.0"), ("1.3.0",)),
        ("1.2.3", ("1.2.3",), ("1.2.4", "1.2.2")),
        ("v1.2.3", ("1.2.3",), ("1.2.4",)),
        ("^1 || ^3", ("1.5.0", "3.0.0"), ("2.0.0",)),
        ("*", ("0.0.1", "7.0.0"), ("1.0.0-rc.1",)),
        ("", ("0.0.1", "7.0.0"), ("1.0.0-rc.1",)),
        (">=1.2.3-rc.1", ("1.2.3-rc.1", "1.2.3-rc.2", "1.2.3", "2.0.0"), ("1.2.3-beta", "1.2.4-rc.1")),
        ("1.2.3-rc.1", ("1.2.3-rc.1",), ("1.2.3", "1.2.3-rc.2")),
    ],
)
def test_a_range_takes_what_it_says(text, inside, outside):
    wanted = read_range(text)
    assert [each for each in inside if read_version(each) not in wanted] == []
    assert [each for each in outside if read_version(each) in wanted] == []
    assert str(wanted) == (text or "*")


@pytest.mark.parametrize(
    "text", ["latest", "^", "1.2.3 - 2.0.0", "^1.2.3.4", ">=1 nonsense", "1.2.3;2", "=>1", "9" * 300]
)
def test_what_is_no_range_is_told(text):
    with pytest.raises(NoVersion):
        read_range(text)


@given(versions)
def test_a_caret_never_takes_another_major_version(version):
    wanted = read_range(f"^{version}")
    assert version in wanted
    assert Version(version.major + 1, 0, 0) not in wanted

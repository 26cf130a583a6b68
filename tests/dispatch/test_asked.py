import json

import pytest

from kiro_worker.dispatch.asked import MOST_BYTES, asked_of, callback_host
from kiro_worker.dispatch.delegate import DelegationUnfit, Idea


def asked(**members):
    return asked_of(json.dumps(members).encode())


def test_what_is_asked_for_is_read_by_either_of_its_names():
    idea = Idea(title="Add", objective="So that", constraints="None", acceptance=("It is there", "It works"))
    told = asked(title="Add", objective="So that", constraints="None", acceptance=["It is there", "It works"])
    assert told.idea == idea
    other = {"taskTitle": "Add", "description": "So that", "constraints": "None"}
    assert asked(**other, acceptanceCriteria="- It is there\n\n* It works\n").idea == idea


@pytest.mark.parametrize(
    ("members", "repository"),
    [
        ({}, ""),
        ({"repo": "aipm", "owner": "example-org"}, "example-org/aipm"),
        ({"repo": "aipm"}, "aipm"),
        ({"repository": "a/b"}, "a/b"),
    ],
)
def test_a_repository_is_named_with_or_without_its_owner(members, repository):
    assert asked(title="Add", **members).repository == repository


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"\xff", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b'{"title": "' + b"x" * MOST_BYTES + b'"}', "no JSON object"),
        (b'{"title": 7}', "title is no text"),
        (b'{"title": "a", "acceptance": [1]}', "acceptance is neither"),
        (b'{"title": "a", "colour": "red"}', "colour"),
        (b'{"title": "a", "owner": "b"}', "no repository"),
    ],
)
def test_anything_else_is_refused_by_what_is_wrong_with_it(body, why):
    with pytest.raises(DelegationUnfit, match=why) as caught:
        asked_of(body)
    assert "red" not in caught.value.message


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example.com/", "https://u:p@hooks.example.com/", "https://hooks.example.com:8443/", "https:///x",
        "ftp://hooks.example.com", "hooks.example.com", "https://[::1", "https://hooks.example.com/ x",
        "https://hooks.example.com/\n", "https://hooks.example.com:x/", "https://h\xf6oks.example.com/",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_back_has_no_host(address):
    assert not callback_host(address)


def test_the_host_of_one_that_may_is_told_as_it_is_compared():
    assert callback_host("https://Hooks.Example.com:443/done?x=1") == "hooks.example.com"

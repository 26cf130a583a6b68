import pytest

from kiro_worker.config import ConfigInvalid
from kiro_worker.config.load import load_operator
from kiro_worker.config.source import Sources


def settled(**variables):
    return load_operator(Sources(flags={}, variables=variables)).dispatch


def test_one_run_after_another_and_a_look_every_half_minute_by_default():
    wanted = settled()
    assert (wanted.max_parallel, wanted.interval.total_seconds(), wanted.most_tries) == (1, 30, 3)


def test_limits_of_columns_are_numbers():
    assert settled(KIRO_WORKER_DISPATCH_PER_COLUMN="'For Implementation=2'").per_column == (
        ("For Implementation", "2"),
    )
    with pytest.raises(ConfigInvalid, match="how many runs there may be"):
        settled(KIRO_WORKER_DISPATCH_PER_COLUMN="'For Implementation=many'")


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("https://{host}/one.git", "has no {repository}"),
        ("https://{server}/{repository}", "{server} is not known"),
        ("https://me:secret@{host}/{repository}.git", "holds a password"),
        ("--upload-pack=x{repository}", "starts with"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_is_wrong(address, wrong):
    with pytest.raises(ConfigInvalid, match="DISPATCH_CLONE_ADDRESS") as raised:
        settled(KIRO_WORKER_DISPATCH_CLONE_ADDRESS=address)
    assert wrong in str(raised.value)


@pytest.mark.parametrize(
    "address", ["git@{host}:{repository}.git", "ssh://git@{host}/{repository}", "/srv/{repository}"]
)
def test_an_address_may_be_of_any_kind_that_git_takes(address):
    assert settled(KIRO_WORKER_DISPATCH_CLONE_ADDRESS=address).clone_address == address

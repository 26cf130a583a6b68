import pytest


def test_a_board_that_cannot_be_read_ends_a_poll_with_its_reason_and_a_status_of_its_own(fresh):
    said = fresh("poll", "--board", "github", "--board-owner", "acme", "--board-number", "4", "--forge-api-url",
        "http://127.0.0.1:9", GITHUB_TOKEN="nobody-will-see-this-one")  # fmt: skip
    assert (said.status, said.out) == (32, "")
    assert "The board 127.0.0.1/acme/projects/4 could not be read: board.unreachable: " in said.err
    assert "No card was moved, and no run was begun or stopped." in said.err


@pytest.mark.parametrize("verb", ["poll", "watch"])
def test_settings_that_cannot_be_used_end_it_before_it_begins(fresh, verb):
    said = fresh(verb, "--max-parallel", "many")
    assert (said.status, said.out) == (2, "")
    assert "flag --max-parallel: is 'many'; write a whole number" in said.err

"""What is told on a card of a run whose record is on another machine."""

import pytest

from kiro_worker.dispatch.note import Ending, note_of_ending
from kiro_worker.run.verdict import Verdict


def test_the_pull_request_that_a_launcher_was_told_of_is_linked():
    text = note_of_ending(
        Ending(run="r-1", verdict=Verdict.DONE, pull_request="https://github.com/acme/shop/pull/7")
    ).text
    assert "Pull request: [" in text
    assert "](https://github.com/acme/shop/pull/7)" in text


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "https://x.test/) **bold** [a](https://y.test"])
def test_what_is_no_plain_address_is_not_told(address):
    assert "Pull request" not in note_of_ending(Ending(run="r-1", verdict=Verdict.DONE, pull_request=address)).text

import signal

import pytest

from kiro_worker.run.shell import Stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_that_comes_before_anything_was_done_claims_no_commit(number):
    stop = Stop()
    stop.on_signal(number)
    assert stop.cause.kept == "Whatever was done so far is committed and pushed."
    assert number.name in stop.cause.message
    assert stop.terminated == (number is not signal.SIGINT)

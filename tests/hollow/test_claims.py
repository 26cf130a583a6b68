"""Ticks of tasks: those that nothing backs are taken back, and no others."""

import pytest

from hollow.claims import CLAIMS
from kiro_worker.evidence.model import State


@pytest.mark.parametrize("claim", [pytest.param(claim, id=claim.name) for claim in CLAIMS])
def test_a_tick_is_taken_back_when_nothing_backs_it(claim):
    evidence = claim.branch().evidence()
    assert [phantom.task for phantom in evidence.phantoms] == ([claim.task] if claim.hollow else [])
    state = next(criterion.state for criterion in evidence.criteria if criterion.id == "1.1")
    assert (state is State.PROVED) is claim.proved

"""Evidence made small enough for a place that takes only so much."""

import pytest

from kiro_worker.evidence.compact import _size, fitted
from kiro_worker.evidence.document import document
from kiro_worker.testing.evidence_sample import sample_evidence

EVIDENCE = sample_evidence(60)


def test_what_fits_is_left_whole():
    assert fitted(EVIDENCE, entries=100_000, characters=10_000_000) == EVIDENCE


@pytest.mark.parametrize(("entries", "characters"), [(7_000, 10**9), (10**9, 150_000)])
def test_what_does_not_fit_is_cut_and_the_cut_is_counted(entries, characters):
    cut = fitted(EVIDENCE, entries=entries, characters=characters)
    size = _size(document(cut))
    assert size[0] <= entries
    assert size[1] <= characters
    for whole, part in zip(EVIDENCE.criteria, cut.criteria, strict=True):
        assert len(whole.tests) == len(part.tests) + part.tests_left_out
        assert len(whole.files) == len(part.files) + part.files_left_out
        assert (whole.id, whole.state, whole.why, whole.text) == (part.id, part.state, part.why, part.text)
    assert cut.states == EVIDENCE.states


def test_the_size_counts_entries_and_characters():
    assert _size({"a": ["bc", 1], "d": {}}) == (4, 4)

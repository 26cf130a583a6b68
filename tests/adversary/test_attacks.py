"""Each attack of the table, under each isolation: something came of it, or nothing did, as the table says."""

import os

import pytest

from adversary.attack import KINDS, Open
from adversary.table import ATTACKS


def _cases():
    """Those of one expedition under one isolation stand together, so that each is made once by one process."""
    ordered = sorted(ATTACKS.values(), key=lambda attack: attack.during)
    return [
        pytest.param(kind, attack, id=f"{attack.name}-{kind}")
        for during in dict.fromkeys(attack.during for attack in ordered)
        for kind in KINDS
        for attack in ordered
        if attack.during == during
    ]


@pytest.mark.parametrize(("kind", "attack"), _cases())
def test_attack(went, kind, attack):
    seen = went(attack.during, kind)
    if seen.skipped:
        pytest.skip(seen.skipped)
    if attack.unless and attack.unless in str(seen.ran.all("run.isolated")):
        pytest.skip(f"here {attack.unless}")
    outcome = attack.outcomes[kind]
    if isinstance(outcome, Open) and outcome.of_root and os.geteuid() != 0:
        pytest.skip("only a worker that is root lets its agent do this")
    assert was_tried(seen, attack.name), f"it was not tried: {seen.ran.err[-2000:]}"
    came_of_it = attack.won(seen, attack.name)
    told = f"{seen.told(attack.name)}\n{seen.ran.out[-2000:]}\n{seen.ran.err[-2000:]}"
    assert came_of_it is isinstance(outcome, Open), f"{attack.holds}; but: {told}"


def was_tried(seen, name: str) -> bool:
    """Whether the attacker got to do it; without a network it can only leave a file that says so."""
    if seen.expedition.may_not_begin:
        refused = "isolation.missing" in seen.ran.out + seen.ran.err
        return refused or f"tried-{name}.txt" in seen.branch_files
    return bool(seen.told(name))

"""Each attack of the table, under each isolation that matters to it: it comes to what the table says."""

import pytest

from adversary.attack import KINDS
from adversary.judging import Unseen, judge
from adversary.table import ATTACKS, EXPEDITIONS


def _cases():
    """Those of one expedition under one isolation stand together, so that each is made once by one process."""
    ordered = sorted(ATTACKS.values(), key=lambda attack: attack.during)
    return [
        pytest.param(kind, attack, id=f"{attack.name}-{kind}")
        for during in dict.fromkeys(attack.during for attack in ordered)
        for kind in KINDS
        if kind in EXPEDITIONS[during].kinds
        for attack in ordered
        if attack.during == during
    ]


@pytest.mark.parametrize(("kind", "attack"), _cases())
def test_attack(went, kind, attack):
    try:
        wrong = judge(attack, went(attack.during, kind))
    except Unseen as unseen:
        pytest.skip(str(unseen))
    assert not wrong

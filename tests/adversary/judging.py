"""Whether an attack came to what the table says of it."""

import os

from adversary.attack import Attack, Open
from adversary.seen import Seen


class Unseen(Exception):
    """It cannot be told on this machine, and why."""


def judge(attack: Attack, seen: Seen) -> str:
    """What is wrong; empty where something came of it, or nothing did, as the table says."""
    outcome = attack.outcomes[seen.kind]
    if seen.skipped:
        raise Unseen(seen.skipped)
    if attack.unless and attack.unless in str(seen.ran.all("run.isolated")):
        raise Unseen(f"here {attack.unless}")
    if isinstance(outcome, Open) and outcome.of_root and os.geteuid() != 0:
        raise Unseen("only a worker that is root lets its agent do this")
    if not was_tried(seen, attack.name):
        return f"it was not tried: {seen.ran.err[-2000:]}"
    if attack.won(seen, attack.name) is not isinstance(outcome, Open):
        return f"{attack.holds}; but: {seen.told(attack.name)}\n{seen.ran.out[-2000:]}\n{seen.ran.err[-2000:]}"
    return ""


def was_tried(seen: Seen, name: str) -> bool:
    """Whether the attacker got to do it; without a network it can only leave a file that says so."""
    if seen.expedition.may_not_begin:
        refused = "isolation.missing" in seen.ran.out + seen.ran.err
        return refused or f"tried-{name}.txt" in seen.branch_files
    return bool(seen.told(name))

"""The table of all attacks, by what they are after."""

from adversary.attack import Attack, Expedition
from adversary.table import asking, credentials, decisions, exhaustion, leaking, places, poison, readers, traps

CHAPTERS: dict[str, tuple[Attack, ...]] = {
    "Reading credentials": credentials.ATTACKS,
    "Writing elsewhere": places.ATTACKS,
    "Traps for git": traps.ATTACKS,
    "Code for others to run": poison.ATTACKS,
    "Pushing, committing, forging": decisions.FORGING,
    "Deciding what is not its to decide": decisions.DECIDING,
    "Asking for leave": asking.ATTACKS,
    "Carrying secrets out": leaking.ATTACKS,
    "Acting on the reader": readers.ATTACKS,
    "Taking too much, and staying": exhaustion.ATTACKS,
}

ATTACKS: dict[str, Attack] = {attack.name: attack for chapter in CHAPTERS.values() for attack in chapter}

EXPEDITIONS: dict[str, Expedition] = {
    expedition.name: expedition
    for module in (asking, credentials, decisions, exhaustion, leaking, places, poison, readers, traps)
    for expedition in module.EXPEDITIONS
}

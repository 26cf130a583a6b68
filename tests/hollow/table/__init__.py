"""All cases, by what they are about."""

from hollow.case import Hollow, Honest
from hollow.table import (
    assertions,
    basket,
    bites,
    commands,
    coverage,
    environment,
    honest_changes,
    honest_languages,
    honest_tests,
    languages,
    notes,
    orders,
    parcels,
    weakened,
)

HOLLOW: dict[str, tuple[Hollow, ...]] = {
    "Tests taken out of the way": weakened.CASES,
    "Assertions that say less": assertions.CASES,
    "What runs around the tests": environment.CASES,
    "Commands that cannot fail": commands.CASES,
    "Coverage that measures nothing": coverage.CASES,
    "Tests that pass without the change": bites.CASES,
    "Other checks that look away": notes.CASES,
    "Other languages": languages.CASES,
    "A second project": parcels.HOLLOW,
    "A third project": orders.HOLLOW,
    "Tests of every shape": basket.HOLLOW,
}

HONEST: dict[str, tuple[Honest, ...]] = {
    "Changes": honest_changes.CASES,
    "Changes of tests": honest_tests.CASES,
    "Other languages": honest_languages.CASES,
    "A second project": parcels.HONEST,
    "A third project": orders.HONEST,
    "Tests of every shape": basket.HONEST,
}

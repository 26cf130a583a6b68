"""What each gate said and how long it took, the tests and coverage in numbers."""

from kiro_worker.forge.escape import inline
from kiro_worker.run.report.block.telling import Telling
from kiro_worker.run.report.words import change_of_tests, duration, looked_words

_MARKS = {"green": "✅", "red": "❌", "error": "❌", "not-applicable": "➖"}


def checks(told: Telling) -> str:
    """The table of the gates; a run that ended before says so."""
    gates = told.run.gates
    if not gates:
        return "### Gates\n\nNo gate was run: the run ended before."
    rows = [
        f"| {_MARKS[gate['color']]} | {inline(gate['gate'])} | {inline(gate['summary'])}"
        f"{_besides(told, gate['gate'])} | {duration(gate['seconds'])} |"
        for gate in gates
    ]
    table = "\n".join(["| | Gate | Says | Took |", "| --- | --- | --- | ---: |", *rows])
    looked = inline(looked_words(told.run))
    at = f"Judged at {told.commit(told.head)}." if told.head else ""
    return "\n\n".join(filter(None, ("### Gates", table, " ".join(filter(None, (at, looked))))))


def _besides(told: Telling, gate: str) -> str:
    if gate == "tests" and (words := change_of_tests(told.run)):
        return f" ({inline(words)})"
    return ""

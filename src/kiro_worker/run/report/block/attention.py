"""What needs a reader's eyes first, in a list; and below it, folded, what the tools said."""

from kiro_worker.forge.escape import fence, inline
from kiro_worker.run.quote import shortened
from kiro_worker.run.report.block.telling import Telling, folded
from kiro_worker.run.report.concern import Concern, Item, Weight
from kiro_worker.run.verdict import Verdict

_MARKS = {Weight.BLOCKS: "⛔", Weight.LOOK: "👀", Weight.KNOW: "ℹ️"}  # noqa: RUF001  # a sign, and meant as one
_MEANINGS = {Weight.BLOCKS: "blocks", Weight.LOOK: "yours to judge", Weight.KNOW: "good to know"}
_LOGS = 10
_WORDS = 500
_GOOD = frozenset({Verdict.DONE, Verdict.ALREADY_DONE})


def attention(told: Telling) -> str:
    """The section; where nothing stands out it says so, and only for a run that ended well."""
    found = told.concerns
    if not found:
        if Verdict(told.run.verdict) not in _GOOD or not told.run.gates:
            return ""
        names = ", ".join(inline(gate["gate"]) for gate in told.run.gates if gate["color"] == "green")
        return f"### What needs your eyes\n\nNothing stands out. Nothing was found by: {names}."
    weights = {concern.weight for concern in found}
    legend = " · ".join(f"{mark} {_MEANINGS[weight]}" for weight, mark in _MARKS.items() if weight in weights)
    parts = [
        "### What needs your eyes",
        f"<sub>{legend}</sub>",
        "\n".join(_concern(told, concern) for concern in found),
    ]
    logs = [item for concern in found for item in concern.items if item.detail]
    for item in logs[:_LOGS]:
        said = fence(shortened(item.detail, told.detail.log), "text")
        parts.append(folded(f"What was said: {item.text}", said))
    return "\n\n".join(parts)


def _concern(told: Telling, concern: Concern) -> str:
    """A line of a list; several places stand below it."""
    head = f"- {_MARKS[concern.weight]} **{inline(concern.title)}**"
    if len(concern.items) == 1 and not concern.left_out:
        many = f" ({concern.count})" if concern.count > 1 else ""
        return f"{head}{many}: {_item(told, concern.items[0])}"
    shown = concern.items[: told.detail.items]
    lines = [f"  - {_item(told, item)}" for item in shown]
    if more := concern.count - sum(item.number for item in shown):
        lines.append(f"  - …and {more} more, in the run's files")
    return "\n".join([f"{head} ({concern.count})", *lines])


def _item(told: Telling, item: Item) -> str:
    lead = f"**{inline(item.lead)}** " if item.lead else ""
    if not item.path:
        return f"{lead}{_words(item, item.text)}"
    place = f"{lead}{told.place(item.path, item.line)}"
    if item.text.startswith(item.path):
        return f"{place} {_words(item, item.text.removeprefix(item.path).lstrip())}"
    return f"{place}: {_words(item, item.text)}"


def _words(item: Item, text: str) -> str:
    """What is the matter, and what to do about it."""
    said = inline(text, limit=_WORDS)
    return f"{said}{'' if said.endswith(('.', '!', '?')) else '.'} *{inline(item.cure)}*" if item.cure else said

"""What a session lets its client choose: the mode and the model, offered in one of two ways, or in both.

The older way lists modes (or models) and sets one by its own method; the newer lists options with a category.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from kiro_worker.agent.acp import wire
from kiro_worker.expression import expression
from kiro_worker.value import dataclass, field

Category = Literal["mode", "model"]

_WORKING = frozenset({"agent", "code", "act", "write", "edit", "build", "craft"})
_APPROVAL = expression(r"approv|permission|confirm|before", re.IGNORECASE)
_ANSWERS = expression(r"question|answer|explain|q&a|read.?only|(no|without).{0,20}(edit|chang)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to choose.

    Attributes:
        offered: ids and their names.
        answering: ids of those that only answer questions and change nothing.
        option: the option's id, when it is chosen through the options.
    """

    current: str
    offered: Mapping[str, str] = field(default_factory=dict)
    answering: frozenset[str] = frozenset()
    option: str | None = None

    def pick(self, wanted: tuple[str, ...], *, but: frozenset[str] = frozenset()) -> str | None:
        """The id of the first wanted one that is offered, under its id or its name."""
        by_word = {name.casefold(): number for number, name in self.offered.items() if number not in but}
        by_word |= {number.casefold(): number for number in self.offered if number not in but}
        return next((by_word[word.casefold()] for word in wanted if word.casefold() in by_word), None)


def choices_in(opened: wire.SessionOpened, category: Category) -> tuple[Choice, ...]:
    """The ways to choose a mode or a model that an opened session offers, the newer first."""
    older = _from_modes(opened.modes) if category == "mode" else _from_models(opened.models)
    return (*_from_options(opened.config_options, category), *older)


def _from_options(options: Any, category: Category) -> Iterator[Choice]:
    # One that is called as its category is the thing itself: beside the model, some offer its provider as a model.
    for option in sorted(_tables(options), key=lambda option: option.get("id") != category):
        if category not in (option.get("category"), option.get("id")) or not isinstance(option.get("id"), str):
            continue
        values = list(_tables(option.get("options")))
        values += [value for group in values for value in _tables(group.get("options"))]
        yield Choice(
            current=_word(option.get("currentValue")),
            offered={_word(value.get("value")): _word(value.get("name")) for value in values if value.get("value")},
            answering=_answering(values, "value"),
            option=option["id"],
        )


def _from_modes(modes: Any) -> Iterator[Choice]:
    if isinstance(modes, dict):
        listed = list(_tables(modes.get("availableModes")))
        offered = {_word(mode.get("id")): _word(mode.get("name")) for mode in listed}
        yield Choice(current=_word(modes.get("currentModeId")), offered=offered, answering=_answering(listed, "id"))


def _from_models(models: Any) -> Iterator[Choice]:
    if isinstance(models, dict):
        listed = _tables(models.get("availableModels"))
        offered = {_word(model.get("modelId") or model.get("id")): _word(model.get("name")) for model in listed}
        yield Choice(current=_word(models.get("currentModelId")), offered=offered)


def _answering(listed: list[dict[str, Any]], key: str) -> frozenset[str]:
    """Those called "ask" that mean: ask me something. Others of that name ask before they act.

    An agent that has one mode for its work and one to be asked tells them apart by that or by its description.
    """
    works = any(_word(mode.get(key)).casefold() in _WORKING for mode in listed)
    return frozenset(
        _word(mode.get(key))
        for mode in listed
        if "ask" in (_word(mode.get(key)).casefold(), _word(mode.get("name")).casefold())
        and not _APPROVAL.search(_word(mode.get("description")))
        and (works or _ANSWERS.search(_word(mode.get("description"))))
    )


def _tables(found: Any) -> Iterator[dict[str, Any]]:
    return (entry for entry in (found if isinstance(found, list) else ()) if isinstance(entry, dict))


def _word(found: object) -> str:
    return found if isinstance(found, str) else ""

"""Requirements as values: what is to hold, criterion by criterion."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from kiro_worker.spec import vocabulary
from kiro_worker.spec.diagnostic import Diagnostic
from kiro_worker.spec.document import PLAIN, Form
from kiro_worker.spec.ears import Ears, classify

Number = tuple[int, ...]


class Aspect(StrEnum):
    """Which part of a bugfix a requirement states."""

    CURRENT = "current"
    EXPECTED = "expected"
    UNCHANGED = "unchanged"


class Criterion(NamedTuple):
    """One acceptance criterion.

    Attributes:
        id: `<requirement>.<ordinal>`, such as `2.3` or `FR-1.2`; `2.3#2` for the second of that number.
        requirement: the id of the requirement it belongs to.
        ordinal: its number within the requirement.
        text: the whole statement on one line.
        details: what is listed below it.
        line: where it stands, from 1.
        offset: of its line in the file, in bytes.
    """

    id: str
    requirement: str
    ordinal: str
    text: str
    details: tuple[str, ...]
    line: int
    offset: int

    @property
    def ears(self) -> Ears:
        """Its form, by the Easy Approach to Requirements Syntax."""
        return classify(self.text)

    @property
    def full_text(self) -> str:
        """The statement and what is listed below it."""
        return "\n".join((self.text, *(f"  {line}" for line in self.details)))


class Requirement(NamedTuple):
    """A heading with its acceptance criteria.

    Attributes:
        id: what references call it: `2`, `FR-1`, `Derived 1`; `2#2` for the second of that number.
        label: the words or letters before the number, as written.
        story: the user story or objective, on one line.
        line: of its heading, from 1.
        offset: of its heading in the file, in bytes.
        aspect: for a bugfix only.
    """

    id: str
    label: str
    number: str
    title: str
    story: str
    criteria: tuple[Criterion, ...]
    line: int
    offset: int
    aspect: Aspect | None = None


class Term(NamedTuple):
    """An entry of the glossary."""

    name: str
    meaning: str
    line: int


class _Parts(NamedTuple):
    """What a requirement list is made of; a named tuple by itself could not keep an index."""

    requirements: tuple[Requirement, ...] = ()
    glossary: tuple[Term, ...] = ()
    form: Form = PLAIN
    diagnostics: tuple[Diagnostic, ...] = ()


class RequirementList(_Parts):
    """All of requirements.md or bugfix.md."""

    @cached_property
    def _by_id(self) -> Mapping[str, Requirement | Criterion]:
        found: dict[str, Requirement | Criterion] = {}
        listed: tuple[Requirement | Criterion, ...] = (*self.requirements, *self.criteria)
        for each in listed:
            found.setdefault(each.id, each)
        return found

    @cached_property
    def _by_number(self) -> Mapping[tuple[str, Number], Requirement | Criterion]:
        found: dict[tuple[str, Number], Requirement | Criterion] = {}
        # A number alone means the document's first kind of requirement, unless some bear no letters at all.
        bare = [_bare(requirement.label) for requirement in self.requirements]
        main = "" if "" in bare else next(iter(bare), "")
        for requirement, own_label in zip(self.requirements, bare, strict=True):
            for label in {own_label, ""} if own_label == main else {own_label}:
                own = _number(requirement.number)
                found.setdefault((label, own), requirement)
                for criterion in requirement.criteria:
                    found.setdefault((label, own + _number(criterion.ordinal)), criterion)
        return found

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(label for label, _ in self._by_number)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {criterion.id: at for at, criterion in enumerate(self.criteria)}

    @cached_property
    def _rising(self) -> Mapping[str, list[tuple[Number, Criterion]]]:
        """The criteria of each label by number, so that a range is found without going through all of them."""
        found: dict[str, list[tuple[Number, Criterion]]] = {}
        for (label, number), each in self._by_number.items():
            if isinstance(each, Criterion):
                found.setdefault(label, []).append((number, each))
        for listed in found.values():
            listed.sort(key=_first)
        return found

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every criterion, in the order of the file."""
        return tuple(criterion for requirement in self.requirements for criterion in requirement.criteria)

    def find(self, wanted: str) -> Requirement | Criterion | None:
        """The requirement or criterion of exactly that id, if there is one."""
        return self._by_id.get(wanted)

    def lookup(self, label: str, number: Number) -> Requirement | Criterion | None:
        """What a reference means by a number; of a doubled number it is the first.

        A label that no requirement bears, such as the R of `R1.2`, says nothing and is passed over.
        """
        return self._by_number.get((self._label(label), number))

    def between(self, label: str, first: str, last: str = "") -> tuple[Criterion, ...]:
        """The criteria that a number stands for, or a range of them, which may reach across requirements."""
        own = self._label(label)
        ends = self.ends(first, last)
        if len(ends) == 1:
            found = self._by_number.get((own, ends[0]))
            return (found,) if isinstance(found, Criterion) else found.criteria if found else ()
        low, high = ends
        rising = self._rising.get(own, [])
        # What begins like `high` is still meant, as `1.2-1.3` reaches to a 1.3.1.
        until = bisect_right(rising, high, key=lambda found: found[0][: len(high)])
        return tuple(each for _, each in rising[bisect_left(rising, low, key=_first) : until])

    def in_order(self, criteria: Iterable[Criterion]) -> tuple[Criterion, ...]:
        """Each of these criteria once, in the order of the document."""
        return tuple(sorted({each.id: each for each in criteria}.values(), key=lambda each: self._places[each.id]))

    @staticmethod
    def ends(first: str, last: str) -> list[Number]:
        """The numbers that a reference names: one, or both ends of a range; `3.1-5` ends with 3.5."""
        low, high = _number(first), _number(last) if last else ()
        if not high:
            return [low]
        return [low, low[:-1] + high if len(high) < len(low) and high >= low[-1:] else high]

    def _label(self, label: str) -> str:
        bare = _bare(label) if label else ""
        return bare if bare in self._known else ""


def _first(found: tuple[Number, Criterion]) -> Number:
    return found[0]


def _number(text: str) -> Number:
    return tuple(map(int, text.split(".")))


def _bare(label: str) -> str:
    """The part of a label that tells requirements apart: `DERIVED` of `Derived Requirement`, nothing of `Req`."""
    return " ".join(word for word in vocabulary.words(label) if word not in vocabulary.REQUIREMENT).upper()

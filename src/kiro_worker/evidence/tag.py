"""Tags by which a test names what it shows: `Validates: 2.3`, `Validates: Property 2`, `test_validates_2_3`."""

from collections.abc import Iterable, Iterator

from kiro_worker.expression import Expression
from kiro_worker.gate.port import TestCase
from kiro_worker.spec import vocabulary
from kiro_worker.spec.design import Design
from kiro_worker.spec.reference import Reference, ReferenceKind, read_references
from kiro_worker.spec.resolution import resolve_references
from kiro_worker.spec.spec import Spec
from kiro_worker.value import dataclass

_KEY = Expression("([^\\W\\d_]{2,24})[ \\t]{0,4}[*_`]{0,3}[ \\t]{0,4}[:\uff1a]")
_IN_A_NAME = Expression(r"(?:(?:^|[_\W])[Vv]|(?<=[a-z0-9])V)alidates_?([0-9]{1,6})[_.]([0-9]{1,6})(?![0-9])")
_ENDS = Expression("[\"'`]|\\*\\*|-->|\\*/|\\.(?:\\s|$)")
_LONGEST = 400
# Criteria that one test can show by itself.
_MOST_NAMED = 6
_KEYS = vocabulary.COVERS | vocabulary.REQUIREMENT
# In a report's properties people also call it by its own name.
_PROPERTY_KEYS = _KEYS | frozenset({"criterion", "criteria", "acceptance"})


@dataclass(frozen=True, slots=True)
class Tags:
    """What a test names.

    Attributes:
        criteria: ids of the criteria that it names, itself or by a property that validates them.
        requirements: ids of the criteria of requirements that it names as a whole, or among many others.
    """

    criteria: frozenset[str] = frozenset()
    requirements: frozenset[str] = frozenset()


def tags_of(case: TestCase, words: Iterable[str], spec: Spec) -> Tags:
    """What a test names in its own name, in the report's properties, and in the words that stand with it.

    Args:
        case: as the runner reported it.
        words: its docstring and the comments in and right above it.
        spec: which criteria there are; what it does not have is passed over.
    """
    found = [*_in_name(case.suite), *_in_name(case.name), *_in_properties(case.properties)]
    for text in words:
        found += _keyed(text)
    return _resolved(found, spec)


def named_criteria(references: Iterable[Reference], spec: Spec) -> Tags:
    """What references name, those of a task for example; `all` names nothing in particular."""
    return _resolved(list(references), spec)


def _in_name(name: str) -> Iterator[Reference]:
    """A title may hold the tag as it is; an identifier has neither colon nor dot."""
    yield from _keyed(name)
    for found in _IN_A_NAME.finditer(name):
        number = f"{found[1]}.{found[2]}"
        yield Reference(ReferenceKind.CRITERION, number, number)


def _in_properties(properties: Iterable[tuple[str, str]]) -> Iterator[Reference]:
    for key, value in properties:
        if vocabulary.names(key, _PROPERTY_KEYS):
            yield from _sure(value)
        elif vocabulary.names(key, vocabulary.PROPERTY):
            yield from _sure(value, properties=True)


def _keyed(text: str) -> Iterator[Reference]:
    for line in text.splitlines():
        for key in _KEY.finditer(line):
            if vocabulary.names(key[1], _KEYS):
                # What follows a closing mark is no longer the tag's.
                yield from _sure(_before_closing(_ENDS.split(line[key.end() : key.end() + _LONGEST])[0]))


def _before_closing(value: str) -> str:
    """What stands before a bracket that was opened before the tag.

    >>> _before_closing("2.3 (heavy)) of 1.2 kg")
    '2.3 (heavy)'
    """
    depth = 0
    for at, sign in enumerate(value):
        depth += (sign in "([{\uff08") - (sign in ")]}\uff09")
        if depth < 0:
            return value[:at]
    return value


def _sure(value: str, *, properties: bool = False) -> Iterator[Reference]:
    """References without a word too many: prose behind a colon names nothing."""
    for each in read_references(value, properties=properties):
        if each.kind is ReferenceKind.TEXT:
            return
        yield each


def _resolved(references: list[Reference], spec: Spec) -> Tags:
    direct: set[str] = set()
    criteria: set[str] = set()
    requirements: set[str] = set()
    for each in references:
        match each.kind:
            case ReferenceKind.CRITERION:
                direct |= _ids([each], spec)
            case ReferenceKind.REQUIREMENT:
                whole = _ids([each], spec)
                # One criterion is all that there is to a requirement of one.
                (criteria if len(whole) == 1 else requirements).update(whole)
            case ReferenceKind.PROPERTY:
                for of in resolve_references([each], spec.stated, spec.design).properties:
                    validated = _resolved(list(of.validates), spec._replace(design=Design()))
                    criteria |= validated.criteria
                    requirements |= validated.requirements
            case ReferenceKind.ALL | ReferenceKind.NOTHING | ReferenceKind.TEXT:
                pass
    # Who names everything shows nothing in particular.
    (requirements if len(direct) > _MOST_NAMED else criteria).update(direct)
    return Tags(frozenset(criteria), frozenset(requirements - criteria))


def _ids(references: list[Reference], spec: Spec) -> frozenset[str]:
    return frozenset(each.id for each in resolve_references(references, spec.stated, spec.design).criteria)

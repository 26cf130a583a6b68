"""Our `dataclass` is the standard one to whoever uses it."""

import copy
import dataclasses
import pickle
from collections.abc import Mapping

import pytest

from kiro_worker.value import dataclass, field, replace


def pickled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301  # from the line itself


def kinds(decorator):
    """The same kind of value, made by either decorator."""

    @decorator(frozen=True, slots=True)
    class Root:
        """Has a place."""

        place: str

    @decorator(frozen=True, slots=True, kw_only=True)
    class Leaf(Root):
        """Has a name, too."""

        name: str
        size: int = 3
        marks: Mapping[str, int] = field(default_factory=dict)
        secret: str = field(default="hidden", repr=False)

    return Leaf


@dataclass(frozen=True, slots=True)
class Known:
    """One that can be found by its name, as pickling needs it."""

    name: str
    marks: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """One that changes."""

    seen: list[str] = field(default_factory=list)
    count: int = 0


OURS, STANDARD = kinds(dataclass), kinds(dataclasses.dataclass)


@pytest.mark.parametrize(
    ("by_place", "named"),
    [
        (("here",), {"name": "a"}),
        (("here",), {"name": "a", "size": 4, "marks": {"x": 1}, "secret": "s"}),
        ((), {"place": "here", "name": "a"}),
    ],
)
def test_a_value_is_made_and_shown_as_by_the_standard_one(by_place, named):
    kind, standard = kinds(dataclass), STANDARD(*by_place, **named)
    # The first ones are filled, the later ones made by what was compiled for them.
    for _ in range(30):
        ours = kind(*by_place, **named)
        assert dataclasses.asdict(ours) == dataclasses.asdict(standard)
        assert repr(ours) == repr(standard)
    assert [each.name for each in dataclasses.fields(ours)] == [each.name for each in dataclasses.fields(standard)]
    assert OURS.__match_args__ == STANDARD.__match_args__
    assert OURS.__slots__ == STANDARD.__slots__


@pytest.mark.parametrize(
    ("by_place", "named"),
    [
        ((), {}),
        (("here",), {}),
        (("here", "a"), {}),
        (("here",), {"name": "a", "weight": 1}),
        ((), {"name": "a"}),
        (("here",), {"name": "a", "place": "there"}),
    ],
)
def test_what_is_missing_or_too_much_is_told_in_the_same_words(by_place, named):
    with pytest.raises(TypeError) as standard:
        STANDARD(*by_place, **named)
    for many in (False, True):
        kind = kinds(dataclass)
        for _ in range(20 * many):
            kind("here", name="a")
        with pytest.raises(TypeError) as ours:
            kind(*by_place, **named)
        assert str(ours.value) == str(standard.value)


def test_values_are_equal_by_what_they_hold_and_only_to_their_own_kind():
    one, same, other = OURS("here", name="a"), OURS("here", name="a"), OURS("here", name="b")
    assert one == same
    assert one != other
    assert one != STANDARD("here", name="a")
    assert Known("a", ("b",)) == Known("a", ("b",))
    assert hash(Known("a", ("b",))) == hash(Known("a", ("b",)))
    assert len({Known("a"), Known("a"), Known("b")}) == 2


def test_what_a_factory_makes_is_no_two_values_own():
    made = [Tally().seen for _ in range(30)]
    assert len({id(each) for each in made}) == 30


def test_a_frozen_value_cannot_be_changed():
    value = Known("a")
    for name in ("name", "anything"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, "b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        del value.name
    assert value == Known("a")


def test_one_that_is_not_frozen_changes_is_told_apart_and_has_no_hash():
    one, other = Tally(), Tally()
    assert one == other
    one.seen.append("x")
    one.count += 1
    assert (one.seen, one.count, other.seen) == (["x"], 1, [])
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_without_eq_only_the_same_value_is_equal():
    @dataclass(frozen=True, slots=True, eq=False)
    class Token:
        name: str

    token = Token("a")
    assert token != Token("a")
    assert {token: 1}[token] == 1


def test_what_a_kind_writes_itself_is_kept():
    @dataclass(frozen=True, slots=True)
    class Quiet:
        name: str

        def __repr__(self):
            return "Quiet"

        def __eq__(self, other):
            return True

        def __hash__(self):
            return 7

    assert (repr(Quiet("a")), Quiet("a") == 1, hash(Quiet("a"))) == ("Quiet", True, 7)


def test_values_are_replaced_copied_pickled_and_matched():
    value = Known("a", ("x",))
    assert replace(value, name="b") == Known("b", ("x",))
    assert copy.copy(value) == copy.deepcopy(value) == pickled(value) == value
    match value:
        case Known(name, marks=("x",)):
            assert name == "a"
        case _:
            pytest.fail("it was not matched")
    tally = Tally(["x"], 2)
    assert pickled(tally) == copy.deepcopy(tally) == tally

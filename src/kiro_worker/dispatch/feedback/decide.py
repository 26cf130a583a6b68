"""What follows from what was said on a pull request: pure, over the conversation and what is remembered of it."""

from collections.abc import Collection, Iterator

from kiro_worker.dispatch.feedback.command import Command, Unclear, Verb, command_in
from kiro_worker.forge.conversation import CheckState, Conversation, Remark, RemarkKind, is_the_worker_s
from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often the worker goes back to a pull request by itself; 0 is never.

    Attributes:
        reviews: rounds that reviews may start.
        checks: rounds that failing checks may start.
    """

    reviews: int = 3
    checks: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What is known of a pull request from before.

    Attributes:
        handled: ids of remarks that something followed from, or that nothing follows from.
        reviews, checks: rounds so far.
        checked: the commit whose failing checks were last taken up.
    """

    handled: frozenset[str] = frozenset()
    reviews: int = 0
    checks: int = 0
    checked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that a decision rests on.

    Attributes:
        writers: accounts that may write to the repository, of those that were asked about.
        busy: whether a run is under way, or about to be tried again.
        offered: whether the work stands for review, as checks of unfinished work are expected to fail.
    """

    conversation: Conversation
    remembered: Remembered
    limits: Limits = field(default_factory=Limits)
    writers: frozenset[str] = frozenset()
    busy: bool = False
    offered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A run is to go back to the work.

    Attributes:
        kind: `review`, `checks`, or the command that asked for it.
        remarks: ids of what it sees to.
        asked_by: the id of the command.
        checks: whether it sees to the checks that fail.
        only: ids of the tasks that it is held to.
        round: which one of its kind, 0 for one that a person ordered.
        most: how many of its kind there may be.
    """

    kind: str
    remarks: tuple[str, ...] = ()
    asked_by: str = ""
    checks: bool = False
    only: tuple[str, ...] = ()
    round: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A person wants the work to stop."""

    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """A person wants to know how things stand."""

    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Nothing follows, and that is said once.

    Attributes:
        about: ids of the remarks; none for checks.
        key: what the answer is known by.
    """

    about: tuple[str, ...]
    key: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOver:
    """Nothing follows and nothing is said, so that strangers cannot make the worker speak."""

    remarks: tuple[str, ...]


Deed = FollowUp | Halt | Explain | Refuse | PassOver


def authors_to_ask(conversation: Conversation, handled: Collection[str]) -> tuple[str, ...]:
    """Whose right to write has to be asked for; nobody's whom the forge does not count among its people."""
    return tuple(dict.fromkeys(each.author for each in _news(conversation, handled) if each.member))


def decide(scene: Scene) -> tuple[Deed, ...]:
    """What follows; at most one run."""
    return tuple(_decide(scene))


def _decide(scene: Scene) -> Iterator[Deed]:
    news = _news(scene.conversation, scene.remembered.handled)
    known = tuple(each for each in news if each.author in scene.writers)
    if strangers := tuple(each.id for each in news if each.author not in scene.writers):
        yield PassOver(remarks=strangers)
    commands = [(each, told) for each in known if (told := command_in(each.body)) is not None]
    reviews = tuple(each for each in known if command_in(each.body) is None)
    order: tuple[Remark, Command] | None = None
    for remark, told in commands:
        match told:
            case Unclear(why=why):
                yield Refuse(about=(remark.id,), key="unclear", why=why)
            case Command(verb=Verb.STOP):
                # What was ordered before it does not count any more.
                if order is not None:
                    yield PassOver(remarks=(order[0].id,))
                order = None
                yield Halt(remark=remark.id)
            case Command(verb=Verb.EXPLAIN):
                yield Explain(remark=remark.id)
            case Command():
                if order is not None:
                    yield PassOver(remarks=(order[0].id,))
                order = (remark, told)
    if not scene.busy:
        yield from _follow(scene, order, reviews, halted=any(_is_stop(told) for _, told in commands) and order is None)


def _follow(
    scene: Scene, order: tuple[Remark, Command] | None, reviews: tuple[Remark, ...], *, halted: bool
) -> Iterator[Deed]:
    remembered, limits = scene.remembered, scene.limits
    ids = tuple(each.id for each in reviews)
    if order is not None:
        remark, command = order
        # A person who orders another try wants what was said to be seen to as well.
        seen_to = ids if command.verb is Verb.RETRY else ()
        yield FollowUp(kind=command.verb.value, remarks=seen_to, asked_by=remark.id, only=command.tasks)
    elif halted:
        return
    elif ids and remembered.reviews < limits.reviews:
        yield FollowUp(kind="review", remarks=ids, round=remembered.reviews + 1, most=limits.reviews)
    elif ids and limits.reviews:
        yield Refuse(about=ids, key="reviews-used-up", why=_used_up(limits.reviews, "reviews"))
    elif not ids:
        yield from _about_checks(scene)


def _about_checks(scene: Scene) -> Iterator[Deed]:
    remembered, limits, states = scene.remembered, scene.limits, [each.state for each in scene.conversation.checks]
    fails = CheckState.BAD in states and CheckState.PENDING not in states
    if not fails or not scene.offered or not limits.checks or remembered.checked == scene.conversation.head:
        return
    if remembered.checks < limits.checks:
        yield FollowUp(kind="checks", checks=True, round=remembered.checks + 1, most=limits.checks)
    else:
        yield Refuse(about=(), key="checks-used-up", why=_used_up(limits.checks, "failing checks"))


def _news(conversation: Conversation, handled: Collection[str]) -> tuple[Remark, ...]:
    """What somebody else said and nothing has followed from: commands, and reviews that are still open."""
    return tuple(each for each in conversation.remarks if each.id not in handled and _counts(each))


def _counts(remark: Remark) -> bool:
    if not remark.person or not remark.author or remark.noticed or is_the_worker_s(remark.body):
        return False
    if command_in(remark.body) is not None:
        # A worker that signs in with a person's own account is that person's to command.
        return True
    return remark.kind is not RemarkKind.COMMENT and not remark.own and not remark.settled and bool(remark.body.strip())


def _is_stop(told: Command | Unclear) -> bool:
    return isinstance(told, Command) and told.verb is Verb.STOP


def _used_up(most: int, what: str) -> str:
    times = "once" if most == 1 else f"{most} times"
    return f"The worker has gone back to this because of {what} {times}, and does not again by itself."

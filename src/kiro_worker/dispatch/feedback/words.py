"""What is said on a pull request, in Markdown that does nothing besides being read."""

from hashlib import sha256

from kiro_worker.dispatch.feedback.command import CALL, USAGE
from kiro_worker.dispatch.feedback.decide import Deed, Explain, FollowUp, Halt, Limits, PassOver, Refuse, Remembered
from kiro_worker.dispatch.feedback.errand import Errand
from kiro_worker.dispatch.note import Ending, note_of_ending
from kiro_worker.forge.escape import code, inline
from kiro_worker.run.feedback import CHECKS

__all__ = ["CALL", "explanation", "halted", "key_of", "refusal", "report", "sent", "would"]

_SENTENCE = 1_500


def key_of(kind: str, about: tuple[str, ...]) -> str:
    """What an answer is known by: the same about the same things, whatever their ids look like.

    >>> key_of("remark", ("IC_1",))
    'remark:83ef5e001d3e2cf6'
    """
    return f"{kind}:{sha256(' '.join(about).encode()).hexdigest()[:16]}"


def refusal(why: str) -> str:
    """Why nothing follows, and what can be said instead."""
    return f"{why}\n\nPeople who may write to this repository can say {USAGE}, each as the first line of a comment."


def halted(run: str, place: str) -> str:
    """What came of a stop."""
    what = f"Run {code(run)} is asked to end; it pushes what it has first." if run else "No run was under way."
    where = f" The card is in {inline(place)} now." if place else ""
    return f"{what}{where} Nothing begins here until somebody says `{CALL} retry`, or puts the card back."


def sent(errand: Errand) -> str:
    """What a run is sent for, in a sentence."""
    seen_to = [each for each in errand.feedback if each != CHECKS]
    things = []
    if seen_to:
        things.append(f"{len(seen_to)} {'remark' if len(seen_to) == 1 else 'remarks'}")
    if CHECKS in errand.feedback:
        things.append("the checks that fail")
    if errand.only:
        things.append(f"the tasks {', '.join(errand.only)} alone")
    what = " and ".join(things) or "what is still open"
    return f"{_round(errand.kind, errand.round, errand.most)} on pull request #{errand.number}: {what}."


def report(errand: Errand, ending: Ending) -> str:
    """What came of an errand, once it is over."""
    return f"{inline(sent(errand), limit=_SENTENCE)}\n\n{note_of_ending(ending).text}"


def explanation(place: str, under_way: str, ending: Ending | None, remembered: Remembered, limits: Limits) -> str:
    """How things stand."""
    parts = [f"The card is in {inline(place)}." if place else "The card is in no column."]
    if under_way:
        parts.append(f"Run {code(under_way)} is under way.")
    if ending is not None:
        parts.append(f"The last run:\n\n{note_of_ending(ending).text}")
    if not under_way and ending is None:
        parts.append("No run of this machine has worked on it.")
    parts.append(
        f"Rounds so far: {remembered.reviews} of {limits.reviews} for reviews, {remembered.checks} of {limits.checks} "
        f"for failing checks. Commands: {USAGE}."
    )
    return "\n\n".join(parts)


def would(deed: Deed) -> str:
    """What would be done, for a look that writes nothing."""
    match deed:
        case FollowUp(kind=kind, round=nth, most=most):
            return f"{_round(kind, nth, most)} would be begun."
        case Halt():
            return "It would be stopped, as somebody said so on its pull request."
        case Explain():
            return "It would be told on its pull request how things stand."
        case Refuse(why=why):
            return f"It would be told on its pull request: {why}"
        case PassOver():
            return "Remarks of people who may not write would be passed over."


def _round(kind: str, nth: int, most: int) -> str:
    if not nth:
        return f"A run by {CALL} {kind}"
    return f"Round {nth} of {most} for {'a review' if kind == 'review' else 'failing checks'}"

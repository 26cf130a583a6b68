"""What of the steering files an agent is sent, within a budget, and what was left out of it and why.

When there is more than fits, it is cut in this order: first what files refer to, then what fits by its description,
then what matches by a file, then what the task asks for, last what always applies; among equals, the later path first.
What is cut is named, so that the agent can read it in the repository.
"""

from collections.abc import Iterator, Mapping

from kiro_worker.steering.choice import Choice, Chosen, Rank
from kiro_worker.steering.reader import SteeringFile
from kiro_worker.steering.reference import Reference, Target, references, referred
from kiro_worker.steering.region import unmarked
from kiro_worker.value import dataclass

#: Characters; about six thousand tokens.
BUDGET = 22_000
# A beginning that is shorter than this says nothing.
_LEAST = 800
_LISTED = 30
_NOTHING: Mapping[str, str] = {}
_FURTHER = "further standards, not shown here; read in the repository those that fit the work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A text that the agent gets.

    Attributes:
        path: of the file; of a reference with the lines that are meant.
        text: as much of it as is sent.
        whole: how many characters there are of it.
    """

    path: str
    rank: Rank
    reason: str
    text: str
    whole: int

    @property
    def cut(self) -> bool:
        """Whether only its beginning is sent."""
        return len(self.text) < self.whole


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A text that the agent does not get.

    Attributes:
        offered: it may read it itself, and is told so.
    """

    path: str
    reason: str
    description: str = ""
    offered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What an agent is sent of a repository's standards for one piece of work."""

    sent: tuple[Sent, ...] = ()
    left: tuple[LeftOut, ...] = ()

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Name and text of each part, as a prompt takes them."""
        parts = [(one.path, one.text) for one in self.sent]
        if offers := [one for one in self.left if one.offered]:
            lines = (f"- {one.path}{f': {one.description}' if one.description else ''}" for one in offers[:_LISTED])
            parts.append((_FURTHER, "\n".join(lines)))
        return tuple(parts)


def needed(choice: Choice) -> tuple[str, ...]:
    """The paths that have to be read before `resolved`; folders end with a slash."""
    found = (one.path for chosen in choice.applying for one in references(chosen.file.body) if not one.fault)
    return tuple(dict.fromkeys(found))


def resolved(
    choice: Choice,
    contents: Mapping[str, bytes | None],
    *,
    refused: Mapping[str, str] = _NOTHING,
    budget: int = BUDGET,
) -> Resolved:
    """Fit what applies into a budget.

    Args:
        choice: which files apply.
        contents: what `needed` asked for; None, or missing, where it is not there.
        refused: paths of it that the agent must not be shown, with why.
        budget: characters, with headings.
    """
    room = budget
    described = {one.file.path: one.file.description for one in choice.applying}
    sent: list[Sent] = []
    left: list[LeftOut] = []
    for piece in (*map(_whole, choice.applying), *_referred(choice, contents, refused, left)):
        space = room - len(piece.path) - 4
        fitted = _fitted(piece, space)
        if fitted is None:
            reason = f"there is no room left for it ({piece.whole} characters)"
            left.append(LeftOut(path=piece.path, reason=reason, description=described.get(piece.path, "")))
            continue
        room = space - len(fitted.text)
        sent.append(fitted)
    left += (_other(file, reason) for file, reason in choice.others)
    return Resolved(sent=tuple(sent), left=tuple(left))


def _whole(chosen: Chosen) -> Sent:
    text = unmarked(chosen.file.body).strip()
    return Sent(path=chosen.file.path, rank=chosen.rank, reason=chosen.reason, text=text, whole=len(text))


def _referred(
    choice: Choice, contents: Mapping[str, bytes | None], refused: Mapping[str, str], left: list[LeftOut]
) -> Iterator[Sent]:
    """The texts that the applying files refer to, each once; what cannot be had is told in `left`."""
    own = {chosen.file.path for chosen in choice.applying}
    seen: set[str] = set()
    for chosen in choice.applying:
        for reference in references(chosen.file.body):
            name = _name(reference)
            if name in seen or reference.path in own:
                continue
            seen.add(name)
            wrong = reference.fault or refused.get(reference.path, "")
            text, missing = ("", wrong) if wrong else referred(reference, contents)
            if missing:
                left.append(LeftOut(path=name, reason=f"{chosen.file.path} refers to it; {missing}", offered=False))
            else:
                text = text.strip("\n")
                reason = f"{chosen.file.path} refers to it"
                yield Sent(path=name, rank=Rank.REFERRED, reason=reason, text=text, whole=len(text))


def _name(reference: Reference) -> str:
    if reference.first:
        return f"{reference.path}, lines {reference.first} to {reference.last}"
    return f"what is in {reference.path}" if reference.target is Target.FOLDER else reference.path


def _fitted(piece: Sent, space: int) -> Sent | None:
    if piece.whole <= space:
        return piece
    if space < _LEAST:
        return None
    mark = f"\n[... cut; the rest is in {piece.path} ...]"
    kept = piece.text[: max(0, space - len(mark))].rpartition("\n")[0] or piece.text[: space - len(mark)]
    return Sent(path=piece.path, rank=piece.rank, reason=piece.reason, text=kept + mark, whole=piece.whole)


def _other(file: SteeringFile, reason: str) -> LeftOut:
    return LeftOut(path=file.path, reason=reason, description=file.description)

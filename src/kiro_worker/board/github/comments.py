"""Notes on cards: comments of an issue or a pull request, and a part of a draft's own text."""

from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.board.github.asking import Asking
from kiro_worker.board.github.documents import ADD_COMMENT, COMMENTS, DELETE_COMMENT, EDIT_COMMENT, EDIT_DRAFT
from kiro_worker.board.github.line import Answer
from kiro_worker.board.github.part import nodes, part, text
from kiro_worker.board.note import digest, find, placed, written
from kiro_worker.board.port import Change, Note, Told
from kiro_worker.value import dataclass

_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """A comment of the worker's that holds a note."""

    id: str
    url: str
    digest: str


class Comments:
    """A look and what is missing; None tells that nobody knows what became of the write."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def on_subject(self, subject: str, reference: str, note: Note, *, may_write: bool = True) -> Told | None:
        """Make the note stand as a comment."""
        purpose = f"tell something on {reference}"
        standing = await self._standing(subject, reference, note.key)
        if standing and standing[0].digest == digest(note):
            return Told(change=Change.UNCHANGED, url=standing[0].url)
        if not may_write:
            return None
        if not standing:
            return await self._add(subject, reference, note, purpose)
        answer = await self._asking.write(EDIT_COMMENT, purpose, comment=standing[0].id, body=written(note))
        return None if answer is None else _told(answer, standing[0].url)

    async def _add(self, subject: str, reference: str, note: Note, purpose: str) -> Told | None:
        answer = await self._asking.write(ADD_COMMENT, purpose, subject=subject, body=written(note))
        if answer is None or answer.refusals:
            return None if answer is None else _told(answer, "")
        made = part(answer.data, "addComment", "commentEdge", "node")
        standing = await self._standing(subject, reference, note.key)
        if not standing or standing[0].id == text(made, "id"):
            return Told(change=Change.DONE, url=text(made, "url"))
        # Another worker told it at the same moment. Each of them sees both, and the earlier one stays.
        await self._asking.write(DELETE_COMMENT, purpose, comment=text(made, "id"))
        first = standing[0]
        return Told(change=Change.UNCHANGED, url=first.url) if first.digest == digest(note) else None

    async def in_draft(self, draft: str, body: str, url: str, note: Note, *, may_write: bool = True) -> Told | None:
        """Make the note stand in the text of a draft, which has no comments; the text of people stays."""
        found = find(body, note.key)
        if found is not None and found.digest == digest(note):
            return Told(change=Change.UNCHANGED, url=url)
        if not may_write:
            return None
        purpose = "tell something on a draft"
        answer = await self._asking.write(EDIT_DRAFT, purpose, draft=draft, body=placed(body, note))
        return None if answer is None else _told(answer, url)

    async def _standing(self, subject: str, reference: str, key: str) -> tuple[Standing, ...]:
        """The worker's comments with that key, the oldest first; others may write the marker, and do not count."""
        found: list[Standing] = []
        before: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self._asking.read(
                COMMENTS, f"read the comments of {reference}", subject=subject, before=before
            )
            comments = part(answer.data, "node", "comments")
            if not isinstance(comments.get("nodes"), list):
                raise self._asking.fault(f"read the comments of {reference}", answer)
            viewer = text(answer.data, "viewer", "login")
            found = [*_own(nodes(comments), viewer, key), *found]
            before = text(comments, "pageInfo", "startCursor")
            if part(comments, "pageInfo").get("hasPreviousPage") is not True or not before:
                break
        return tuple(found)


def _own(comments: tuple[Mapping[str, Any], ...], viewer: str, key: str) -> Iterator[Standing]:
    for comment in comments:
        marked = find(text(comment, "body"), key)
        own = comment.get("viewerDidAuthor") is True or _same(text(comment, "author", "login"), viewer)
        if marked is not None and own:
            yield Standing(text(comment, "id"), text(comment, "url"), marked.digest)


def _told(answer: Answer, url: str) -> Told:
    if answer.refusals:
        # A conversation that is locked, a repository that is archived, a right that is missing: work goes on.
        return Told(change=Change.REFUSED, why=answer.words)
    return Told(change=Change.DONE, url=url)


def _same(login: str, viewer: str) -> bool:
    """Whether two logins are one; an App's is told with and without its end."""
    return bool(login) and login.removesuffix("[bot]").lower() == viewer.removesuffix("[bot]").lower()

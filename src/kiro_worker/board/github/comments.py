"""Notes on cards: comments of an issue or a pull request, and a part of a draft's own text."""

from kiro_worker.board.github.asking import Asking
from kiro_worker.board.github.documents import ADD_COMMENT, COMMENTS, EDIT_COMMENT, EDIT_DRAFT
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
    """One look and at most one write each; None tells that nobody knows what became of the write."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def on_subject(self, subject: str, reference: str, note: Note, *, may_write: bool = True) -> Told | None:
        """Make the note stand as a comment."""
        purpose = f"tell something on {reference}"
        found = await self._find(subject, reference, note.key)
        if found is not None and found.digest == digest(note):
            return Told(change=Change.UNCHANGED, url=found.url)
        if not may_write:
            return None
        if found is None:
            answer = await self._asking.write(ADD_COMMENT, purpose, subject=subject, body=written(note))
        else:
            answer = await self._asking.write(EDIT_COMMENT, purpose, comment=found.id, body=written(note))
        if answer is None:
            return None
        made = part(answer.data, "addComment", "commentEdge", "node")
        return _told(answer, text(made or part(answer.data, "updateIssueComment", "issueComment"), "url"))

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

    async def _find(self, subject: str, reference: str, key: str) -> Standing | None:
        """The worker's newest comment with that key; anybody may write the marker, so only the worker's own count."""
        before: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self._asking.read(
                COMMENTS, f"read the comments of {reference}", subject=subject, before=before
            )
            comments = part(answer.data, "node", "comments")
            if not isinstance(comments.get("nodes"), list):
                raise self._asking.fault(f"read the comments of {reference}", answer)
            viewer = text(answer.data, "viewer", "login")
            for comment in reversed(nodes(comments)):
                marked = find(text(comment, "body"), key)
                if marked is not None and (
                    comment.get("viewerDidAuthor") is True or _same(text(comment, "author", "login"), viewer)
                ):
                    return Standing(text(comment, "id"), text(comment, "url"), marked.digest)
            before = text(comments, "pageInfo", "startCursor")
            if part(comments, "pageInfo").get("hasPreviousPage") is not True or not before:
                return None
        return None


def _told(answer: Answer, url: str) -> Told:
    if answer.refusals:
        # A conversation that is locked, a repository that is archived, a right that is missing: work goes on.
        return Told(change=Change.REFUSED, why=answer.words)
    return Told(change=Change.DONE, url=url)


def _same(login: str, viewer: str) -> bool:
    """Whether two logins are one; an App's is told with and without its end."""
    return bool(login) and login.removesuffix("[bot]").lower() == viewer.removesuffix("[bot]").lower()

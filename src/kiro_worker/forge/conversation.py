"""What is said on a pull request, and what others' checks say of it."""

from enum import StrEnum
from hashlib import sha256

from kiro_worker.expression import expression
from kiro_worker.value import dataclass

LONGEST = 60_000
"""Characters of an answer; GitHub takes 65,536."""


class RemarkKind(StrEnum):
    """Where something is said."""

    COMMENT = "comment"
    REVIEW = "review"  #: the words of a whole review
    LINE = "line"  #: beside a line of the change


class CheckState(StrEnum):
    """What a check says of a commit."""

    PENDING = "pending"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that was said. Nobody vouches for who said it, nor for what.

    Attributes:
        id: the forge's own, opaque.
        author: the account's name; empty for one that is gone.
        person: whether it is a person's account, as far as the forge tells.
        own: whether the worker's own account said it.
        member: whether the forge counts the author among the repository's people; what they may do is asked apart.
        created: RFC 3339.
        path, line: for a line of the change.
        wants_changes: a review that asks for changes.
        settled: somebody marked it as resolved, or the line it is about is gone.
        noticed: the worker has shown that it took it up.
    """

    id: str
    kind: RemarkKind
    author: str
    body: str
    url: str = ""
    created: str = ""
    person: bool = True
    own: bool = False
    member: bool = False
    path: str = ""
    line: int = 0
    wants_changes: bool = False
    settled: bool = False
    noticed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCheck:
    """A check of the head commit that is not the worker's own.

    Attributes:
        says: in one line, as the check tells it.
    """

    name: str
    state: CheckState
    url: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A pull request with what was said and found on it, the latest of each kind.

    Attributes:
        id: the forge's own, opaque; what is answered to.
        head: the commit that the checks are of.
        left_out: whether there is more than is told here.
    """

    id: str
    number: int
    url: str
    branch: str
    head: str
    open: bool
    remarks: tuple[Remark, ...] = ()
    checks: tuple[OtherCheck, ...] = ()
    left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """An open pull request, seen from afar.

    Attributes:
        stamp: another one whenever something was said, pushed or checked since.
    """

    number: int
    branch: str
    stamp: str


OWN_CHECKS = "kiro-worker"
"""What the contexts of the worker's own statuses begin with: it never answers itself."""

_KEY = expression(r"[a-z0-9][a-z0-9.:-]{0,79}")
_MARKER = expression(r"\A<!-- kiro-worker:answer key=([a-z0-9.:-]+) sha256=([0-9a-f]{16}) -->")
_FORGED = expression(r"<!--(?=\s*kiro-worker:)")
_OWN_MARK = expression(r"<!--\s*(?:kiro-worker:|kiro:begin)")


def answer_body(key: str, text: str) -> str:
    """An answer as it is written, its marker first: by it, and by its author, it is known again.

    Raises:
        ValueError: the key is none.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key[:80]!r} is no key of an answer")
    text = text.encode("utf-8", "replace").decode().strip()
    text = _FORGED.sub("<!--\u200b", text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
    digest = sha256(text.encode()).hexdigest()[:16]
    # An empty line, without which Markdown would take what follows for HTML.
    return f"<!-- kiro-worker:answer key={key} sha256={digest} -->\n\n{text}\n"


def answered(body: str) -> tuple[str, str]:
    """The key and the digest of an answer; empty for any other text."""
    found = _MARKER.match(body)
    return (found[1], found[2]) if found else ("", "")


def shown_body(body: str) -> str:
    """A remark as a reader sees it: without the mark that an answer is known by."""
    return _MARKER.sub("", body).strip()


def is_the_worker_s(body: str) -> bool:
    """Whether a text carries a mark of the worker's, whoever's account wrote it."""
    return bool(_OWN_MARK.search(body))

"""Which credential can see and do what on which board, in words that somebody can act on.

GitHub tells the rights of a classic token alone. A project that a credential may not see looks exactly like one that
is not there, and a repository that it may not see leaves a card without content.
"""

from kiro_worker.board.github.line import Answer, Line
from kiro_worker.value import dataclass

_PAGE = "docs/reference/boards.md"
_RIGHTS = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of credential can do.

    Attributes:
        words: how `Line.kind` begins to call it.
        persons: whether it sees a person's project at all.
        needs: what has to be given to it.
    """

    words: str
    persons: bool
    needs: str


# The first that fits; a user token of an App has the App's rights and the person's.
_KINDS = (
    Kind(
        "classic token",
        persons=True,
        needs="the scope `project` (with `repo` to see the cards of private repositories)",
    ),
    Kind("OAuth token", persons=True, needs="the scope `project` (with `repo` for private repositories)"),
    Kind(
        "fine-grained token",
        persons=False,
        needs="the organisation as its resource owner, and the organisation permission Projects: read and write",
    ),
    Kind(
        "installation token of an App",
        persons=False,
        needs="the organisation permission Projects: read and write; the token of GitHub Actions cannot have it, so "
        "sign in with an App of your own or with a token",
    ),
    Kind(
        "GitHub App",
        persons=False,
        needs="the organisation permissions Projects: read and write, granted by the App and accepted where it is "
        "installed",
    ),
)
_OTHER = Kind("", persons=True, needs="the right to read and write the project")


def kind_of(words: str) -> Kind:
    """What is known of a kind of credential."""
    return next((kind for kind in _KINDS if words.startswith(kind.words)), _OTHER)


def is_about_rights(answer: Answer) -> bool:
    """Whether a refusal can be mended with another credential, or other rights of this one."""
    return any(refusal.kind in _RIGHTS for refusal in answer.refusals)


def cure_of(line: Line, answer: Answer, *, of_person: bool | None) -> str:
    """What to do about a refusal; empty when it is not about rights."""
    if not is_about_rights(answer):
        return ""
    kind = kind_of(line.kind)
    cures = [f"The {line.kind} in {line.source} needs {kind.needs}."]
    if not kind.persons:
        cures.append(
            "It sees the projects of organisations only, never a person's: for those make a classic token with the "
            "scope `project`."
            if of_person is None
            else "For a person's project it is of no use: make a classic token with the scope `project`."
            if of_person
            else ""
        )
    if any(refusal.kind == "NOT_FOUND" for refusal in answer.refusals):
        cures.insert(0, "Check board.owner and board.number; they are in the project's address.")
    return " ".join(filter(None, (*cures, f"See {_PAGE}.")))


def problem_of(line: Line, answer: Answer) -> tuple[str, str]:
    """What stands in the way of moving cards, and its cure; empty when nothing is known to.

    Only a classic token's scopes are told; of all others a missing right is seen when they write.
    """
    scopes = answer.scopes
    if scopes is None or "project" in scopes:
        return "", ""
    cure = f"Make a {line.kind} with the scope `project` and put it into {line.source}; see {_PAGE}."
    return f"the {line.kind} has not the scope `project`, so it cannot move cards", cure


def notes_of(line: Line, answer: Answer) -> tuple[str, ...]:
    """What a person should know of a credential that works."""
    scopes = answer.scopes
    if scopes is None:
        told = f"GitHub does not tell what the {line.kind} may write: that is only seen when it does."
        comments = "To tell something on a card it needs Issues and Pull requests: read and write, of its repository."
        return (told, comments)
    if "repo" in scopes:
        return ()
    told = f"The {line.kind} has not the scope `repo`: cards of private repositories stay hidden"
    return (f"{told}, and on those of public ones it can only tell something with `public_repo`.",)

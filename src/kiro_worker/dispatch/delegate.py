"""Work made by people who only have an idea: a branch, a spec, and what its pull request says at first."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from kiro_worker.error import Fault, WorkerError
from kiro_worker.forge.escape import inline, quote
from kiro_worker.spec import read_spec
from kiro_worker.spec.spec import REQUIREMENTS, TASKS
from kiro_worker.spec.task_file import TASK_FILE, written
from kiro_worker.value import dataclass

_SLUG = 40
_LONGEST = 20_000
_MOST = 100
_OTHER = re.compile(r"[^a-z0-9]+")


class DelegationUnfit(WorkerError):
    """What was asked for cannot be made into a spec."""

    code = "delegate.unfit"
    fault = Fault.CONFIG

    def __init__(self, *, why: str, cure: str) -> None:
        super().__init__(why, kept="Nothing was made.", next_step=cure)


class Form(StrEnum):
    """What is put on the branch."""

    TASK_FILE = "task-file"  #: TASK.md, which leaves the branch again when all is done
    SPEC = "spec"  #: a spec of its own below .kiro/specs, which stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """What somebody wants.

    Attributes:
        title: one line.
        objective, constraints: free text.
        acceptance: what has to hold, one thing each.
    """

    title: str
    objective: str = ""
    constraints: str = ""
    acceptance: tuple[str, ...] = ()


def checked(idea: Idea) -> Idea:
    """The idea, without blank parts.

    Raises:
        DelegationUnfit: it has no title, or is longer than a person would write.
    """
    title = " ".join(idea.title.split())
    if not title:
        raise DelegationUnfit(why="There is no title.", cure="Say in one line what is wanted: --title 'Add a button'")
    acceptance = tuple(" ".join(each.split()) for each in idea.acceptance if each.strip())
    size = sum(map(len, (title, idea.objective, idea.constraints, *acceptance)))
    if size > _LONGEST or len(acceptance) > _MOST or len(title) > 200:
        why = f"It has {size:,} characters and {len(acceptance)} criteria; {_LONGEST:,} and {_MOST} is most."
        raise DelegationUnfit(why=why, cure="Write a spec for what is this large, or delegate parts of it.")
    return Idea(title=title, objective=idea.objective, constraints=idea.constraints, acceptance=acceptance)


def slug_of(title: str) -> str:
    """A title as part of a name.

    >>> slug_of("Add Export Button"), slug_of("Größe ändern!"), slug_of("添加")
    ('add-export-button', 'groe-andern', 'task')
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-")[:_SLUG].strip("-") or "task"


def branch_of(title: str, moment: datetime) -> str:
    """The branch for an idea: `feature/{title}-{timestamp}`, in milliseconds.

    >>> from datetime import UTC
    >>> branch_of("Add Export Button", datetime(2025, 12, 5, 18, 10, tzinfo=UTC))
    'feature/add-export-button-1764958200000'
    """
    return f"feature/{slug_of(title)}-{int(moment.timestamp() * 1000)}"


def files_of(idea: Idea, form: Form) -> Mapping[str, bytes]:
    """What is put on the branch, by path; it reads back as exactly what was asked for.

    Raises:
        DelegationUnfit: it does not.
    """
    name = TASK_FILE if form is Form.TASK_FILE else slug_of(idea.title)
    files = {TASK_FILE: written(*_parts(idea))} if form is Form.TASK_FILE else _spec_files(idea)
    spec = read_spec(name, files)
    if len(spec.criteria) != len(idea.acceptance) or len(spec.tasks.leaves) != 1:
        why = f"It would read as {len(spec.tasks.leaves)} tasks with {len(spec.criteria)} criteria."
        raise DelegationUnfit(why=why, cure="Leave out Markdown and annotations of tasks, such as `_Requirements: 1_`.")
    folder = "" if form is Form.TASK_FILE else f".kiro/specs/{name}/"
    return {f"{folder}{path}": content for path, content in files.items()}


def opening_of(idea: Idea) -> str:
    """What the pull request says until the first run has something to tell."""
    parts = ["## ⏳ Kiro Worker has this to do", f"**{inline(idea.title)}**"]
    if idea.objective.strip():
        parts.append(quote(idea.objective))
    if idea.constraints.strip():
        parts.append(f"Constraints:\n\n{quote(idea.constraints)}")
    if idea.acceptance:
        listed = "\n".join(f"- [ ] 1.{nth} {inline(each)}" for nth, each in enumerate(idea.acceptance, 1))
        parts.append(f"Acceptance criteria:\n\n{listed}")
    return "\n\n".join(parts)


def _parts(idea: Idea) -> tuple[str, str, str, tuple[str, ...]]:
    return idea.title, idea.objective, idea.constraints, idea.acceptance


def _spec_files(idea: Idea) -> dict[str, bytes]:
    story = " ".join(idea.objective.split())
    criteria = "".join(f"{nth}. {each}\n" for nth, each in enumerate(idea.acceptance, 1))
    requirements = (
        f"# Requirements Document\n\n## Requirements\n\n### Requirement 1: {idea.title}\n\n"
        + (f"**Objective:** {story}\n\n" if story else "")
        + f"#### Acceptance Criteria\n\n{criteria}"
    )
    constraints = [f"  - Constraint: {line.strip()}\n" for line in idea.constraints.splitlines() if line.strip()]
    named = ", ".join(f"1.{nth}" for nth in range(1, len(idea.acceptance) + 1))
    tasks = f"# Implementation Plan\n\n- [ ] 1. {idea.title}\n{''.join(constraints)}" + (
        f"  - _Requirements: {named}_\n" if named else ""
    )
    return {REQUIREMENTS: requirements.encode("utf-8", "replace"), TASKS: tasks.encode("utf-8", "replace")}

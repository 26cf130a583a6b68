"""What a project is made of: its columns and the other fields that the worker reads, all found by name."""

from collections.abc import Mapping
from typing import Any

from kiro_worker.board.columns import Columns, folded
from kiro_worker.board.github.part import nodes, part, text
from kiro_worker.board.port import Column
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Which project, and how its fields are called.

    Attributes:
        owner: an organisation or a person.
        priority, branch: names of fields; empty is none.
        repositories: only cards of these, in small letters; empty is all.
    """

    owner: str
    number: int
    columns: Columns
    status: str = "Status"
    priority: str = "Priority"
    branch: str = "Branch"
    repositories: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.owner}'s project {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    Attributes:
        options: of a single-select field, id to name, in the board's order.
        kind: GitHub's word for what it holds.
    """

    id: str
    name: str
    kind: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A project as it is just now.

    Attributes:
        project: what was asked for.
        status: the field whose values are the columns; None when there is none of that name.
        priority, branch: None where the project has no such field.
        of_person: whether it belongs to a person and not to an organisation.
    """

    project: Project
    id: str
    title: str
    url: str
    closed: bool
    can_update: bool
    of_person: bool
    viewer: str
    status: Field | None
    priority: Field | None
    branch: Field | None

    @property
    def places(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.status.options.values()) if self.status else ()

    def option(self, column: Column) -> str:
        """The id of a column; empty when the board has it not."""
        wanted = folded(self.project.columns.name(column))
        options = self.status.options if self.status else {}
        return next((option for option, name in options.items() if folded(name) == wanted), "")

    def rank(self, option: str) -> int:
        """How far up a value of the priority field stands; behind all others when it is none."""
        options = list(self.priority.options) if self.priority else []
        return options.index(option) if option in options else len(options)


def read_layout(data: Mapping[str, Any], project: Project) -> Layout | None:
    """A project out of the answer to `BOARD`; None when there is none that this credential may see."""
    owner = part(data, "repositoryOwner")
    found = part(owner, "projectV2")
    if not text(found, "id"):
        return None
    fields = {folded(each.name): each for node in nodes(found, "fields") if (each := _field(node)) is not None}
    status = fields.get(folded(project.status))
    priority = fields.get(folded(project.priority)) if project.priority.strip() else None
    branch = fields.get(folded(project.branch)) if project.branch.strip() else None
    return Layout(
        project=project,
        id=text(found, "id"),
        title=text(found, "title"),
        url=text(found, "url"),
        closed=found.get("closed") is True,
        can_update=found.get("viewerCanUpdate") is True,
        of_person=text(owner, "__typename") == "User",
        viewer=text(data, "viewer", "login"),
        status=status if status is not None and status.kind == "SINGLE_SELECT" else None,
        priority=priority if priority is not None and priority.kind in {"SINGLE_SELECT", "NUMBER"} else None,
        branch=branch if branch is not None and branch.kind == "TEXT" else None,
    )


def _field(node: Mapping[str, Any]) -> Field | None:
    if not text(node, "id") or not text(node, "name"):
        return None
    listed = node.get("options")
    options = {text(each, "id"): text(each, "name") for each in listed} if isinstance(listed, list) else {}
    kind = "SINGLE_SELECT" if text(node, "__typename") == "ProjectV2SingleSelectField" else text(node, "dataType")
    return Field(id=text(node, "id"), name=text(node, "name"), kind=kind, options=options)

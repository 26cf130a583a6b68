"""The project itself: found by owner and number, and looked up again now and then."""

from collections.abc import Collection
from datetime import datetime, timedelta

from kiro_worker.board.fault import BoardFault, ColumnMissing
from kiro_worker.board.github.asking import Asking
from kiro_worker.board.github.documents import BOARD
from kiro_worker.board.github.layout import Layout, Project, read_layout
from kiro_worker.board.github.line import Answer
from kiro_worker.board.github.part import text
from kiro_worker.board.port import Column
from kiro_worker.clock import Clock

# Columns are renamed now and then; what no longer fits is looked up again at once besides.
_FRESH = timedelta(minutes=5)


class Lookup:
    """What is known of a project."""

    def __init__(self, asking: Asking, project: Project, clock: Clock) -> None:
        self._asking = asking
        self._project = project
        self._clock = clock
        self._known: tuple[datetime, Layout] | None = None

    async def look(self) -> tuple[Layout, Answer]:
        """The project as it is now, and the answer that told it.

        Raises:
            BoardFault: there is none for this credential.
        """
        project, purpose = self._project, f"look at {self._project}"
        answer = await self._asking.read(BOARD, purpose, owner=project.owner, number=project.number)
        layout = read_layout(answer.data, project)
        if layout is None:
            owner = text(answer.data, "repositoryOwner", "__typename")
            if not owner and not answer.refusals:
                raise BoardFault(
                    purpose=purpose,
                    said=f"there is no organisation or person {project.owner!r} on {self._asking.line.host}.",
                    request_id=answer.request_id,
                    next_step="Check board.owner; it is in the project's address.",
                )
            raise self._asking.fault(purpose, answer, of_person=owner == "User" if owner else None)
        self._known = (self._clock.now(), layout)
        return layout, answer

    async def now(self, *columns: Column) -> Layout:
        """The project, with these columns in it.

        Raises:
            BoardFault: there is none for this credential, or no field of columns in it.
            ColumnMissing: it has not all of them.
        """
        if self._known is not None and self._clock.now() - self._known[0] < _FRESH:
            return self.complete(self._known[1], columns)
        layout, _ = await self.look()
        return self.complete(layout, columns)

    def forget(self) -> None:
        """Look it up anew the next time."""
        self._known = None

    def complete(self, layout: Layout, columns: Collection[Column]) -> Layout:
        """The project, if it has these columns.

        Raises:
            BoardFault: there is no field of columns.
            ColumnMissing: it has not all of them.
        """
        project = self._project
        if layout.status is None:
            self.forget()
            raise BoardFault(
                purpose=f"find the columns of {project}",
                said=f"it has no single-select field {project.status!r}.",
                next_step="Set board.status_field to the field whose values are the board's columns.",
            )
        missing = [project.columns.name(column) for column in columns if not layout.option(column)]
        if missing:
            # Somebody may be adding it just now.
            self.forget()
            raise ColumnMissing(board=str(project), missing=missing, there=layout.places, field=layout.status.name)
        return layout

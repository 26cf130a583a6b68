"""Asking within the budget, and turning a refusal into a fault with its cure."""

from kiro_worker.board.fault import BoardCredential, BoardFault
from kiro_worker.board.github.access import cure_of, is_about_rights
from kiro_worker.board.github.budget import Budget
from kiro_worker.board.github.line import Answer, Line, Query
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True)
class Asking:
    """A line with its budget."""

    line: Line
    budget: Budget

    async def read(self, document: str, purpose: str, **variables: object) -> Answer:
        """An answer, whole or not.

        Raises:
            BoardLimited: the budget is used up.
            WorkerError: no answer came.
        """
        self.budget.allow(purpose)
        answer = await self.line.read(Query(document=document, variables=variables, purpose=purpose))
        self.budget.charge(answer.data)
        return answer

    async def write(self, document: str, purpose: str, **variables: object) -> Answer | None:
        """The answer to a change; None when nobody knows whether it was carried out."""
        self.budget.allow(purpose)
        answer = await self.line.write(Query(document=document, variables=variables, purpose=purpose))
        self.budget.charge({})
        return answer

    def fault(self, purpose: str, answer: Answer, *, of_person: bool | None = None) -> BoardFault:
        """The fault that a refusal is."""
        kind = BoardCredential if is_about_rights(answer) else BoardFault
        return kind(
            purpose=purpose,
            said=f"{answer.words.rstrip('.')}.",
            request_id=answer.request_id,
            next_step=cure_of(self.line, answer, of_person=of_person),
        )

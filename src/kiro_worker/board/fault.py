"""What can go wrong with a board.

* BoardFault          the board said no, in its own words, or something that is no answer
  + BoardUnreachable  no usable answer after three tries
  + BoardLimited      the board allows no more for now, or the worker may use no more of it
  + BoardCredential   the credential may not do this, or there is no such board
  + ColumnMissing     the board has no column of that name
* BoardSetting        a setting of the board cannot be used as it is
* CardRefused         something about a card cannot be had
* CardUnknown         there is no such card
"""

from collections.abc import Sequence
from typing import ClassVar

from kiro_worker.error import Fault, WorkerError

_PAGE = "docs/reference/boards.md"


class BoardFault(WorkerError):
    """The board did not do what it was asked."""

    code = "board.refused"
    fault: ClassVar[Fault] = Fault.FORGE

    def __init__(self, *, purpose: str, said: str, request_id: str = "", next_step: str = "") -> None:
        self.purpose, self.said, self.request_id = purpose, said, request_id
        told = f" (request id {request_id})" if request_id else ""
        super().__init__(
            f"Could not {purpose}{told}: {said}",
            kept="The card is as it was, or as the board shows it; branches do not depend on it.",
            next_step=next_step or "See what the board can be used for: kiro-worker board check",
        )


class BoardUnreachable(BoardFault):
    """The board gave no usable answer, three times.

    Attributes:
        heavy: the server itself gave up, so that less at once may do.
    """

    code = "board.unreachable"
    heavy = False


class BoardLimited(BoardFault):
    """No more of the board's rate limit is to be used for now."""

    code = "board.limited"


class BoardCredential(BoardFault):
    """The credential may not do this, or there is no such board: a server says the same of both."""

    code = "board.credential"
    fault = Fault.CREDENTIAL


class ColumnMissing(BoardFault):
    """The board has no such column."""

    code = "board.column-missing"
    fault = Fault.CONFIG

    def __init__(self, *, board: str, missing: Sequence[str], there: Sequence[str], field: str = "") -> None:
        self.missing, self.there = tuple(missing), tuple(there)
        of = f" in its field {field!r}" if field else ""
        names = ", ".join(repr(name) for name in missing)
        super().__init__(
            purpose=f"find the columns of {board}",
            said=f"it has no {names}{of}. It has: {', '.join(repr(name) for name in there) or 'none'}.",
            next_step="Name one that it has: add the column on the board, or set board.column_* accordingly.",
        )


class BoardSetting(WorkerError):
    """A setting of the board cannot be used."""

    code = "board.setting"
    fault = Fault.CONFIG

    def __init__(self, *, setting: str, reason: str, cure: str) -> None:
        self.setting = setting
        super().__init__(f"board.{setting} cannot be used: {reason}.", next_step=f"{cure} See {_PAGE}.")


class CardRefused(WorkerError):
    """Something about a card cannot be had; nothing was written."""

    code = "board.card-refused"
    fault = Fault.CONFIG

    def __init__(self, *, what: str, reason: str, cure: str) -> None:
        super().__init__(f"{what}: {reason}.", kept="Nothing was changed.", next_step=cure)


class CardUnknown(WorkerError):
    """There is no such card on this board."""

    code = "board.card-unknown"
    fault = Fault.CONFIG

    def __init__(self, *, card: str, board: str) -> None:
        super().__init__(
            f"There is no card {card!r} on the board {board}.", next_step="See what there is: kiro-worker board list"
        )

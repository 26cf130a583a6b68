"""How a board calls the worker's columns."""

from collections.abc import Mapping

from kiro_worker.board.fault import BoardSetting
from kiro_worker.board.port import Column


class Columns:
    """The name of each of the worker's columns on one board; small and capital letters are the same."""

    def __init__(self, names: Mapping[Column, str]) -> None:
        """Take the names.

        Raises:
            BoardSetting: one is missing, or stands for two columns.
        """
        self._names = {column: names.get(column, "").strip() for column in Column}
        self._columns: dict[str, Column] = {}
        for column, name in self._names.items():
            setting = f"column_{column.replace('-', '_')}"
            if not name:
                raise BoardSetting(setting=setting, reason="it names no column", cure="Give the column's name.")
            other = self._columns.setdefault(folded(name), column)
            if other is not column:
                reason = f"{name!r} is the name of the column for {other.value} too"
                raise BoardSetting(setting=setting, reason=reason, cure="Give each column a name of its own.")

    def name(self, column: Column) -> str:
        """How the board calls it."""
        return self._names[column]

    def of(self, name: str) -> Column | None:
        """What a column of that name is for; None when it is none of the worker's."""
        return self._columns.get(folded(name))


def folded(name: str) -> str:
    """A name as it is compared.

    >>> folded("  For  Implementation ") == folded("for implementation")
    True
    """
    return " ".join(name.split()).casefold()

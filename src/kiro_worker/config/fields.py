"""One entry of a list in `.kiro/worker.yaml`, such as a check or a power: each field has a reader of its own."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kiro_worker.config.fault import Flaw, nearest, quoted
from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.document import Node, Scalar, Table

Reader = Callable[["Node"], Any]


class Unfit(ValueError):
    """What is wrong with a field, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields that an entry may have.

    Attributes:
        what: such an entry, for people: `a check`.
        readers: for each field, what makes a value of it or raises `Unfit`.
    """

    what: str
    readers: Mapping[str, Reader]

    def read(self, table: "Table", wrong: list[Flaw]) -> Iterator[tuple[str, Any]]:
        """Each field that can be used; what is wrong with the others is added to `wrong`."""
        for key, node in table.entries:
            reader = self.readers.get(key.text)
            if reader is None:
                meant = nearest(key.text, self.readers)
                told = f"did you mean {meant}?" if meant else f"write one of {', '.join(self.readers)}"
                wrong.append(Flaw(str(key.place), f"{quoted(key.text)} is nothing that {self.what} has; {told}"))
                continue
            try:
                yield key.text, reader(node)
            except Unfit as unfit:
                wrong.append(Flaw(str(node.place), f"{key.text} {unfit}"))


def single(node: "Node") -> "Scalar":
    """A node that is one value.

    Raises:
        Unfit: it is a list, a mapping, or nothing.
    """
    from kiro_worker.document import Scalar

    if not isinstance(node, Scalar) or node.kind == "null":
        raise Unfit("is no single value; write one word or text")
    return node

from collections.abc import Iterator

import pytest

from adversary.expedition import make
from adversary.seen import Seen
from adversary.table import EXPEDITIONS


class Expeditions:
    """Each expedition is made once under each isolation, when the first of its attacks is looked at."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Seen] = {}

    def __call__(self, name: str, kind: str) -> Seen:
        if (name, kind) not in self._made:
            self._made[name, kind] = make(EXPEDITIONS[name], kind)
        return self._made[name, kind]

    def close(self) -> None:
        for seen in self._made.values():
            if seen.field is not None:
                seen.field.close()


@pytest.fixture(scope="session")
def went() -> Iterator[Expeditions]:
    expeditions = Expeditions()
    yield expeditions
    expeditions.close()

"""What a repository's steering files have otherwise than the locked versions of their powers."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff

from kiro_worker.power.lock import Lock
from kiro_worker.steering.judge import FOLDER, opened, wanted_files
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One file.

    Attributes:
        text: a unified diff from the power's file to the one that is here, its local regions left aside.
    """

    path: str
    power: str
    version: str
    text: str


def differences(
    lock: Lock, have: Mapping[str, bytes | None], contents: Mapping[str, Mapping[str, bytes]]
) -> tuple[Difference, ...]:
    """Every file that is not as its power has it; one that is missing differs in every line.

    Args:
        lock: the versions that are wanted.
        have: the repository's files by path.
        contents: of each power's name, its steering files by their path below `.kiro/steering/`.
    """
    return tuple(_differences(lock, have, contents))


def _differences(
    lock: Lock, have: Mapping[str, bytes | None], contents: Mapping[str, Mapping[str, bytes]]
) -> Iterator[Difference]:
    for power in lock.powers:
        for name in sorted(wanted_files(power)):
            path = f"{FOLDER}{name}"
            ours, theirs = _lines(have.get(path)), _lines(contents[power.name].get(name))
            told = unified_diff(theirs, ours, f"{power.name} {power.version}/{name}", path)
            text = "".join(line if line.endswith("\n") else f"{line}\n" for line in told)
            if text:
                yield Difference(path=path, power=power.name, version=power.version, text=text)


def _lines(content: bytes | None) -> list[str]:
    if content is None:
        return []
    return [line.replace("\r\n", "\n") for line in opened(content).rest]

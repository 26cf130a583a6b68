"""A branch in a working tree, judged by the gate that runs its tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiro_worker.changeset import ChangedFile, ChangeSet, How, Hunk
from kiro_worker.clock import SystemClock
from kiro_worker.gate.bite.check import Bitten, check_bite
from kiro_worker.gate.port import GateResult
from kiro_worker.gate.trial import Trials
from kiro_worker.ids import Oid


def change_set(before: Mapping[str, str], after: Mapping[str, str]) -> ChangeSet:
    """What lies between two states of a project."""
    files = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        how = How.ADDED if old is None else How.DELETED if new is None else How.MODIFIED
        files.append(
            ChangedFile(
                path=path,
                how=how,
                before=None if old is None else old.encode(),
                after=None if new is None else new.encode(),
                hunks=(Hunk(1, len((old or "").splitlines()), 1, len((new or "").splitlines())),),
            )
        )
    return ChangeSet(base=Oid("1" * 40), head=Oid("2" * 40), files=tuple(files), base_tree=Oid("3" * 40))


@dataclass
class Branch:
    """A project on its base and on a branch.

    Attributes:
        project: where it lies; see conftest.
        base: its files on the base.
        head: those that the branch adds or changes; None takes one away.
    """

    project: object
    base: dict[str, str]
    head: dict[str, str | None]
    settings: dict[str, object] = field(default_factory=lambda: {"coverage": "off"})

    @property
    def after(self) -> dict[str, str]:
        return {path: text for path, text in {**self.base, **self.head}.items() if text is not None}

    @property
    def change(self) -> ChangeSet:
        return change_set(self.base, self.after)

    async def judge(self) -> tuple[GateResult, Trials]:
        """Lay the head out and run its tests."""
        self.project.base = dict(self.base)
        self.project.write(self.after, base=False)
        gate, subject = self.project.gate(**self.settings), self.project.subject()
        head = (await gate.judge(subject))[0]
        return head, Trials(gate, subject, head)

    async def bite(self, *, blocks: bool = True) -> Bitten:
        """The bite check over it; the tree is as it was afterwards."""
        head, trials = await self.judge()
        assert head.cases, head.output
        bitten = await check_bite(self.change, head.cases, trials, SystemClock(), blocks=blocks)
        for path, text in self.after.items():
            assert (self.project.tree / path).read_text() == text, "the tree is at the head again"
        return bitten


def named(bitten: Bitten) -> dict[str, str]:
    """The verdicts by the tests' own names."""
    return {name.rpartition("::")[2]: bite.value for name, bite in bitten.bites.items()}

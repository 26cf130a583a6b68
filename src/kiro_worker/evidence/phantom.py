"""Ticks that nothing backs: a worker's are phantoms and are taken back, people's are only told."""

from collections.abc import Iterator, Mapping

from kiro_worker.evidence.binding import BoundTest
from kiro_worker.evidence.model import Phantom
from kiro_worker.evidence.work import Tested, Work, beside_spec, is_by_hand
from kiro_worker.gate.intent import keeps
from kiro_worker.gate.kind import is_of_tests
from kiro_worker.spec.task import Purpose, Task
from kiro_worker.workspace.change import CommitLines

_NO_WORK = "Its commits change nothing besides the spec."

Bindings = Mapping[str, tuple[BoundTest, ...]]


def phantoms(work: Work, bindings: Bindings, tested: Tested, *, unplaced: bool = False) -> tuple[Phantom, ...]:
    """The leaves that a worker ticked on this branch and that nothing backs, each with why.

    A leaf needs a commit that touches something besides the spec. When it names criteria, a test that passes has to
    be bound to one of them; that is excused while another task that names one of them is open, where nothing can be
    tested, where a task wants the same behaviour as before, and where one for documents or for the project's set-up
    touches no code. Checkpoints are backed by the gates alone.

    Args:
        work: what was done.
        bindings: the tests of each criterion.
        tested: what the tests gate could tell.
        unplaced: whether there are new tests of which it is not known where they stand; to be by a task, its commits
            only have to touch tests then.
    """
    return tuple(_phantoms(work, bindings, tested, unplaced=unplaced))


def unbacked(work: Work, bindings: Bindings, tested: Tested) -> tuple[str, ...]:
    """The ids of leaves that people ticked on this branch and that no commit or test backs."""
    return tuple(
        leaf.id
        for leaf in work.ticked
        if leaf.purpose is not Purpose.CHECKPOINT
        and not _ticking(work, leaf)
        and _is_unbacked(work, leaf, bindings, tested)
    )


def _phantoms(work: Work, bindings: Bindings, tested: Tested, *, unplaced: bool) -> Iterator[Phantom]:
    for leaf in work.ticked:
        ticking = _ticking(work, leaf)
        if leaf.purpose is Purpose.CHECKPOINT or not ticking:
            continue
        commit = ticking[-1].commit.oid
        touched = frozenset(beside_spec(work.by_task[leaf.id]))
        named = work.criteria_of[leaf.id]
        criteria = tuple(each.id for each in work.spec.criteria if each.id in named)
        if not touched:
            yield Phantom(task=leaf.id, commit=commit, why=_NO_WORK, criteria=criteria)
        elif unplaced and any(map(is_of_tests, touched)):
            continue
        elif tested is Tested.NAMED and named and _lacks_test(work, leaf, bindings):
            why = f"No passing test is bound to any criterion that it names ({', '.join(criteria)})."
            yield Phantom(task=leaf.id, commit=commit, why=why, worked=True, criteria=criteria)


def _ticking(work: Work, leaf: Task) -> tuple[CommitLines, ...]:
    """The worker's commits that tick a leaf; those of unfinished work and of repairs say so."""
    own = work.by_task.get(leaf.id, ())
    return tuple(each for each in own if each.commit.trailer("Kiro-Kind") is None)


def _lacks_test(work: Work, leaf: Task, bindings: Bindings) -> bool:
    named = work.criteria_of[leaf.id]
    if _is_shown(named, bindings) or _others_wait(work, named):
        return False
    # Where everything is to do what it did, what passed before and passes now is what there is to show.
    return not (work.needs_no_test(leaf) or keeps(leaf.title))


def _is_shown(named: frozenset[str], bindings: Bindings) -> bool:
    return any(test.passes for criterion in named for test in bindings.get(criterion, ()))


def _others_wait(work: Work, named: frozenset[str]) -> bool:
    """Whether another task for one of the criteria is still to come, or leaves it to people."""
    return any(each.is_open or is_by_hand(each) for criterion in named for each in work.leaves_of.get(criterion, ()))


def _is_unbacked(work: Work, leaf: Task, bindings: Bindings, tested: Tested) -> bool:
    owners = work.owners.get(work.tasks_path, {})
    if leaf.line not in owners:
        # It came with the base branch.
        return False
    named = work.criteria_of[leaf.id]
    if _is_shown(named, bindings):
        return False
    commit = work.commit(owners[leaf.line])
    expected = bool(named) and tested is Tested.NAMED and not is_by_hand(leaf)
    return expected or commit is None or not set(beside_spec((commit,)))

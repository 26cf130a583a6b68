"""What the repository says of an item's branch, read from the mirror; nothing is spent, and no workspace is made."""

from kiro_worker.config.settings import SpecSettings
from kiro_worker.dispatch.eligibility import Facts
from kiro_worker.error import Fault, WorkerError
from kiro_worker.ids import Oid
from kiro_worker.run.fault import BaseUnknown, BranchIsBase, BranchMissing, RepositoryEmpty, SpecAmbiguous, SpecMissing
from kiro_worker.run.reading import chosen_spec, head_of, spec_files
from kiro_worker.spec import Severity, Spec, read_spec, resolve
from kiro_worker.workspace.port import Reading, Snapshot

# References are told apart from what else the reader finds.
_OF_REFERENCES = "reference."


async def facts_of_branch(
    workspaces: Reading,
    snapshot: Snapshot,
    settings: SpecSettings,
    *,
    branch: str,
    base: str = "",
    repository: str = "",
) -> Facts:
    """Look at a branch, as the remote was when the snapshot was taken.

    A fault of the network or of a credential is no word about the branch: it comes back as `Facts.fault`.

    Args:
        workspaces: of the item's repository.
        snapshot: what the remote looked like.
        settings: what was said about the spec.
        branch: the item's.
        base: the base branch; empty is the remote's own.
        repository: its address, for people.
    """
    try:
        if snapshot.base is not None and snapshot.head is None:
            return Facts(branch=False)
        head = head_of(snapshot, branch=branch, base=base, repository=repository)
        return await _at(workspaces, settings, snapshot, head, branch)
    except (BaseUnknown, BranchMissing, BranchIsBase, RepositoryEmpty) as error:
        return Facts(no_spec=error.message)
    except WorkerError as error:
        if error.fault is Fault.CONFIG:
            return Facts(no_spec=error.message)
        return Facts(fault=error.message)


async def _at(workspaces: Reading, settings: SpecSettings, snapshot: Snapshot, head: Oid, branch: str) -> Facts:
    history = await workspaces.history(head, snapshot.base) if head != snapshot.base else ()
    try:
        name = await chosen_spec(workspaces, settings, snapshot, head, branch=branch, history=history)
    except SpecAmbiguous as error:
        return Facts(no_spec=error.message, asks=True)
    except SpecMissing as error:
        # A branch with work of its own and only specs that ask for nothing: somebody has to say what is meant.
        asks = bool(error.there) and not error.asked and head != snapshot.base
        return Facts(no_spec=error.message, asks=asks)
    return facts_of_spec(read_spec(name, await spec_files(workspaces, head, name)))


def facts_of_spec(spec: Spec) -> Facts:
    """What a spec says of itself."""
    leaves = [leaf for leaf in spec.tasks.leaves if leaf.is_open and not leaf.optional]
    meant = {leaf.id: resolve(spec, leaf) for leaf in leaves}
    wrong = [
        each
        for each in spec.diagnostics
        if each.severity is Severity.ERROR and not each.code.startswith(_OF_REFERENCES)
    ]
    return Facts(
        spec=spec.name,
        findings=tuple(f"{each.document}:{each.line} {each.message}" for each in wrong),
        dangling=tuple(f"{task} → {reference.text}" for task, found in meant.items() for reference in found.dangling)
        if spec.criteria
        else (),
        open=len(leaves),
        criteria=len(spec.criteria),
        unreferenced=tuple(
            task for task, found in meant.items() if not (found.criteria or found.properties or found.all)
        ),
        formless=tuple(criterion.id for criterion in spec.criteria if not criterion.ears.responses),
    )

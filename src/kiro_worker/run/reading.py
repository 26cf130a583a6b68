"""What a branch asks for, read from the mirror: which commit, which spec. The same for a run and for `doctor`."""

from collections.abc import Collection, Mapping

from kiro_worker.config.settings import SpecSettings
from kiro_worker.ids import Oid
from kiro_worker.run.fault import (
    BaseUnknown,
    BranchIsBase,
    BranchMissing,
    RepositoryEmpty,
    SpecAmbiguous,
    SpecMissing,
    SpecUnresolved,
    SpecWithoutTasks,
    TasksUnread,
)
from kiro_worker.spec import Ambiguous, Candidate, Chosen, Spec, choose_spec, read_spec, read_tasks
from kiro_worker.spec.spec import TASKS
from kiro_worker.spec.task_file import TASK_FILE
from kiro_worker.workspace.port import Commit, Reading, Snapshot

SPECS = ".kiro/specs/"


def head_of(snapshot: Snapshot, *, branch: str | None, base: str, repository: str) -> Oid:
    """The commit to begin at: the branch's, or the base's for a new one.

    Raises:
        BranchMissing: one of the two is not there.
        BranchIsBase: they are the same.
        BaseUnknown: the branch is there, and what it goes to is not named.
        RepositoryEmpty: nothing is there.
    """
    if snapshot.base is None:
        if base:
            raise BranchMissing(branch=base, repository=repository)
        if snapshot.head is not None:
            raise BaseUnknown(named=snapshot.base_branch, repository=repository)
        raise RepositoryEmpty(repository=repository)
    if branch is None:
        return snapshot.base
    if snapshot.head is None:
        raise BranchMissing(branch=branch, repository=repository)
    if branch == snapshot.base_branch:
        raise BranchIsBase(branch=branch)
    return snapshot.head


async def chosen_spec(
    workspaces: Reading,
    settings: SpecSettings,
    snapshot: Snapshot,
    head: Oid,
    *,
    branch: str,
    history: tuple[Commit, ...],
) -> str:
    """The name of the branch's spec, by the clues of `choose_spec` and never by a guess.

    Args:
        workspaces: where files are read from.
        settings: what was said about the spec.
        snapshot: tells the base, to see which specs changed since.
        head: the commit to look at.
        branch: the branch's name; empty for a new one.
        history: its commits since the base, newest first; their trailers name the spec that was worked on.

    Raises:
        SpecAmbiguous: several fit.
        SpecMissing: none does.
    """
    names = await _folders(workspaces, head)
    trailer = next((name for commit in history if (name := commit.trailer("Kiro-Spec"))), None)
    flag = settings.name or settings.path.rstrip("/").rpartition("/")[2] or None
    alone = await _task_file(workspaces, snapshot, head, asked=TASK_FILE in {flag, trailer})
    files = await workspaces.read(head, tuple(f"{SPECS}{name}/{TASKS}" for name in names))
    before = await workspaces.read(snapshot.base, tuple(files)) if snapshot.base else {}
    candidates = (
        *(
            Candidate(name, sum(leaf.is_open and not leaf.optional for leaf in read_tasks(files[path] or b"").leaves))
            for name, path in zip(names, files, strict=True)
        ),
        *alone,
    )
    changed = {name for name, path in zip(names, files, strict=True) if files[path] != before.get(path)}
    choice = choose_spec(
        candidates,
        flag=flag,
        trailer=trailer,
        mapping=dict(settings.branches),
        branch=branch,
        changed_since_base=changed | {each.name for each in alone},
    )
    match choice:
        case Chosen(name=name):
            return name
        case Ambiguous(names=several):
            raise SpecAmbiguous(branch=branch or snapshot.base_branch, names=several)
        case _:
            raise SpecMissing(branch=branch or snapshot.base_branch, asked=choice.asked, there=names)


async def spec_files(workspaces: Reading, head: Oid, name: str) -> Mapping[str, bytes]:
    """The files of a spec's folder at a commit, by their names in it; of a task file, itself alone."""
    if name == TASK_FILE:
        found = await task_file_at(workspaces, head)
        return {} if found is None else {TASK_FILE: found}
    folder = f"{SPECS}{name}/"
    entries = await _entries(workspaces, head, folder)
    files = await workspaces.read(head, tuple(f"{folder}{entry}" for entry in entries if not entry.endswith("/")))
    return {path.removeprefix(folder): content for path, content in files.items() if content is not None}


async def task_file_at(workspaces: Reading, head: Oid) -> bytes | None:
    """The task file at a commit; where the worker took it off the branch, as it was last there."""
    found = (await workspaces.read(head, (TASK_FILE,)))[TASK_FILE]
    if found is not None:
        return found
    for commit in await workspaces.history(head, None):
        if commit.trailer("Kiro-Spec") == TASK_FILE:
            found = (await workspaces.read(commit.oid, (TASK_FILE,)))[TASK_FILE]
            if found is not None:
                return found
    return None


async def _task_file(workspaces: Reading, snapshot: Snapshot, head: Oid, *, asked: bool) -> tuple[Candidate, ...]:
    """The branch's own task file; one that came with the base is somebody else's, unless it is asked for."""
    found = await task_file_at(workspaces, head) if asked else (await workspaces.read(head, (TASK_FILE,)))[TASK_FILE]
    if found is None:
        return ()
    if not asked and snapshot.base is not None:
        before = (await workspaces.read(snapshot.base, (TASK_FILE,)))[TASK_FILE]
        if before == found:
            return ()
    leaves = read_spec(TASK_FILE, {TASK_FILE: found}).tasks.leaves
    return (Candidate(TASK_FILE, sum(leaf.is_open for leaf in leaves)),) if leaves else ()


async def _folders(workspaces: Reading, head: Oid) -> tuple[str, ...]:
    entries = await _entries(workspaces, head, SPECS)
    return tuple(entry.rstrip("/") for entry in entries if entry.endswith("/"))


async def _entries(workspaces: Reading, head: Oid, folder: str) -> list[str]:
    listing = (await workspaces.read(head, (folder,)))[folder] or b""
    return listing.decode("utf-8", "surrogateescape").splitlines()


def insist_on_tasks(spec: Spec, *, only: Collection[str] = ()) -> None:
    """See that the spec has tasks, and that nothing which was meant as an open one is left out in silence.

    Args:
        spec: what was read.
        only: the tasks that a person chose by their ids, who then knows what can be read.

    Raises:
        SpecUnresolved: a merge left both sides in a document.
        SpecWithoutTasks: nothing can be read as a task.
        TasksUnread: some of it cannot.
    """
    if unresolved := [each for each in spec.diagnostics if each.code == "document.unresolved-merge"]:
        raise SpecUnresolved(spec=spec.name, diagnostics=unresolved)
    if not spec.tasks.leaves:
        raise SpecWithoutTasks(spec=spec.name, diagnostics=spec.diagnostics)
    # TASK.md holds a person's own words, in which brackets may be anything.
    if only or spec.name == TASK_FILE:
        return
    meant = {near.line: near.meant for near in spec.tasks.near_misses}
    unread = [
        each
        for each in spec.tasks.diagnostics
        if each.code == "tasks.not-a-task" and "[x]" not in meant.get(each.line, "")
    ]
    if unread:
        raise TasksUnread(spec=spec.name, diagnostics=unread)

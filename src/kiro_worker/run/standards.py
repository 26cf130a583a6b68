"""The repository's standards as an agent is given them: read at admission, chosen anew for each prompt."""

import os
from collections.abc import Iterable, Mapping

from kiro_worker.ids import Oid
from kiro_worker.policy import Kind, Policy, Request
from kiro_worker.policy.scope import is_named
from kiro_worker.run.permission import scope_of
from kiro_worker.run.undertaking import Undertaking
from kiro_worker.spec import resolve
from kiro_worker.spec.spec import Spec
from kiro_worker.steering import (
    AGENTS,
    About,
    Choice,
    Inclusion,
    Resolved,
    SteeringFile,
    choose,
    needed,
    read_steering_file,
    resolved,
)
from kiro_worker.workspace.port import Workspaces

FOLDER = ".kiro/steering/"
#: The trailer `Kiro-Kind` of a commit that brings standards up to date.
STEERING = "steering"
# More are no standards but a library, and each would cost every run its time.
_MOST_FILES = 300
_DEEPEST = 4


async def read_standards(workspaces: Workspaces, head: Oid) -> tuple[SteeringFile, ...]:
    """AGENTS.md and all files of `.kiro/steering/` at a commit, folders in it too."""
    paths = [AGENTS]
    folders = [FOLDER]
    for _ in range(_DEEPEST):
        listings = await workspaces.read(head, tuple(folders)) if folders else {}
        folders = []
        for folder, listing in listings.items():
            for name in (listing or b"").decode("utf-8", "surrogateescape").splitlines():
                if name.endswith("/"):
                    folders.append(f"{folder}{name}")
                elif name.endswith(".md"):
                    paths.append(f"{folder}{name}")
    found = await workspaces.read(head, tuple(paths[:_MOST_FILES]))
    return tuple(read_steering_file(path, content) for path, content in found.items() if content is not None)


def with_files(known: Iterable[SteeringFile], written: Mapping[str, bytes]) -> tuple[SteeringFile, ...]:
    """Steering files, some of them written anew."""
    fresh = {path: read_steering_file(path, content) for path, content in written.items()}
    return tuple({**{file.path: file for file in known}, **fresh}.values())


def any_matches_files(files: Iterable[SteeringFile]) -> bool:
    """Whether it has to be known which files there are."""
    return any(file.inclusion is Inclusion.FILE_MATCH for file in files)


def about_task(spec: Spec, task_id: str, there: Iterable[str] = ()) -> About:
    """What a task is about; with no task, what the whole spec is.

    Args:
        spec: the plan.
        task_id: empty for a repair of the whole.
        there: the paths of the repository, to find what a bare name or a folder means, and the tests of what is named.
    """
    scope = scope_of(spec, task_id)
    named = scope.task if task_id else scope.spec
    meant = (path for path in there if is_named(path, named)) if named else ()
    return About(files=tuple(dict.fromkeys((*named, *sorted(meant)))), words=_words(spec, task_id))


def _words(spec: Spec, task_id: str) -> str:
    task = spec.tasks.find(task_id) if task_id else None
    if task is None:
        return "\n".join(task.title for task in spec.tasks.leaves)
    criteria = (criterion.text for criterion in resolve(spec, task).criteria)
    return "\n".join((task.title, *map(str, task.details), *criteria))


async def standards_for(work: Undertaking, task_id: str) -> Resolved:
    """What the agent is sent with a prompt, as the branch is now; told in the receipt."""
    if not work.steering:
        return Resolved()
    choice = choose(work.steering, about_task(work.plan, task_id, work.tracked))
    found, refused = await _contents(work, choice)
    sent = resolved(choice, found, refused=refused)
    work.journal.write(
        "steering.sent",
        task=task_id,
        sent=[
            {"path": one.path, "reason": one.reason, "characters": len(one.text), "of": one.whole} for one in sent.sent
        ],
        left_out=[{"path": one.path, "reason": one.reason} for one in sent.left],
    )
    return sent


async def _contents(work: Undertaking, choice: Choice) -> tuple[Mapping[str, bytes | None], Mapping[str, str]]:
    paths = needed(choice)
    refused = refused_to_agent(work.have.policy, paths, root=str(work.tree.path)) if paths else {}
    wanted = tuple(path for path in paths if path not in refused)
    folders = tuple(path for path in wanted if path.endswith("/"))
    found = dict(await work.tree.files(tuple(path for path in wanted if path not in folders)))
    if folders and work.snapshot is not None and work.snapshot.base is not None:
        found |= await work.workspaces.read(work.snapshot.head or work.snapshot.base, folders)
    return found, refused


def refused_to_agent(policy: Policy, paths: Iterable[str], *, root: str) -> Mapping[str, str]:
    """The paths that the agent may not read itself, with why: a reference is no way around the policy."""
    refused = {}
    for path in paths:
        told = policy.decide(Request(kind=Kind.READ, paths=(path,)), root=root, resolve=os.path.realpath)
        if not told.allowed:
            refused[path] = f"the policy does not let the agent read it: {told.reason}"
    return refused

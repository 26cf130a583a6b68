"""What an agent would be sent with a task of the working tree, as it lies on the disk."""

import os
from collections.abc import Iterator, Mapping

from kiro_worker.error import Fault, WorkerError
from kiro_worker.policy import Policy
from kiro_worker.policy.document import PATHS, read_policy
from kiro_worker.run.junk import is_junk
from kiro_worker.run.standards import about_task, any_matches_files, refused_to_agent
from kiro_worker.spec.spec import Spec
from kiro_worker.steering import Resolved, choose, needed, read_steering_file, resolved
from kiro_worker.steering.folder import SteeringFolder

_MOST_PATHS = 100_000


class SteeringTaskUnknown(WorkerError):
    """The spec has no such task."""

    code = "steering.task-unknown"
    fault = Fault.CONFIG

    def __init__(self, *, spec: str, task: str) -> None:
        super().__init__(
            f"The spec {spec} has no task {task!r}.", next_step=f"Look at its tasks: kiro-worker spec show {spec}"
        )


def explained(folder: SteeringFolder, spec: Spec, task: str) -> Resolved:
    """What the agent would get, by the same rules that a run follows.

    Raises:
        SteeringTaskUnknown: there is no such task.
        PolicyInvalid: the policy of the working tree cannot be used.
    """
    if task and spec.tasks.find(task) is None:
        raise SteeringTaskUnknown(spec=spec.name, task=task)
    have, _ = folder.read(folder.steering_paths())
    files = [read_steering_file(path, body) for path, body in have.items() if body is not None]
    there = tuple(_paths(folder)) if any_matches_files(files) else ()
    choice = choose(files, about_task(spec, task, there))
    paths = needed(choice)
    refused = refused_to_agent(_policy(folder), paths, root=str(folder.root)) if paths else {}
    return resolved(choice, _contents(folder, tuple(path for path in paths if path not in refused)), refused=refused)


def _policy(folder: SteeringFolder) -> Policy:
    have, _ = folder.read(PATHS)
    return read_policy(have)


def _contents(folder: SteeringFolder, paths: tuple[str, ...]) -> Mapping[str, bytes | None]:
    files, _ = folder.read(path for path in paths if not path.endswith("/"))
    return {**files, **{path: folder.names_in(path) for path in paths if path.endswith("/")}}


def _paths(folder: SteeringFolder) -> Iterator[str]:
    """The working tree's files, without git's own and without what tools leave behind."""
    count = 0
    root = str(folder.root)
    for place, folders, names in os.walk(root):
        below = "" if place == root else f"{os.path.relpath(place, root)}/"
        folders[:] = sorted(name for name in folders if name != ".git" and not is_junk(f"{below}{name}/x"))
        for name in names:
            count += 1
            if count > _MOST_PATHS:
                return
            yield f"{below}{name}"

"""Which files of a tree are part of the repository, asked of git."""

from pathlib import Path

from kiro_worker.error import WorkerError
from kiro_worker.gate.place import Tracked
from kiro_worker.git import Git


def tracked_by(git: Git) -> Tracked:
    """Ask git's index; a tree that is no repository tracks nothing, and a failing git cannot tell."""

    async def tracked(tree: Path, paths: tuple[str, ...]) -> frozenset[str] | None:
        place = tree / ".git"
        if not place.exists():
            return frozenset()
        try:
            over = await git.run(
                ("ls-files", "-z", "--", *paths),
                cwd=tree,
                git_dir=place if place.is_dir() else None,
                work_tree=tree if place.is_dir() else None,
                environment={"GIT_LITERAL_PATHSPECS": "1"},
            )
        except WorkerError:
            return None
        return frozenset(over.stdout.decode("utf-8", "surrogateescape").split("\0")) - {""}

    return tracked

"""Steering: a repository that is up to date is checked, and a hundred files are brought from the cache."""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from kiro_worker.bootstrap.standards import LockedPowers
from kiro_worker.power.lock import LOCK_PATH, Lock, Locked, Synced, read_lock
from kiro_worker.power.model import Power, entry
from kiro_worker.power.procure import Wish, wish_of
from kiro_worker.power.source.folder import FolderSource
from kiro_worker.power.store import PowerStore
from kiro_worker.power.validate import judge as judge_power
from kiro_worker.steering.folder import SteeringFolder
from kiro_worker.steering.judge import judge, paths_to_read
from kiro_worker.steering.sync import Outcome, plan_sync
from pair import in_turn, table

_FILES = 100
_PAIRS = 5
_RULE = "Do this, and say why it is done; see the next rule for when it is not.\n\n" * 40
_PAGE = "---\nname: many\ndescription: Many.\nversion: {}\nkeywords: [x]\n---\n# Many\n"


def power(version: str, last: str) -> Power:
    """A hundred files of 3 KB that end with a line of their version."""
    texts = {"POWER.md": _PAGE.format(version)}
    texts |= {f"steering/rule-{at:03}.md": f"# Rule {at}\n\n{_RULE}{last}\n" for at in range(_FILES)}
    found = judge_power([entry(path, text.encode()) for path, text in texts.items()]).power
    assert found is not None
    return found


def nowhere(wish: Wish) -> FolderSource:
    return FolderSource(Path("/nonexistent"), source=wish.source)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-steering-") as made:
        root = Path(made)
        old, new = power("1.0.0", "The end."), power("1.1.0", "The very end.")
        store = PowerStore(root / "store")
        store.keep((*old.files, *new.files))
        before = Synced(version="1.0.0", files={name: file.sha256 for name, file in old.steering.items()})
        locked = Locked(name="many", source="x", version="1.1.0", files=dict(new.hashes), synced=before)
        tree = SteeringFolder(root / "tree")
        powers = LockedPowers(store, source_of=nowhere, wish_of=lambda one: wish_of(None, one))

        def sync(change: str) -> set[Outcome]:
            for name, file in old.steering.items():
                tree.write(f".kiro/steering/{name}", file.content.replace(b"Do this", change.encode(), 1))
            have, _ = tree.read(paths_to_read(Lock(powers=(locked,))))
            plan = asyncio.run(plan_sync(Lock(powers=(locked,)), have, powers))
            for path, content in plan.writes.items():
                tree.write(path, content)
            return {one.outcome for one in plan.done}

        def check() -> None:
            lock = read_lock((tree.root / LOCK_PATH).read_bytes())
            assert all(one.is_good for one in judge(lock, tree.read(paths_to_read(lock))[0]))

        def copy() -> None:
            for name, file in new.steering.items():
                (root / "copy").mkdir(exist_ok=True)
                (root / "copy" / name).write_bytes(file.content)
                (root / "copy" / name).read_bytes()

        assert sync("Do this") == {Outcome.UPDATED}
        assert sync("Do that") == {Outcome.MERGED}
        rows = []
        for name, work, target in (
            ("100 files brought from the cache", lambda: sync("Do this"), "≤ 1 s"),
            ("100 files merged with changes of here", lambda: sync("Do that"), "≤ 1 s"),
            ("100 files that are up to date checked", check, "≤ 50 ms"),
        ):
            if work is check:
                sync("Do this")
            got = in_turn(work, copy, _PAIRS)
            rows.append(
                (name, f"{1000 * got.ours:.1f} ms", f"{1000 * got.baseline:.1f} ms", f"{got.ratio:.1f} ×", target)
            )
        table("Steering files, against writing and reading them", rows)
        table("The verb, against Python that starts", [verb(root, tree.root)])


def verb(root: Path, tree: Path) -> tuple[str, str, str, str, str]:
    """`steering check` as it is called."""
    command = [str(Path(sys.executable).parent / "kiro-worker"), "steering", "check", "-C", str(tree)]
    (tree / ".git").mkdir(exist_ok=True)

    def run(words: list[str]) -> None:
        subprocess.run(words, check=True, capture_output=True, env={"HOME": str(root), "PATH": "/usr/bin:/bin"})

    got = in_turn(lambda: run(command), lambda: run([sys.executable, "-I", "-c", ""]), _PAIRS)
    name = "kiro-worker steering check, 100 files"
    return (
        name,
        f"{1000 * got.ours:.0f} ms",
        f"{1000 * got.baseline:.0f} ms",
        f"{got.ratio:.1f} ×",
        "≤ 50 ms beyond Python",
    )


if __name__ == "__main__":
    main()

"""Powers: a hundred files judged, kept and had again; a thousand repositories that ask what is new."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from kiro_worker.git.program import Git  # noqa: E402
from kiro_worker.power.lock import Lock, Locked, locked_power, write_lock  # noqa: E402
from kiro_worker.power.model import entry  # noqa: E402
from kiro_worker.power.shelf import Shelf  # noqa: E402
from kiro_worker.power.source.git import GitSource, Wanted  # noqa: E402
from kiro_worker.power.source.signature import Signatures  # noqa: E402
from kiro_worker.power.store import PowerStore  # noqa: E402
from kiro_worker.power.survey import AskedOnce  # noqa: E402
from kiro_worker.power.validate import judge  # noqa: E402
from kiro_worker.process import Children  # noqa: E402
from kiro_worker.testing.git_remote import BareRemote, clean_environment  # noqa: E402
from pair import in_turn, table  # noqa: E402
from power.sample import built, steering  # noqa: E402

_FILES = 100
_REPOSITORIES = 1000
_PAIRS = 5


def hundred_files() -> dict[str, bytes]:
    """A power of about a hundred files: 48 standards, each a skill too."""
    text = "Do this, and say why. See [another](standard-01.md).\n" * 60
    more = {f"steering__standard-{n:02}.md": steering(text, f"standard-{n:02}") for n in range(1, 48)}
    return built("1.2.0", **more)


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="bench-power-"))
    files = hundred_files()
    assert len(files) >= _FILES
    entries = [entry(path, content) for path, content in files.items()]
    power = judge(entries).power
    assert power is not None
    store = PowerStore(folder / "store")
    store.keep(power.files)
    locked = locked_power(power, wanted=Locked(name="tea", source="x", version="1.2.0"))

    def copy() -> None:
        for path, content in files.items():
            target = folder / "copy" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.read_bytes()

    rows = []
    for name, work, target in (
        ("100 files judged", lambda: judge(entries), "≤ 1 s"),
        ("100 files of the lock from the cache", lambda: store.contents(locked.files), "≤ 1 s"),
        ("the whole power from the cache, judged", lambda: store.power(locked), "≤ 1 s"),
    ):
        got = in_turn(work, copy, _PAIRS)
        rows.append((name, f"{1000 * got.ours:.1f} ms", f"{1000 * got.baseline:.1f} ms", f"{got.ratio:.2f} ×", target))
    table("A power, against writing and reading its files", rows)
    table("News, against one `git ls-remote`", [_thousand(folder, files)])


def _thousand(folder: Path, files: dict[str, bytes]) -> tuple[str, str, str, str, str]:
    remote = BareRemote(folder / "tea.git")
    for version in ("1.2.0", "1.3.0"):
        remote.git("tag", f"v{version}", remote.commit(files))
    environment = clean_environment(folder)
    lock = Locked(name="tea", source=remote.url, version="1.2.0", range="^1")
    roots = [folder / "many" / str(number) for number in range(_REPOSITORIES)]
    for root in roots:
        (root / ".kiro").mkdir(parents=True)
        (root / ".kiro/power.lock").write_bytes(write_lock(Lock(powers=(lock,))))
    calls: list[object] = []

    async def ask() -> None:
        async with Children() as children:
            git = Git(children, home=folder / "home", environment=environment, observe=calls.append)
            signatures = Signatures(git, environment=environment, scratch=folder / "scratch")
            source: Callable[..., GitSource] = lambda wish: GitSource(  # noqa: E731
                git, wish.source, wanted=Wanted(name=wish.name), signatures=signatures, scratch=folder / "scratch"
            )
            once = AskedOnce(source)
            for root in roots:
                (standing,) = await Shelf(root, (), PowerStore(folder / "store"), once).standings()
                assert standing.is_outdated, standing

    def look() -> None:
        subprocess.run(["git", "ls-remote", "--tags", remote.url], check=True, capture_output=True, env=environment)

    got = in_turn(lambda: asyncio.run(ask()), look, _PAIRS)
    asked = len(calls) // (_PAIRS + 1)
    name = f"{_REPOSITORIES:,} repositories, one source: {asked} call{'s' if asked > 1 else ''} of git"
    return (name, f"{1000 * got.ours:.0f} ms", f"{1000 * got.baseline:.0f} ms", f"{got.ratio:.1f} ×", "1 call, ≤ 1 s")


if __name__ == "__main__":
    main()

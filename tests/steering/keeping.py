"""A power, a cache that keeps what it had, and a repository as plain values."""

from collections.abc import Mapping

from kiro_worker.power.lock import Locked, Synced
from kiro_worker.power.model import About, Power, hash_of, power_file


def power(version: str, files: Mapping[str, str], *, name: str = "standards") -> Power:
    """A power whose steering files are these."""
    made = (power_file(f"steering/{path}", text.encode()) for path, text in sorted(files.items()))
    return Power(about=About(name=name, version=version), files=tuple(made))


def locked(made: Power, *, synced: Power | None = None) -> Locked:
    """As a lock has it; with the version that was synchronized last."""
    before = None
    if synced is not None:
        hashes = {name: file.sha256 for name, file in synced.steering.items()}
        before = Synced(version=synced.about.version, files=hashes)
    return Locked(
        name=made.name, source="https://git.example/standards", version=made.about.version, files=dict(made.hashes),
        synced=before,
    )  # fmt: skip


class Shelf:
    """Powers that can be had, and how often one was asked for."""

    def __init__(self, *powers: Power, forgets: bool = False) -> None:
        self.powers = powers
        self.forgets = forgets
        self.asked = 0

    async def steering(self, wanted: Locked) -> Mapping[str, bytes]:
        self.asked += 1
        power = next(each for each in self.powers if wanted.holds(each))
        return {name: file.content for name, file in power.steering.items()}

    async def earlier(self, wanted: Locked, sha256: str) -> bytes | None:
        if self.forgets:
            return None
        known = {file.sha256: file.content for each in self.powers for file in each.files}
        assert all(hash_of(content) == value for value, content in known.items())
        return known.get(sha256)

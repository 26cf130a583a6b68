"""A power of standards for whole runs: a git repository with a tag for each version."""

from pathlib import Path

from kiro_worker.power.lock import Lock, Locked, Synced, write_lock
from kiro_worker.power.model import Power, entry
from kiro_worker.power.validate import judge
from kiro_worker.steering.region import BEGIN, END
from kiro_worker.testing.git_remote import BareRemote

PAGE = "---\nname: standards\ndescription: Ours.\nkeywords: [git]\n---\n# Standards\n"
ONE = "# Git\n\nOne change each.\n\nName the task.\n"
TWO = "# Git\n\nOne change each.\n\nName the task and the issue.\n"
OURS = f"{BEGIN}\nOur branches begin with x/.\n{END}\n"
GIT, CODE, CONFLICT = ".kiro/steering/git.md", ".kiro/steering/code.md", ".kiro/steering/code.conflict.md"


class Standards:
    """A power in a git repository, with a tag for each version."""

    def __init__(self, folder: Path) -> None:
        self.remote = BareRemote(folder / "standards.git")
        self.versions: list[str] = []

    def publish(self, version: str, **files: str) -> Power:
        texts = {
            "POWER.md": PAGE,
            "CHANGELOG.md": self.log(version),
            **{f"steering/{name}.md": text for name, text in files.items()},
        }
        self.remote.commit({path: text.encode() for path, text in texts.items()}, message=version)
        self.remote.git("tag", f"v{version}", "main")
        power = judge([entry(path, text.encode()) for path, text in texts.items()]).power
        assert power is not None
        return power

    def log(self, version: str) -> str:
        self.versions.insert(0, version)
        return "# Changelog\n\n" + "".join(f"## {each}\n\n- What {each} brings.\n\n" for each in self.versions)

    def lock(self, power: Power, version: str, synced: Power | None = None, was: str = "") -> bytes:
        before = {name: file.sha256 for name, file in synced.steering.items()} if synced else {}
        locked = Locked(
            name="standards", source=f"file://{self.remote.url}", version=version, files=dict(power.hashes),
            commit=self.remote.git("rev-parse", f"v{version}"), synced=Synced(version=was, files=before) if synced else None,
        )  # fmt: skip
        return write_lock(Lock(powers=(locked,)))

"""What was seen of one expedition: by the attacker, on the machine, on the remote, by people."""

import json
import os
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adversary.attack import Expedition
from e2e.world import BRANCH, Ran


@dataclass
class Seen:
    """What came of one expedition.

    Attributes:
        at_end: when the run's process was gone, on the same clock as what was told to the attacker's server.
        skipped: why it could not be made here.
        on_terminal: all that stood on the worker's terminal.
    """

    field: Any
    kind: str
    expedition: Expedition
    ran: Ran
    at_end: float = 0.0
    skipped: str = ""
    on_terminal: str = ""
    words: dict[str, str] = field(default_factory=dict)

    # What the attacker told

    def told(self, attack: str) -> list[Mapping[str, Any]]:
        return [told for _, told in self.field.drop.told if told.get("attack") == attack]

    def loot(self, attack: str) -> str:
        """All that it brought home, as text."""
        return json.dumps([told.get("got") for told in self.told(attack)])

    def got(self, attack: str, key: str) -> Any:
        for told in self.told(attack):
            if isinstance(told.get("got"), dict) and key in told["got"]:
                return told["got"][key]
        return None

    def has_secret(self, attack: str) -> bool:
        return any(secret in self.loot(attack) for secret in self.field.secrets.values())

    def beats_after_the_end(self, attack: str) -> int:
        return len(
            [
                1
                for at, told in self.field.drop.told
                if told.get("attack") == attack and "beat" in told and at > self.at_end + 0.6
            ]
        )

    # What is on the machine

    def sprung(self, attack: str) -> bool:
        return (self.field.sprung / attack).exists()

    @property
    def run_id(self) -> str:
        return str(self.ran.event("run.started")["run"])

    @property
    def run_folder(self) -> Path:
        return self.field.state / "runs" / self.run_id

    def kept(self, name: str) -> str:
        path = self.run_folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def every_kept_file(self) -> tuple[str, ...]:
        found = (path for path in self.run_folder.rglob("*") if path.is_file())
        return tuple(path.read_bytes().decode("utf-8", "replace") for path in found)

    @property
    def kept_size(self) -> int:
        return sum(path.stat().st_size for path in self.run_folder.rglob("*") if path.is_file())

    @property
    def programs_of_the_worker(self) -> tuple[os.stat_result, ...]:
        """Programs in trees that were kept, which would run with the worker's rights."""
        found = (path.lstat() for path in (self.field.state / "workspaces" / self.run_id).rglob("tool"))
        return tuple(told for told in found if told.st_mode & stat.S_ISUID and told.st_uid == os.geteuid())

    @property
    def owned(self) -> tuple[Path, ...]:
        """Files that a name of a file would have made, if a shell had read it."""
        places = (self.field.folder, self.field.home, self.run_folder, Path.cwd(), self.field.world.remote.path)
        return tuple(place / "owned" for place in places if (place / "owned").exists())

    # What is on the remote

    @property
    def branch_files(self) -> tuple[str, ...]:
        listed = self.field.world.remote.git("ls-tree", "-r", "-z", "--name-only", BRANCH)
        return tuple(name for name in listed.split("\0") if name)

    @property
    def branch_modes(self) -> frozenset[str]:
        listed = self.field.world.remote.git("ls-tree", "-r", "-z", BRANCH)
        return frozenset(row.split(" ")[0] for row in listed.split("\0") if row)

    def on_branch(self, path: str) -> str:
        return self.field.world.remote.read(path, BRANCH).decode("utf-8", "replace")

    @property
    def everything_pushed(self) -> bytes:
        """Every object of the remote, names of files and of refs included."""
        git = ["git", "-C", str(self.field.world.remote.path), "-c", "safe.directory=*"]
        objects = subprocess.run(
            [*git, "cat-file", "--batch-all-objects", "--batch"], capture_output=True, check=True
        ).stdout
        return objects + "\n".join(self.field.world.remote.refs()).encode()

    @property
    def proposal(self) -> str:
        """The pull request as a person reads it."""
        shown = self.command("pr", "show", BRANCH, "--repository", self.field.world.remote.url)
        return shown.out + shown.err

    @property
    def proposal_body(self) -> str:
        """The pull request's text, as the forge keeps it."""
        shown = self.command("pr", "show", BRANCH, "--repository", self.field.world.remote.url, "--json")
        return str(json.loads(shown.out)["body"])

    def command(self, *words: str) -> Ran:
        """What a person reads who calls the worker afterwards."""
        key = " ".join(words)
        if key not in self.words:
            ran = self.field.world.call(*words)
            self.words[key] = json.dumps([ran.status, ran.out, ran.err])
        status, out, err = json.loads(self.words[key])
        return Ran(status=status, out=out, err=err)

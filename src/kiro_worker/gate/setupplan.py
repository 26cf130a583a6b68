"""How a project is prepared: by a command of its people, or by its lock files."""

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Literal

from kiro_worker.config.settings import GateSettings
from kiro_worker.gate.command import find_program, spell, spell_script
from kiro_worker.gate.lockfile import Tree, installations
from kiro_worker.gate.port import Finding
from kiro_worker.gate.record import KNOWN_FOLDERS
from kiro_worker.process import Command
from kiro_worker.value import dataclass

_LOCKS = (
    "*.lock", "*.lockb", "*lock.json", "*lock.yaml", "npm-shrinkwrap.json", "*requirements*.txt", "requirements/*.txt",
    "package.json", "pyproject.toml", "setup.py", "setup.cfg", "go.mod", "go.sum", "Cargo.toml", "Gemfile",
    "composer.json", "pom.xml", "*.gradle", "*.gradle.kts", "build.sbt", "*constraints*.txt", ".terraform.lock.hcl",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPlan:
    """What is to be run, and what decides whether it has to be run again.

    Attributes:
        inputs: patterns of the files that decide the result.
        because: where the commands are from, for people.
        folders: dependency folders of the tree.
        programs: have to be on the search path.
        venv: as `Installation.venv`.
        users: whether the commands are the project's, not ours.
    """

    commands: tuple[tuple[str, ...], ...]
    because: str
    environment: Mapping[str, str]
    inputs: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    venv: Literal["", "pip", "bare", "itself"] = ""
    users: bool = False
    notes: tuple[Finding, ...] = ()

    def command_line(self) -> str:
        """The commands as a person would type them."""
        return " && ".join(str(Command(argv=words, cwd=Path())) for words in self.commands)

    def key(self, tree: Path, path: str) -> str:
        """A digest of all that decides the result: commands, lock files, and the programs that read them."""
        digest = sha256(repr((self.commands, sorted(self.environment.items()), self.venv)).encode())
        there = Tree(tree)
        for name in sorted({name for pattern in self.inputs for name in there.matching(pattern)}):
            digest.update(f"{name}\0".encode("utf-8", "surrogateescape") + sha256(there.body(name)).digest())
        for program in (*self.programs, "python3", "node"):
            found = find_program(program, path) if "/" not in program else None
            digest.update(f"{program}\0{_trace_of(found)}".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def plan_setup(
    tree: Path, settings: GateSettings, buildspec: tuple[str, ...], *, place: Path, environment: Mapping[str, str]
) -> SetupPlan:
    """The setting goes before the buildspec, and that before lock files; `none` is nothing at all."""
    words = settings.setup_command
    if words in {"none", ("none",)}:
        return SetupPlan(commands=(), because="switched off", environment={})
    if words:
        spelled = spell(words, path=environment.get("PATH", ""))
        return _of_people(spelled.argv, "gates.setup_command", tree, (spelled.note,) if spelled.note else ())
    if buildspec:
        return _of_people(spell_script(buildspec), "buildspec.yml", tree, ())
    found = installations(tree)

    def fill(text: str) -> str:
        return text.replace("{venv}", str(place / "venv")).replace("{place}", str(place))

    return SetupPlan(
        commands=tuple(tuple(fill(word) for word in words) for one in found for words in one.commands),
        because=", ".join(one.lock for one in found),
        environment={name: fill(value) for one in found for name, value in one.environment.items()},
        inputs=tuple(pattern for one in found for pattern in one.inputs),
        folders=tuple(folder for one in found for folder in one.folders),
        programs=tuple(one.program for one in found if one.program),
        venv=next((one.venv for one in found if one.venv), ""),
    )


def _of_people(argv: tuple[str, ...], because: str, tree: Path, notes: tuple[Finding, ...]) -> SetupPlan:
    # `pip install` in a Python project's own command goes into an environment of the worker's, not into the machine.
    there = Tree(tree)
    python = there.first("pyproject.toml", "setup.py", "setup.cfg") or there.matching("*requirements*.txt")
    return SetupPlan(
        commands=(argv,),
        because=because,
        environment={},
        inputs=_LOCKS,
        folders=KNOWN_FOLDERS,
        venv="pip" if python else "",
        users=True,
        notes=notes,
    )


def _trace_of(program: str | None) -> str:
    """What changes when a program is replaced; asking each for its version would take longer than some set-ups."""
    if program is None:
        return ""
    real = os.path.realpath(program)
    status = Path(real).stat()
    return f"{real} {status.st_size} {status.st_mtime_ns}"

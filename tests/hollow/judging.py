"""Judges cases: by what is read of their change alone, or whole, with real git, real trees and real tools."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hollow.case import Case, Hollow, Honest
from hollow.change import change_of
from hollow.tools import python_in
from kiro_worker.changeset import ChangeSet
from kiro_worker.gate.intent import Intent
from kiro_worker.gate.port import Color, GateResult
from kiro_worker.gate.tamper import Asking, asked_by, judge_tamper
from kiro_worker.git.hunks import hunks_of
from kiro_worker.run.intent import intent_of
from kiro_worker.spec import read_spec

_BLOCKING = frozenset({Color.RED, Color.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the gates said of a case."""

    results: tuple[GateResult, ...]
    seconds: float = 0.0

    @property
    def blocking(self) -> Iterator[GateResult]:
        """The gates that stand in its way."""
        return (result for result in self.results if result.color in _BLOCKING)

    def found(self) -> Iterator[str]:
        """What stands in its way, a line for each finding: `gate code path:line title`."""
        for result in self.blocking:
            for finding in result.findings:
                yield f"{result.gate} {finding.code} {finding.path}:{finding.line} {finding.title}"
            if not result.findings:
                yield f"{result.gate} {result.color} {result.summary}"

    def told(self) -> set[str]:
        """The codes of everything that was found, blocking or not."""
        return {finding.code for result in self.results for finding in result.findings}


def why_missed(case: Hollow, said: Said) -> str:
    """Why a hollow case counts as missed; empty when it was caught, for the right reason."""
    by = [result for result in said.blocking if result.gate in case.by]
    if not by:
        others = ", ".join(said.found())
        return f"none of {', '.join(case.by)} blocks" + (f", only: {others}" if others else "")
    if case.at and not any(case.at in (finding.path, *finding.title.split()) for r in by for finding in r.findings):
        return f"no finding names {case.at}: {', '.join(said.found())}"
    return ""


def why_alarmed(case: Honest, said: Said) -> str:
    """What stands in the way of an honest case; empty when nothing does."""
    return ", ".join(said.found())


def asked_for(case: Case) -> Intent:
    """What the spec of a case asks for, read as a run reads it."""
    return intent_of(read_spec("hollow", {"tasks.md": f"# Plan\n\n{case.task}".encode()}), ".kiro/specs/hollow")


def read(case: Case) -> Said:
    """Judge by what is read of the change alone."""
    intent, began = asked_for(case), time.monotonic()
    asked = asked_by(Asking(tasks=intent.tasks, criteria=intent.criteria))
    result = judge_tamper(change_of(case), "block", asked=asked)
    return Said(results=(result,), seconds=time.monotonic() - began)


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A case as a repository: its tree is at the head of the branch."""

    tree: Path
    change: ChangeSet


def lay(case: Case, place: Path) -> Laid:
    """Make the repository of a case: one commit for the base, one for the branch."""
    tree = place / "tree"
    _write(tree, case.before)
    git = _git(tree, place)
    git("init", "-q", "--template=", "--initial-branch=main")
    git("add", "-A")
    git("commit", "-q", "-m", "The base")
    for path in set(case.before) - set(case.after):
        (tree / path).unlink()
    _write(tree, case.after)
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", "The branch")
    base, base_tree, head = git("rev-parse", "HEAD~1", "HEAD~1^{tree}", "HEAD").split()
    change = change_of(case, base=base, head=head, base_tree=base_tree)
    hunks = hunks_of(git("diff", "-U0", "--no-renames", base, head).encode())
    assert {file.path for file in change if file.hunks} == {path.decode() for path in hunks}
    return Laid(tree=tree, change=change)


def _write(tree: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, encoding="utf-8")


def _git(tree: Path, home: Path):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{
            f"GIT_{who}_{what}": f"{what.lower()}@example"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }

    def git(*words: str) -> str:
        words = ("git", "-c", "maintenance.auto=false", *words)
        over = subprocess.run(words, cwd=tree, env=environment, capture_output=True, text=True, check=True)
        return over.stdout

    return git


def missing_tools(case: Case) -> str:
    """Which program this machine lacks for a case; empty when it has all."""
    return ", ".join(program for program in case.base.needs if shutil.which(program) is None)


def search_path(case: Case, tools: Path) -> str:
    """Where the programs of a case are looked for: its Python first, and nothing of this project's own."""
    others = {str(Path(found).parent) for program in case.base.needs if (found := shutil.which(program))}
    return ":".join((str(python_in(tools, bare=case.base.bare)), "/usr/bin", "/bin", *sorted(others)))

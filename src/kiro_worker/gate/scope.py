"""Whether a branch changes only what its tasks are about: files that nobody named are told, one by one."""

import posixpath
import re
from collections.abc import Iterable
from typing import Literal

from kiro_worker.changeset import ChangedFile, ChangeSet, How
from kiro_worker.expression import expression
from kiro_worker.gate.kind import FileKind, kind_of
from kiro_worker.gate.port import Color, Finding, GateResult
from kiro_worker.policy.scope import is_named

_MOST = 50
_DOTTED = expression(r"\b([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)\b")
#: Files that come with others: a lock with its manifest, the marker of a package with its modules.
_COMES_WITH = {
    "package-lock.json": ("package.json",), "yarn.lock": ("package.json",), "pnpm-lock.yaml": ("package.json",),
    "bun.lock": ("package.json",), "bun.lockb": ("package.json",), "poetry.lock": ("pyproject.toml",),
    "uv.lock": ("pyproject.toml",), "pdm.lock": ("pyproject.toml",), "Pipfile.lock": ("Pipfile",),
    "Cargo.lock": ("Cargo.toml",), "go.sum": ("go.mod",), "Gemfile.lock": ("Gemfile",),
    "composer.lock": ("composer.json",),
}  # fmt: skip
#: What decides how a project is built, tested, released or owned.
_OF_WEIGHT = expression(
    r"\.github/.*|\.gitlab-ci\.yml|\.circleci/.*|(?:.*/)?(?:Jenkinsfile|buildspec\.ya?ml|CODEOWNERS|Dockerfile|Makefile)"
    r"|\.gitattributes|\.gitmodules|\.kiro/(?!specs/).*|(?:.*/)?(?:\.npmrc|\.pypirc|pip\.conf)"
)


def judge_scope(
    change: ChangeSet, setting: Literal["block", "tell"], *, named: Iterable[str], text: str = "", spec: str = ""
) -> GateResult:
    """List the changed files that no task names.

    Tests and documents of what is named belong to it. Where no task names a file, nothing can be held against them.

    Args:
        change: all that the branch does.
        setting: `gates.scope`.
        named: the paths that the tasks name; see `policy.scope.paths_named`.
        text: the tasks' own words, in which modules may be named with dots.
        spec: the folder of the spec, which the worker itself changes.
    """
    wanted = (*named, *(f"{dotted.replace('.', '/')}.py" for dotted in _DOTTED.findall(text)))
    if not wanted:
        return GateResult(gate="scope", color=Color.NOT_APPLICABLE, summary="no task names a file")
    # What lies in a folder that is named has its tests too.
    wanted += tuple(file.path for file in change if kind_of(file.path) is FileKind.CODE and is_named(file.path, wanted))
    surprises = [file for file in change if not _belongs(file, change, wanted, spec)]
    findings = tuple(_finding(file) for file in surprises[:_MOST])
    blocks = bool(surprises) and setting == "block"
    return GateResult(
        gate="scope",
        color=Color.RED if blocks else Color.GREEN,
        summary=_summary(len(surprises), len(change)),
        findings=findings,
    )


def _belongs(file: ChangedFile, change: ChangeSet, wanted: tuple[str, ...], spec: str) -> bool:
    path = file.path
    if spec and path.startswith(f"{spec.rstrip('/')}/"):
        return True
    if is_named(path, wanted):
        return True
    if _OF_WEIGHT.fullmatch(path):
        return False
    kind = kind_of(path)
    if kind is FileKind.DOCS or (
        kind in {FileKind.TEST, FileKind.TEST_SUPPORT, FileKind.SNAPSHOT} and file.how is How.ADDED
    ):
        return True
    return _comes_along(path, file, change, wanted)


def _comes_along(path: str, file: ChangedFile, change: ChangeSet, wanted: tuple[str, ...]) -> bool:
    folder, name = posixpath.split(path)
    if name in _COMES_WITH:
        return any(posixpath.join(folder, manifest) in change.by_path for manifest in _COMES_WITH[name])
    if name in {"__init__.py", "py.typed", "mod.rs", "index.ts", "index.js", "lib.rs"} and (
        file.how is How.ADDED or name != "lib.rs"
    ):
        below = (each.path for each in change if each.path.startswith(f"{folder}/") and each.path != path)
        return any(is_named(each, wanted) for each in below)
    # A file of tests that goes with one that is named: its data, its snapshot.
    stem = re.sub(r"^test_|\.(?:snap|ambr)$|(?:[._-](?:test|spec))?\.[cm]?[jt]sx?(?:\.snap)?$", "", name)
    return kind_of(path) is FileKind.SNAPSHOT and any(stem and stem in posixpath.basename(each) for each in wanted)


def _finding(file: ChangedFile) -> Finding:
    done = {How.ADDED: "added", How.DELETED: "deleted"}.get(file.how, "changed")
    weighty = "; it decides how the project is built, checked or owned" if _OF_WEIGHT.fullmatch(file.path) else ""
    return Finding(
        code="scope.surprise",
        title=f"{file.path}: {done}, and no task names it{weighty}",
        path=file.path,
        line=min(file.added, default=0),
        cure="Take it back, or name it in the task that needs it.",
    )


def _summary(surprises: int, total: int) -> str:
    if not surprises:
        return "the tasks are about every changed file"
    return f"{surprises} of {total} changed files are named by no task"

"""Evidence of a branch held against a commit of the clone that a person, or a build, stands in."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.repository import git_secrets
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.changeset import Hunk
from kiro_worker.config.settings import Config
from kiro_worker.error import Fault, WorkerError
from kiro_worker.evidence.model import Evidence
from kiro_worker.evidence.place import Places
from kiro_worker.evidence.reading import read_evidence
from kiro_worker.evidence.staleness import Aged, Later, age
from kiro_worker.gate.port import TestCase
from kiro_worker.git import Git
from kiro_worker.git.hunks import hunks_of
from kiro_worker.git.object import FILE, PROGRAM, hash_name
from kiro_worker.git.reader import ObjectReader
from kiro_worker.ids import Oid
from kiro_worker.run.start import Whence, find_source, look_around
from kiro_worker.spec.spec import BUGFIX, CONFIG, DESIGN, REQUIREMENTS, read_spec
from kiro_worker.spec.task_file import TASK_FILE
from kiro_worker.value import dataclass
from kiro_worker.workspace.evidence import evidence_ref, fetch_evidence

_PATCH = ("-p", "-U0", "-r", "--src-prefix=a/", "--dst-prefix=b/", "--no-renames", "--no-ext-diff", "--no-textconv")


class EvidenceMissing(WorkerError):
    """Nothing is kept for the branch."""

    code = "evidence.missing"
    fault = Fault.CONFIG

    def __init__(self, *, branch: str, url: str) -> None:
        super().__init__(
            f"No evidence is kept for the branch {branch} on {url}.",
            next_step=f"The worker keeps it when it has judged the branch: kiro-worker run --branch {branch}",
        )


class EvidenceNowhere(WorkerError):
    """It is not known which branch, or which commit, is meant."""

    code = "evidence.nowhere"
    fault = Fault.CONFIG


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asked for.

    Attributes:
        folder: where they stand.
        branch: whose evidence; empty is the one that is checked out.
        at: the commit that it is held against, as git calls it.
    """

    folder: Path
    remote: str = "origin"
    branch: str = ""
    at: str = "HEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A clone, the branch that is meant, and a commit of it.

    Attributes:
        settings: those that are known without the repository.
        git_dir: where its objects are read.
        url: of the remote, without credentials.
    """

    settings: Config
    git: Git
    git_dir: Path
    url: str
    branch: str
    commit: Oid


class Relation(StrEnum):
    """How the commit that is looked at stands to the one that was judged."""

    SAME = "same"
    AFTER = "after"
    BEFORE = "before"
    APART = "apart"  #: each has commits that the other lacks
    UNKNOWN = "unknown"  #: the commit that was judged is not in the clone


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinship:
    """The relation, and the commits that lie between.

    Attributes:
        after: commits that it has and the judged one lacks.
        before: commits that it lacks and the judged one has.
    """

    relation: Relation
    after: int = 0
    before: int = 0


async def find_clone(shop: Workshop, wanted: Wanted) -> Clone:
    """The clone around a folder; nothing in it is written.

    Raises:
        EvidenceNowhere: no branch is checked out and none was named, or there is no such commit.
        WorkerError: it is no clone, or has no such remote.
    """
    whence = Whence(folder=wanted.folder, remote=wanted.remote, new_branch=True)
    clone = await look_around(whence, shop.git)
    source = await find_source(whence, shop.git, clone)
    assert clone is not None
    branch = wanted.branch or clone.branch
    if not branch:
        raise EvidenceNowhere(
            f"No branch is checked out in {clone.top}, so it is not known whose evidence is meant.",
            next_step="Name the branch: --branch NAME",
        )
    settings = early_settings(shop.machine, {})
    # Before anything can be written: what stands in a file is in no variable that the redactor knows.
    shop.keep_out(shop.machine.filed(settings.forge.token_variable, settings.forge.private_key_variable))
    await fetch_credentials(shop, settings)
    there = await shop.git.ask(("rev-parse", "--absolute-git-dir"), cwd=clone.top)
    found = await shop.git.ask(
        ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{wanted.at}^{{commit}}"),
        cwd=clone.top,
        accept=(0, 1, 128),
    )
    commit = found.stdout.decode("utf-8", "replace").split()[-1:]
    if found.status or not commit:
        raise EvidenceNowhere(
            f"{clone.top} has no commit {wanted.at}.", next_step="Fetch it, or name another one: --at COMMIT"
        )
    return Clone(
        settings=settings,
        git=shop.git.with_secrets(git_secrets(shop, source, settings)),
        git_dir=Path(there.stdout.rstrip(b"\n").decode("utf-8", "surrogateescape")),
        url=source.url,
        branch=branch,
        commit=Oid(commit[0]),
    )


async def kept_evidence(clone: Clone) -> Evidence:
    """What is kept for the branch on the remote.

    Raises:
        EvidenceMissing: nothing is.
        EvidenceUnreadable: it is none.
    """
    algorithm = hash_name(clone.commit)
    content = await fetch_evidence(clone.git, clone.url, clone.branch, algorithm=algorithm)
    if content is None:
        raise EvidenceMissing(branch=clone.branch, url=clone.url)
    return read_evidence(content, place=evidence_ref(clone.branch))


async def held_against(clone: Clone, evidence: Evidence) -> Aged:
    """What the evidence is worth at the clone's commit."""
    reader = ObjectReader(clone.git, clone.git_dir)
    try:
        tree = await reader.tree_of(clone.commit)
        assert tree is not None
        paths = await reader.paths(tree)
        names = _documents(evidence.spec)
        contents = {path: await _content(reader, tree, path) for path in (*names, *_bound(evidence, paths))}
        moved = await _moved(clone, evidence, reader)
    finally:
        await reader.close()
    files = {name.rpartition("/")[2]: content for name in names if (content := contents[name]) is not None}
    later = Later(
        criteria=_criteria(evidence, files),
        read=contents.get,
        paths=paths,
        moved=lambda path: None if moved is None else moved.get(path.encode("utf-8", "surrogateescape"), ()),
    )
    return await asyncio.to_thread(age, evidence, later)


async def kinship_of(clone: Clone, evidence: Evidence) -> Kinship:
    """How the clone's commit stands to the one that the evidence is of."""
    if evidence.head == clone.commit:
        return Kinship(relation=Relation.SAME)
    if not _is_id(evidence.head, clone):
        return Kinship(relation=Relation.UNKNOWN)
    between = ("rev-list", "--count", "--left-right", "--end-of-options", f"{evidence.head}...{clone.commit}")
    try:
        over = await clone.git.run(between, git_dir=clone.git_dir)
    except WorkerError:
        return Kinship(relation=Relation.UNKNOWN)
    before, after = map(int, over.stdout.split())
    relation = Relation.APART if before and after else Relation.AFTER if after else Relation.BEFORE
    return Kinship(relation=relation, after=after, before=before)


def _is_id(head: str, clone: Clone) -> bool:
    return head.isalnum() and len(head) == len(clone.commit)


def _documents(spec: str) -> tuple[str, ...]:
    if spec == TASK_FILE:
        return (TASK_FILE,)
    return tuple(f".kiro/specs/{spec}/{name}" for name in (REQUIREMENTS, BUGFIX, DESIGN, CONFIG))


def _criteria(evidence: Evidence, files: Mapping[str, bytes]) -> Mapping[str, str]:
    if evidence.spec == TASK_FILE and not files:
        # The worker took the file off the branch when all was done: nobody changed what it asked for.
        return {each.id: each.text for each in evidence.criteria}
    return {each.id: each.full_text for each in read_spec(evidence.spec, files).criteria}


def _bound(evidence: Evidence, paths: frozenset[str]) -> frozenset[str]:
    """The files that evidence speaks of, as far as they are there."""
    places = Places(paths)
    found = {file.path for criterion in evidence.criteria for file in criterion.files}
    for criterion in evidence.criteria:
        for test in criterion.tests:
            suite, parted, name = test.id.partition("::")
            case = TestCase(name=name if parted else suite, suite=suite if parted else "", path=test.path)
            found.update(places.of(case))
    return frozenset(found & paths)


async def _content(reader: ObjectReader, tree: Oid, path: str) -> bytes | None:
    entry = await reader.entry(tree, path.encode("utf-8", "surrogateescape"))
    if entry is None or entry.mode not in {FILE, PROGRAM}:
        return None
    found = await reader.find(entry.oid)
    return found.content if found is not None else None


async def _moved(clone: Clone, evidence: Evidence, reader: ObjectReader) -> Mapping[bytes, tuple[Hunk, ...]] | None:
    """The lines that changed since the evidence was made; None where that commit is not in the clone."""
    head = evidence.head
    if not _is_id(head, clone) or await reader.tree_of(Oid(head)) is None:
        return None
    try:
        over = await clone.git.run(
            ("diff-tree", *_PATCH, "--end-of-options", head, clone.commit), git_dir=clone.git_dir
        )
    except WorkerError:
        return None
    return await asyncio.to_thread(hunks_of, over.stdout)

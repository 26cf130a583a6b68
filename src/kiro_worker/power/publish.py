"""Publishing a power: everything is checked, then its version becomes a tag, and the tag is pushed."""

from pathlib import Path

from kiro_worker.git.local import LocalClone, look_at_clone
from kiro_worker.git.program import Git
from kiro_worker.git.remote import RefUpdate, look, push
from kiro_worker.ids import Oid
from kiro_worker.power.build import build
from kiro_worker.power.changelog import changes_between, mentions
from kiro_worker.power.fault import NotPublishable, PowerRefused, TagLost
from kiro_worker.power.model import CHANGELOG, Power
from kiro_worker.power.render import SOURCE
from kiro_worker.power.source.folder import read_folder
from kiro_worker.power.validate import judge
from kiro_worker.power.version import Version, version_or_none
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is published, or would be.

    Attributes:
        tag: `v1.2.0` for a power at its repository's root, else `<name>/v1.2.0`.
        changes: the part of the changelog that the tag's message holds.
    """

    name: str
    version: str
    tag: str
    remote: str
    commit: str
    signed: bool
    changes: str


async def publish(git: Git, folder: Path, *, remote: str, sign: bool, write: bool) -> Publication:
    """Check a power, tag its version and push the tag.

    Args:
        git: runs git; tagging and signing are done with the user's own configuration.
        folder: the power's, in a clone.
        remote: the name of the clone's remote.
        sign: make a signed tag, with the key that the user's git is set up with.
        write: do it; otherwise only check.

    Raises:
        NotPublishable: something is not ready; nothing was done.
        PowerRefused: the power is not sound.
        TagLost: the remote did not take the tag, and it is gone here again.
    """
    power, version = _ready(folder)
    top = (await look_at_clone(git, folder)).top
    inside = folder.resolve().relative_to(top.resolve()).as_posix()
    clone = await look_at_clone(git, folder, under=inside)
    url = await _pushed(git, power.name, clone, remote)
    tag = f"v{version}" if inside == "." else f"{power.name}/v{version}"
    speaking = git.with_secrets(clone.secrets.get(remote, {}))
    there = await look(speaking, url, f"refs/tags/{tag}")
    if there.refs:
        cure = f"Raise `version:` in {SOURCE} and write what changed into {CHANGELOG}."
        raise NotPublishable(power.name, f"{remote} has the tag {tag} already", cure=cure)
    log = (power.find(CHANGELOG) or b"").decode("utf-8", "replace")
    plan = Publication(
        name=power.name,
        version=str(version),
        tag=tag,
        remote=url,
        commit=clone.head or "",
        signed=sign,
        changes=changes_between(log, _before(version), version),
    )
    if write:
        await _tag(git, speaking, clone, plan)
    return plan


def _before(version: Version) -> Version:
    """Something that comes just before a version, so that only its own part is taken."""
    return Version(version.major, version.minor, version.patch, ("0",)) if not version.pre else Version(0, 0, 0, ("0",))


def _ready(folder: Path) -> tuple[Power, Version]:
    entries = read_folder(folder)
    name = folder.name
    if any(each.path == SOURCE for each in entries):
        built = build(folder, write=False)
        if not built.is_current:
            stale = ", ".join((*built.written, *built.removed)[:3])
            raise NotPublishable(built.name, f"{stale} are not what the source makes", cure="kiro-worker power build")
    judged = judge(entries)
    if judged.power is None:
        raise PowerRefused(str(folder), judged.findings)
    name = judged.power.name
    secrets = [finding for finding in judged.findings if finding.code == "package.secret"]
    if secrets:
        raise NotPublishable(name, str(secrets[0]), cure="Take it out; what was published cannot be taken back.")
    version = version_or_none(judged.power.about.version)
    if version is None:
        raise NotPublishable(name, "it states no semantic version", cure=f"Write `version: 1.0.0` into {SOURCE}.")
    if not mentions((judged.power.find(CHANGELOG) or b"").decode("utf-8", "replace"), version):
        cure = f"Write `## {version}` and below it what changed; people see it when they update."
        raise NotPublishable(name, f"{CHANGELOG} has no part about {version}", cure=cure)
    return judged.power, version


async def _pushed(git: Git, name: str, clone: LocalClone, remote: str) -> str:
    if clone.uncommitted:
        told = ", ".join(clone.uncommitted[:3])
        raise NotPublishable(name, f"{told} are not committed", cure="Commit them first.")
    url = clone.urls.get(remote, "")
    if not url:
        others = ", ".join(clone.urls) or "none"
        raise NotPublishable(name, f"there is no remote {remote} ({others})", cure="Name one: --remote NAME")
    # Not by the branch's upstream: a build has checked out a commit and no branch.
    head, where = clone.head or "HEAD", f"refs/remotes/{remote}/"
    known = await git.ask(
        ("for-each-ref", "--count=1", f"--contains={head}", where), cwd=clone.top, accept=(0, 1, 128, 129)
    )
    if clone.head is None or not known.ok or not known.stdout.strip():
        raise NotPublishable(name, "the commit that is checked out is not pushed", cure="git push")
    return url


async def _tag(git: Git, speaking: Git, clone: LocalClone, plan: Publication) -> None:
    message = f"{plan.name} {plan.version}\n\n{plan.changes}\n"
    # A user's `tag.gpgSign` must not decide otherwise than what was asked for.
    how = ("-s",) if plan.signed else ("--no-sign", "-a")
    await git.ask(("tag", *how, "--cleanup=verbatim", "-m", message, plan.tag, plan.commit), cwd=clone.top)
    ref = f"refs/tags/{plan.tag}"
    told = await git.ask(("rev-parse", "--verify", ref), cwd=clone.top)
    where = await git.ask(("rev-parse", "--absolute-git-dir"), cwd=clone.top)
    update = RefUpdate(ref=ref, new=Oid(told.stdout.decode().strip()), expected=None)
    words, arrived = "", False
    try:
        answer = await push(speaking, plan.remote, (update,), git_dir=Path(where.stdout.decode().rstrip("\n")))
        words, arrived = answer.words, answer.moved
    finally:
        if not arrived:
            await git.ask(("tag", "-d", plan.tag), cwd=clone.top)
    if not arrived:
        raise TagLost(plan.tag, plan.remote, words)

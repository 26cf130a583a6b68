"""Where evidence is kept on the remote: a blob under a ref beside each branch, for anybody who has a clone."""

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path

from kiro_worker.git import Git, object_id, remote_url
from kiro_worker.git.name import BadName
from kiro_worker.ids import Oid

EVIDENCE = "refs/kiro-worker/evidence/"
_LONGEST = 200


def evidence_ref(branch: str) -> str:
    """The ref that holds the evidence of a branch; it outlives the branch, so it must not be in any other's way.

    >>> evidence_ref("kiro/login")
    'refs/kiro-worker/evidence/kiro%2Flogin'
    """
    name = branch.replace("%", "%25").replace("/", "%2F")
    if len(name.encode("utf-8", "surrogateescape")) > _LONGEST:
        # Refs are files on most remotes, and a file's name has its limit.
        digest = hashlib.sha256(branch.encode("utf-8", "surrogateescape")).hexdigest()
        name = f"{name[:40].rstrip('.%')}%.{digest}"
    return EVIDENCE + name


class LastEvidence:
    """What this machine last put under a ref of evidence, so that the next push need not look first.

    It is a guess: the push compares it with what stands on the remote, and where another machine was there since, or
    this is lost or wrong, somebody has to look.

    Args:
        mirror: of the remote; the note lies in it and goes with it.
        ref: see `evidence_ref`.
    """

    def __init__(self, mirror: Path, ref: str) -> None:
        self._note = mirror / "kiro-worker" / "evidence" / ref.removeprefix(EVIDENCE)

    def read(self) -> Oid | None:
        """Which blob it was; None where nothing is noted, or nothing that could be one."""
        try:
            return object_id(self._note.read_text("ascii"))
        except (OSError, ValueError, BadName):
            return None

    def write(self, oid: Oid) -> None:
        """Note it, if that can be done."""
        with suppress(OSError):
            self._note.parent.mkdir(exist_ok=True)
            self._note.write_text(oid, "ascii")


async def fetch_evidence(git: Git, url: str, branch: str, *, algorithm: str) -> bytes | None:
    """What is kept for a branch on the remote; None where nothing is. No repository of anybody's is written to.

    Args:
        git: runs the commands, with what the remote wants to see.
        url: the remote.
        branch: whose evidence it is.
        algorithm: the repository's hash.

    Raises:
        GitFailed: or the subclass that fits.
        ObjectTooLarge: it has more than 16 MiB.
    """
    from kiro_worker.git import look
    from kiro_worker.git.reader import ObjectReader

    ref = evidence_ref(branch)
    remote = await git.retrying(lambda: look(git, url, ref))
    if ref not in remote.refs:
        return None
    with tempfile.TemporaryDirectory(prefix="kiro-worker-") as folder:
        store = Path(folder)
        await git.run(("init", "--quiet", "--bare", "--template=", f"--object-format={algorithm}", str(store)))
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options")
        await git.run(("fetch", *options, remote_url(url), f"+{ref}:{ref}"), git_dir=store, network=True)
        reader = ObjectReader(git, store)
        try:
            found = await reader.find(ref)
        finally:
            await reader.close()
    return found.content if found is not None and found.kind == "blob" else b""

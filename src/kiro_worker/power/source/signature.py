"""Signatures of powers: a tag of git's, or a signature beside an archive; against the one key that is pinned.

A key is an OpenSSH public key as it stands in an `authorized_keys` (`ssh-ed25519 AAAA…`), or the fingerprint of an
OpenPGP key in the user's own keyring (40 hex digits; only for tags). The programs that check are git, ssh-keygen and
gpg themselves; no cryptography is ours.
"""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from kiro_worker.git.program import Git
from kiro_worker.power.fault import SignatureUnfit
from kiro_worker.power.source.scratch import scratch_folder
from kiro_worker.process import Command, Limits

# What `ssh-keygen -Y sign -n` has to be given for an archive.
NAMESPACE = "kiro-worker-power"
_SSH_KEY = re.compile(
    r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]{40,4000}={0,3}"
)
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{40}")
_LIMITS = Limits(wall=60, kept_output=64 * 1024)


def plain_key(text: str) -> str:
    """A pinned key in the form that is compared and kept: without its comment; empty when it is none.

    >>> plain_key("0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567")
    '0123456789ABCDEF0123456789ABCDEF01234567'
    """
    joined = "".join(text.split()).upper()
    if _FINGERPRINT.fullmatch(joined):
        return joined
    words = " ".join(text.split()[:2])
    return words if _SSH_KEY.fullmatch(words) else ""


class Signatures:
    """Checks.

    Args:
        git: runs git, and owns the processes.
        environment: PATH, and what leads to the user's own OpenPGP keyring.
        scratch: a folder of the worker's own.
    """

    def __init__(self, git: Git, *, environment: Mapping[str, str], scratch: Path) -> None:
        self._git = git
        self._own = environment
        self._scratch = scratch

    async def check_tag(self, git_dir: Path, ref: str, *, key: str, source: str) -> None:
        """See to it that a tag is signed by a key, and that it is the tag that it says it is.

        Raises:
            SignatureUnfit: it is not.
        """
        told = await self._git.run(("cat-file", "tag", ref), git_dir=git_dir, accept=(0, 128))
        if told.status:
            raise SignatureUnfit(source, f"{_short(ref)} is a plain tag, which cannot be signed")
        head = told.stdout.split(b"\n\n", 1)[0].decode("utf-8", "replace").splitlines()
        # An old version's tag, signed and all, could be put in a newer one's place.
        if f"tag {_short(ref)}" not in head:
            raise SignatureUnfit(source, f"the tag at {_short(ref)} was signed as another one")
        if _FINGERPRINT.fullmatch(key):
            await self._by_openpgp(git_dir, ref, key, source)
        else:
            await self._by_ssh(git_dir, ref, key, source)

    async def _by_ssh(self, git_dir: Path, ref: str, key: str, source: str) -> None:
        with self._folder() as folder:
            known = folder / "signers"
            known.write_text(f'power namespaces="git" {key}\n', "utf-8")
            settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={known}")
            args = (*settings, "verify-tag", "--raw", ref)
            # Away from any keyring: a tag that OpenPGP signed is not signed by this key.
            over = await self._git.run(
                args, git_dir=git_dir, environment={"GNUPGHOME": str(folder)}, accept=range(256), limits=_LIMITS
            )
        if over.status or b'Good "git" signature for power ' not in over.stderr + over.stdout:
            raise SignatureUnfit(source, _words(over.stderr) or f"{_short(ref)} has no signature of it")

    async def _by_openpgp(self, git_dir: Path, ref: str, key: str, source: str) -> None:
        keyring = self._own.get("GNUPGHOME") or str(Path(self._own.get("HOME", "/nonexistent")) / ".gnupg")
        args = ("-c", "gpg.format=openpgp", "verify-tag", "--raw", ref)
        over = await self._git.run(
            args, git_dir=git_dir, environment={"GNUPGHOME": keyring}, accept=range(256), limits=_LIMITS
        )
        valid = [
            line.split()[2:] for line in over.stderr.decode("utf-8", "replace").splitlines() if " VALIDSIG " in line
        ]
        # The signing key is the first word, the key that it belongs to the last.
        if over.status or not any(key.upper() in {words[0], words[-1]} for words in valid if words):
            raise SignatureUnfit(source, _words(over.stderr) or f"{_short(ref)} has no signature of it")

    async def check_bytes(self, whole: bytes, signature: bytes | None, *, key: str, source: str) -> None:
        """See to it that an archive is signed by a key.

        Raises:
            SignatureUnfit: it is not.
        """
        if _FINGERPRINT.fullmatch(key):
            raise SignatureUnfit(source, "an archive is signed by an OpenSSH key; pin one")
        if not signature:
            raise SignatureUnfit(source, "there is no signature beside it, by the same name with .sig")
        with self._folder() as folder:
            known, signed = folder / "signers", folder / "signature"
            known.write_text(f'power namespaces="{NAMESPACE}" {key}\n', "utf-8")
            signed.write_bytes(signature)
            argv = ("ssh-keygen", "-Y", "verify", "-f", str(known), "-I", "power", "-n", NAMESPACE, "-s", str(signed))
            command = Command(argv=argv, cwd=folder, environment={"PATH": self._own.get("PATH", "")}, stdin=whole)
            over = await self._git.children.run(command, _LIMITS, whole_tree=False)
        if not over.ok:
            raise SignatureUnfit(source, _words(over.stdout + over.stderr))

    def _folder(self) -> AbstractContextManager[Path]:
        return scratch_folder(self._scratch, "signature-")


def _short(ref: str) -> str:
    return ref.removeprefix("refs/tags/")


def _words(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").splitlines()
    return next((line.strip()[:200] for line in lines if line.strip() and not line.startswith("[GNUPG:]")), "")

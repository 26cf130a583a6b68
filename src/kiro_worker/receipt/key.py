"""Ed25519 keys in the files that everybody's tools know: PEM with PKCS #8 inside, and SubjectPublicKeyInfo."""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.receipt.fault import KeyThere, KeyUnusable, KeyUnwritable, LibraryMissing
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE_NAME = "receipt.key"
PUBLIC_NAME = "receipt.pub"

# The variable that holds the private key, or with _FILE at its end the path of its file.
SECRET_NAME = "KIRO_RECEIPT_PRIVATE_KEY"  # noqa: S105  # a variable's name

_RAW_BYTES = 32
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One side of a pair: it checks."""

    raw: bytes

    @property
    def fingerprint(self) -> str:
        """What people compare."""
        return f"sha256:{hashlib.sha256(self.raw).hexdigest()}"

    def holds(self, signature: bytes, statement: bytes) -> bool:
        """Whether the other side of the pair signed exactly this.

        Raises:
            LibraryMissing: it cannot be found out here.
        """
        try:
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        except ImportError as error:
            raise LibraryMissing from error
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, statement)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The other side: it signs. See `closing.Signer`."""

    _key: "Ed25519PrivateKey" = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """See `Signer.public_key`."""
        return self._key.public_key().public_bytes_raw()

    @property
    def key(self) -> str:
        """See `Signer.key`."""
        return PublicKey(self.public_key).fingerprint

    def sign(self, statement: bytes) -> bytes:
        """See `Signer.sign`."""
        return self._key.sign(statement)


def private_key(pem: str, *, source: str) -> PrivateKey:
    """Read a private key.

    Raises:
        KeyUnusable: it is none, or one of another kind, or locked with a password.
        LibraryMissing: the library that reads it is not installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise LibraryMissing from error
    try:
        found = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise KeyUnusable(source=source, reason="it is locked with a password") from None
    except Exception:  # noqa: BLE001  # the library has errors of its own for what is no key; none may quote it
        raise KeyUnusable(source=source, reason="it is no private key in PEM") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyUnusable(source=source, reason="it is a key of another kind than Ed25519")
    return PrivateKey(found)


def public_key(path: Path) -> PublicKey:
    """Read a public key's file.

    Raises:
        KeyUnusable: it cannot be read, or is no such key.
        LibraryMissing: the library that reads it is not installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError as error:
        raise LibraryMissing from error
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except OSError as error:
        raise KeyUnusable(source=str(path), reason=error.strerror or str(error)) from error
    try:
        found = load_pem_public_key(content)
    except Exception:  # noqa: BLE001  # as above; somebody may have named the private key
        raise KeyUnusable(source=str(path), reason="it is no public key in PEM") from None
    if not isinstance(found, Ed25519PublicKey):
        raise KeyUnusable(source=str(path), reason="it is a key of another kind than Ed25519")
    return PublicKey(found.public_bytes_raw())


def new_pair(private: Path, public: Path) -> PublicKey:
    """Make a pair; the private file is for its owner only, from the moment it is there.

    Raises:
        KeyThere: one of the files is there already.
        KeyUnwritable: the place takes no file.
        LibraryMissing: the library that makes keys is not installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
    except ImportError as error:
        raise LibraryMissing from error
    made = Ed25519PrivateKey.generate()
    shown = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for path in (private, public):
        if path.exists() or path.is_symlink():
            raise KeyThere(path=path)
    _write(private, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
    try:
        _write(public, shown, mode=0o644)
    except (KeyThere, KeyUnwritable):
        private.unlink()
        raise
    return PublicKey(made.public_key().public_bytes_raw())


def _write(path: Path, content: bytes, *, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise KeyUnwritable(path=path, reason=error.strerror or str(error)) from error
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    except FileExistsError as error:
        raise KeyThere(path=path) from error
    except OSError as error:
        raise KeyUnwritable(path=path, reason=error.strerror or str(error)) from error
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise KeyUnwritable(path=path, reason=error.strerror or str(error)) from error

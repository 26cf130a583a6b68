"""What signs receipts on this machine, and what they are checked with.

Only the operator says so, by a variable or by a file beside their settings: no repository can name a key, or go
without one.
"""

from pathlib import Path

from kiro_worker.bootstrap.machine import Machine
from kiro_worker.receipt.closing import Signer
from kiro_worker.receipt.key import PRIVATE_NAME, PUBLIC_NAME, SECRET_NAME, PublicKey, private_key, public_key
from kiro_worker.redact import Secret
from kiro_worker.secret import EnvironmentSecrets

# Lines of a key's file that are the same in every one.
_FRAME = "-----"


async def signer_of(machine: Machine) -> tuple[Signer | None, tuple[Secret, ...]]:
    """What signs the receipts of this machine's runs, and what is never to be written of it; None without a key.

    Raises:
        WorkerError: there is a key, and it cannot be used.
    """
    given = EnvironmentSecrets(machine.environment, machine.settings)
    found = await given.find(SECRET_NAME) or await given.find(PRIVATE_NAME)
    if found is None:
        return None, ()
    lines = (line.strip() for line in found.value.splitlines())
    parts = tuple(Secret(SECRET_NAME, line) for line in lines if line and not line.startswith(_FRAME))
    return private_key(found.value, source=found.label), (found, *parts)


def keys_known(machine: Machine, named: str = "") -> tuple[PublicKey, ...]:
    """The public key that a receipt must be signed with: the named one, else the one beside the operator's settings.

    Raises:
        WorkerError: it is there, or was named, and cannot be used.
    """
    path = Path(named) if named else machine.settings / PUBLIC_NAME
    return (public_key(path),) if named or path.exists() else ()


def key_places(machine: Machine, to: str = "") -> tuple[Path, Path]:
    """Where a new pair is put: the private file and, beside it, the public one."""
    private = Path(to).absolute() if to else machine.settings / PRIVATE_NAME
    return private, private.with_suffix(Path(PUBLIC_NAME).suffix)

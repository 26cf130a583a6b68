"""Secrets from environment variables, or from files that only their owner can read."""

import os
import re
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path

from kiro_worker.error import Fault, WorkerError
from kiro_worker.redact import Secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,199}")
# No token or key is longer; a larger file is a mistake.
_MOST_BYTES = 64 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretExposed(WorkerError):
    """Somebody besides its owner may read or change a secret's file."""

    code = "secret.exposed"
    fault = Fault.CREDENTIAL

    def __init__(self, *, name: str, path: Path, why: str, cure: str) -> None:
        self.name, self.path = name, path
        super().__init__(
            f"The secret {name} was not read: {path} {why}.",
            next_step=f"If nobody else can have seen it, close it and run again: {cure}. Otherwise replace the secret.",
        )


class SecretUnreadable(WorkerError):
    """A secret's file is named and cannot be used."""

    code = "secret.unreadable"
    fault = Fault.CREDENTIAL

    def __init__(self, *, name: str, path: Path, reason: str) -> None:
        self.name, self.path, self.reason = name, path, reason
        super().__init__(
            f"The secret {name} could not be read from {path}: {reason}.",
            next_step=f"Put the secret alone into that file, readable for you only, or set the variable {name}.",
        )


class SecretAmbiguous(WorkerError):
    """A secret is given twice."""

    code = "secret.ambiguous"
    fault = Fault.CREDENTIAL

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(
            f"The secret {name} is given twice: by the variable {name} and by {name}_FILE.",
            next_step=f"Unset one of them: unset {name} or unset {name}_FILE",
        )


class EnvironmentSecrets:
    """See `Secrets`.

    A secret NAME is the variable NAME, or the content of the file that the variable NAME_FILE names, or that of
    the file NAME in the folder for secrets; the first that is set counts. One newline at a file's end is no part
    of it.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path | None = None) -> None:
        """Name the sources.

        Args:
            environment: the worker's own variables.
            folder: where files named like their secrets are, such as the folder of one deployment environment.
        """
        self._environment = environment
        self._folder = folder

    async def find(self, name: str) -> Secret | None:
        """See `Secrets.find`."""
        return self.look(name)

    def look(self, name: str) -> Secret | None:
        """The same, without waiting: nothing here is far away.

        Raises:
            SecretAmbiguous, SecretExposed, SecretUnreadable: it is there and cannot be used.
        """
        if not _NAME.fullmatch(name):
            raise SecretUnreadable(name=ascii(name[:100]), path=Path(), reason="no secret can have that name")
        value, file = self._environment.get(name, ""), self._environment.get(f"{name}_FILE", "")
        if value and file:
            raise SecretAmbiguous(name=name)
        if value:
            return Secret(name, value)
        if file:
            return _in_file(name, Path(file), missing_is_a_fault=True)
        return None if self._folder is None else _in_file(name, self._folder / name, missing_is_a_fault=False)


def _in_file(name: str, path: Path, *, missing_is_a_fault: bool) -> Secret | None:
    try:
        # Not to be waited on, should it be a pipe.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        if missing_is_a_fault:
            raise SecretUnreadable(name=name, path=path, reason="it is not there") from None
        return None
    except OSError as error:
        raise SecretUnreadable(name=name, path=path, reason=error.strerror or str(error)) from error
    try:
        # Asked of the open file: what the path names could change in between.
        _check(name, path, os.fstat(file))
        with os.fdopen(file, "rb", closefd=False) as opened:
            value = _text(name, path, opened.read(_MOST_BYTES + 1))
    finally:
        os.close(file)
    return Secret(name, value) if value else None


def _check(name: str, path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretUnreadable(name=name, path=path, reason="it is not a plain file")
    quoted = shlex.quote(str(path))
    if status.st_uid not in {0, os.geteuid()}:
        cure = f"sudo chown {os.geteuid()} {quoted} && chmod 600 {quoted}"
        raise SecretExposed(name=name, path=path, why="belongs to another user", cure=cure)
    if status.st_mode & _OTHERS:
        mode = stat.filemode(status.st_mode)
        raise SecretExposed(name=name, path=path, why=f"is open to others ({mode})", cure=f"chmod 600 {quoted}")


def _text(name: str, path: Path, content: bytes) -> str:
    if len(content) > _MOST_BYTES:
        raise SecretUnreadable(name=name, path=path, reason=f"it has more than {_MOST_BYTES // 1024} KiB")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        # The decoder's own error would quote the content.
        raise SecretUnreadable(name=name, path=path, reason="it is not UTF-8 text") from None
    return text.removesuffix("\n").removesuffix("\r")

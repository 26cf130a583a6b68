"""What the worker finds on the machine it runs on; the only reader of its environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.value import dataclass

if TYPE_CHECKING:
    from kiro_worker.redact import Secret

USER_FILE = "kiro-worker/config.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the worker finds on this machine.

    Attributes:
        environment: the worker's own variables; nothing else in the product reads them.
        state: where state.db, mirrors, workspaces, runs and trash lie, on one file system.
        user_settings: the operator's own file, when there is one.
    """

    environment: Mapping[str, str]
    state: Path
    home: Path
    user_settings: bytes | None = None

    @property
    def runs(self) -> Path:
        """Where the files of runs are kept."""
        return self.state / "runs"

    @property
    def settings(self) -> Path:
        """Where the operator's own settings and keys are kept."""
        folder = self.environment.get("XDG_CONFIG_HOME")
        return (Path(folder) if folder else self.home / ".config") / "kiro-worker"

    def filed(self, *variables: str) -> "tuple[Secret, ...]":
        """Credentials that stand in files, of every deployment environment.

        A file is named by the variable `<NAME>_FILE`, or lies as `secrets/<NAME>` beside the operator's settings.

        Raises:
            WorkerError: one is there and cannot be used.
        """
        from kiro_worker.config.credentials import ENVIRONMENTS, credential_names

        folder = self.settings / "secrets"
        names = {name for variable in variables for kind in ENVIRONMENTS for name in credential_names(kind, variable)}
        there = [name for name in sorted(names) if f"{name}_FILE" in self.environment or (folder / name).exists()]
        if not there:
            return ()
        from kiro_worker.secret import EnvironmentSecrets

        kept = EnvironmentSecrets(self.environment, folder)
        return tuple(secret for name in there if (secret := kept.look(name)) is not None)

    def secrets(self) -> "tuple[Secret, ...]":
        """Every variable that is a secret by its name; what it holds is never written anywhere."""
        from kiro_worker.config.secret_name import is_secret_name
        from kiro_worker.redact import Secret

        named = filter(is_secret_name, self.environment)
        return tuple(Secret(name, self.environment[name]) for name in sorted(named) if self.environment[name].strip())


def this_machine(environment: Mapping[str, str] | None = None) -> Machine:
    """The machine as the XDG base directory specification describes it."""
    given = dict(os.environ if environment is None else environment)
    home = Path(given.get("HOME") or Path.home())
    state = Path(given.get("XDG_STATE_HOME") or home / ".local/state") / "kiro-worker"
    settings = Path(given.get("XDG_CONFIG_HOME") or home / ".config") / USER_FILE
    own = settings.read_bytes() if settings.is_file() else None
    # Links followed once and for all: an agent is told this path and names it, and the policy judges where it leads.
    return Machine(environment=given, state=state.resolve(), home=home, user_settings=own)


def this_account() -> str:
    """Who is calling, by the system's own word."""
    import os
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"

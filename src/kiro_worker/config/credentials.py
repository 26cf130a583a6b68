"""Which variable holds a credential: one for each environment, and never another's instead."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from kiro_worker.error import Fault, WorkerError

if TYPE_CHECKING:
    from kiro_worker.config.settings import Config
    from kiro_worker.redact import Secret

# Where a run may be deployed; empty on a laptop. The same as `Config.environment` allows.
ENVIRONMENTS = ("", "test", "staging", "production")


class CredentialMissing(WorkerError):
    """No variable of this environment holds the credential; its value, or another environment's, is never shown."""

    code = "credential.missing"
    fault = Fault.CREDENTIAL

    def __init__(self, *, names: tuple[str, ...], environment: str, setting: str = "forge.token_variable") -> None:
        self.names, self.environment = names, environment
        told = " or ".join(names)
        where = f"the {environment} environment" if environment else "this run"
        only = f" Those of other environments, and {_plain(names[0], environment)}, are never used for it."
        super().__init__(
            f"The credential for {where} is not set: {told}." + (only if environment else ""),
            next_step=f"Set {told}, or {names[0]}_FILE to a file that only you can read; or name another variable with "
            f"{setting}. Then run again.",
        )


def credential_names(environment: str, variable: str) -> tuple[str, ...]:
    """The variables that may hold a credential, the first that is set counting.

    In a named environment it is one variable, with the environment's name at its end. Without one it is the variable
    itself; for GitHub's token also `GH_TOKEN`, which GitHub's own program reads.

    >>> credential_names("staging", "GITHUB_TOKEN")
    ('GITHUB_TOKEN_STAGING',)
    >>> credential_names("", "GITHUB_TOKEN")
    ('GITHUB_TOKEN', 'GH_TOKEN')
    """
    if environment:
        suffix = f"_{environment.upper()}"
        return (variable if variable.upper().endswith(suffix) else variable + suffix,)
    return ("GITHUB_TOKEN", "GH_TOKEN") if variable == "GITHUB_TOKEN" else (variable,)


def credential_variables(config: "Config") -> tuple[str, ...]:
    """The variables of the worker's own credentials as the settings name them, without an environment's suffix."""
    forge = config.forge
    return (
        forge.token_variable,
        forge.private_key_variable,
        config.lease.address_variable,
        config.feedback.secret_variable,
    )


def find_credential(
    environment: str,
    variable: str,
    look: "Callable[[str], Secret | None]",
    *,
    setting: str = "forge.token_variable",
) -> "Secret":
    """A credential of one environment, to be made known to the redactor before it is used.

    Args:
        environment: `Config.environment`; empty on a laptop.
        variable: `forge.token_variable` or another setting that names a variable.
        look: finds a secret by its name, in a variable or wherever else this machine keeps them.
        setting: which one named the variable.

    Raises:
        CredentialMissing: there is none of its names; an empty one is none.
    """
    from kiro_worker.redact import Secret

    names = credential_names(environment, variable)
    for name in names:
        if (found := look(name)) is not None and (value := found.value.strip()):
            return Secret(name, value)
    raise CredentialMissing(names=names, environment=environment, setting=setting)


def _plain(name: str, environment: str) -> str:
    return name[: -len(environment) - 1] if environment else name

"""Settings: every source joined into one frozen `Config`, with where each value came from."""

from typing import TYPE_CHECKING

from kiro_worker.config.settings import Config
from kiro_worker.later import later

if TYPE_CHECKING:
    from kiro_worker.config.buildspec import Buildspec
    from kiro_worker.config.checks import Checks
    from kiro_worker.config.credentials import CredentialMissing, credential_names, find_credential
    from kiro_worker.config.fault import ConfigInvalid, Flaw
    from kiro_worker.config.load import Loaded, Setting
    from kiro_worker.config.repository import repository_paths
    from kiro_worker.config.show import Check, check, show_json, show_lines
    from kiro_worker.config.source import Sources

# `load` and `show` are asked of the modules of these names.
# The command line needs to know which settings there are before git is started, and not yet how they are joined.
__getattr__ = later(
    __name__,
    {
        "Buildspec": "buildspec",
        "Check": "show",
        "Checks": "checks",
        "ConfigInvalid": "fault",
        "CredentialMissing": "credentials",
        "Flaw": "fault",
        "Loaded": "load",
        "Setting": "load",
        "Sources": "source",
        "check": "show",
        "credential_names": "credentials",
        "find_credential": "credentials",
        "repository_paths": "repository",
        "show_json": "show",
        "show_lines": "show",
    },
)

__all__ = [
    "Buildspec",
    "Check",
    "Checks",
    "Config",
    "ConfigInvalid",
    "CredentialMissing",
    "Flaw",
    "Loaded",
    "Setting",
    "Sources",
    "check",
    "credential_names",
    "find_credential",
    "repository_paths",
    "show_json",
    "show_lines",
]

"""Settings: every source joined into one frozen `Config`, with where each value came from."""

from kiro_worker.config.buildspec import Buildspec
from kiro_worker.config.credentials import CredentialMissing, credential_names, find_credential
from kiro_worker.config.fault import ConfigInvalid, Flaw
from kiro_worker.config.load import Loaded, Setting, load
from kiro_worker.config.repository import repository_paths
from kiro_worker.config.settings import Config
from kiro_worker.config.show import Check, check, show, show_json, show_lines
from kiro_worker.config.source import Sources

__all__ = [
    "Buildspec",
    "Check",
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
    "load",
    "repository_paths",
    "show",
    "show_json",
    "show_lines",
]

"""Pull requests and commit statuses on GitHub."""

from kiro_worker.forge.github.app import AppInstallation, AppKey, ExtraMissing
from kiro_worker.forge.github.credential import Credential, Token
from kiro_worker.forge.github.exchange import Manner
from kiro_worker.forge.github.forge import GitHubForge
from kiro_worker.forge.github.transport import Bounds

__all__ = ["AppInstallation", "AppKey", "Bounds", "Credential", "ExtraMissing", "GitHubForge", "Manner", "Token"]

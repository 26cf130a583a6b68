"""Secrets by name: tokens and keys, from wherever this machine keeps them."""

from kiro_worker.secret.environment import EnvironmentSecrets, SecretAmbiguous, SecretExposed, SecretUnreadable
from kiro_worker.secret.port import Secrets

__all__ = ["EnvironmentSecrets", "SecretAmbiguous", "SecretExposed", "SecretUnreadable", "Secrets"]

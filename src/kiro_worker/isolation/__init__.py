"""Isolation: agents, their commands, set-up and tests, kept apart from the worker and from each other's runs."""

from kiro_worker.isolation.port import Ground, Isolation, Probe

__all__ = ["Ground", "Isolation", "Probe"]

"""Artifacts: a run's files, kept where people and machines find them."""

from kiro_worker.artifact.port import Artifacts

__all__ = ["Artifacts"]

"""Gates: what must hold before anything is published. The tests gate, and what prepares a project for it."""

from typing import TYPE_CHECKING

from kiro_worker.gate.port import (
    Color,
    Coverage,
    FileCoverage,
    Finding,
    Gate,
    GateResult,
    Outcome,
    Subject,
    TestCase,
    TestCounts,
)
from kiro_worker.later import later

if TYPE_CHECKING:
    from kiro_worker.gate.base import BaseFiles, wanted
    from kiro_worker.gate.environment import test_environment
    from kiro_worker.gate.setup import Prepared, prepare_project
    from kiro_worker.gate.tests import TestsGate

# Whoever only speaks of gates, as the pure rules of a run do, does not load what runs them.
__getattr__ = later(
    __name__,
    {
        "BaseFiles": "base",
        "Prepared": "setup",
        "TestsGate": "tests",
        "prepare_project": "setup",
        "test_environment": "environment",
        "wanted": "base",
    },
)

__all__ = [
    "BaseFiles",
    "Color",
    "Coverage",
    "FileCoverage",
    "Finding",
    "Gate",
    "GateResult",
    "Outcome",
    "Prepared",
    "Subject",
    "TestCase",
    "TestCounts",
    "TestsGate",
    "prepare_project",
    "test_environment",
    "wanted",
]

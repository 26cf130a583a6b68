"""Recognising how a project's tests are run, from the base branch's files alone."""

from kiro_worker.gate.detect.found import LOOKED_FOR, detect, is_python
from kiro_worker.gate.detect.model import Asked, Detected, Follow, Need, Python

__all__ = ["LOOKED_FOR", "Asked", "Detected", "Follow", "Need", "Python", "detect", "is_python"]

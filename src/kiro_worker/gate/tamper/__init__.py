"""What a branch does to the checks that judge it: tests, their settings, and whatever decides what they say."""

from kiro_worker.gate.tamper.asked import Asked, Asking, asked_by, nobody_asks
from kiro_worker.gate.tamper.judge import judge_tamper
from kiro_worker.gate.tamper.results import lost_tests
from kiro_worker.gate.tamper.sign import Sign, Weight

__all__ = ["Asked", "Asking", "Sign", "Weight", "asked_by", "judge_tamper", "lost_tests", "nobody_asks"]

"""What a branch does to the checks that judge it: tests, their settings, and whatever decides what they say."""

from kiro_worker.gate.tamper.asked import Asked, Asking, asked_by, nobody_asks
from kiro_worker.gate.tamper.judge import judge_signs, judge_tamper, signs_of
from kiro_worker.gate.tamper.results import lost_tests
from kiro_worker.gate.tamper.sign import Sign, Weight

__all__ = [
    "Asked",
    "Asking",
    "Sign",
    "Weight",
    "asked_by",
    "judge_signs",
    "judge_tamper",
    "lost_tests",
    "nobody_asks",
    "signs_of",
]

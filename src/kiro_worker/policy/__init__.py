"""What an agent may do; every answer names its rule and its reason."""

from kiro_worker.policy.inside import Answer, judge_inside

__all__ = ["Answer", "judge_inside"]

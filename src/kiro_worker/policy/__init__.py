"""What an agent may do; every answer names its rule and its reason."""

from kiro_worker.policy.decision import Answer, Decision
from kiro_worker.policy.policy import Policy
from kiro_worker.policy.request import Kind, Request
from kiro_worker.policy.scope import Scope, paths_named

__all__ = ["Answer", "Decision", "Kind", "Policy", "Request", "Scope", "paths_named"]

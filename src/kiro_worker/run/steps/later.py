"""The steps that follow an agent's work: what they need is loaded while the agent works, not before it can begin."""

from kiro_worker.run.steps.check_gates import check_gates
from kiro_worker.run.steps.clean import clean
from kiro_worker.run.steps.commit import make_commit
from kiro_worker.run.steps.consult import consult
from kiro_worker.run.steps.inspect import inspect
from kiro_worker.run.steps.publish import publish
from kiro_worker.run.steps.report import report

__all__ = ["check_gates", "clean", "consult", "inspect", "make_commit", "publish", "report"]

"""The worker's part of the pull request: what changed, what needs a person's eyes, and the evidence."""

from kiro_worker.run.report.block.whole import block, proposal_title

__all__ = ["block", "proposal_title"]

"""Coverage reports: eight formats read into one model, and what makes a report not to be believed."""

from kiro_worker.gate.coverage.model import Measured, Report
from kiro_worker.gate.coverage.read import read_report
from kiro_worker.gate.coverage.resolve import Resolved, coverage_of

__all__ = ["Measured", "Report", "Resolved", "coverage_of", "read_report"]

"""Looks at everything that a run will need, spends nothing, and says how to mend what is wrong."""

from kiro_worker.doctor.check import Check, Health, exit_status_of, report_document

__all__ = ["Check", "Health", "exit_status_of", "report_document"]

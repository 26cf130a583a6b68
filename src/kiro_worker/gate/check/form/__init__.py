"""The forms in which checks report, each read into the same `Told`."""

from kiro_worker.gate.check.form.read import read_form

__all__ = ["read_form"]

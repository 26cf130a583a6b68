"""Notices about the deployment's health, and the ways to deliver them; alarms know none of these ways."""

from kiro_worker.notify.notice import Notice, Reading, Resource, Severity, State
from kiro_worker.notify.port import Notifier

__all__ = ["Notice", "Notifier", "Reading", "Resource", "Severity", "State"]

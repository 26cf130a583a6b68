"""What a test command printed, read for people when there is no report; its exit status always has the last word."""

from kiro_worker.gate.output.events import GoEvents
from kiro_worker.gate.output.read import read_output
from kiro_worker.gate.output.told import Told

__all__ = ["GoEvents", "Told", "read_output"]

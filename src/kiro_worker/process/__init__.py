"""Child processes: started with argument lists, watched, and ended to the last descendant."""

from kiro_worker.process.children import Child, Children, NotStarted
from kiro_worker.process.command import Command, Ending, Exit, Limits

__all__ = ["Child", "Children", "Command", "Ending", "Exit", "Limits", "NotStarted"]

"""Child processes: started with argument lists, watched, and ended to the last descendant."""

from kiro_worker.process.children import Child, Children, NotStarted
from kiro_worker.process.command import Account, Command, Ending, Exit, Limits, Restraint

__all__ = ["Account", "Child", "Children", "Command", "Ending", "Exit", "Limits", "NotStarted", "Restraint"]

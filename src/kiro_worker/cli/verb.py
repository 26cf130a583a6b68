"""What each verb's module offers."""

from argparse import ArgumentParser, Namespace
from typing import Protocol


class VerbModule(Protocol):
    """A verb is a module with these two functions; `cli.verbs` names it."""

    def arguments(self, parser: ArgumentParser) -> None:
        """Say what the verb takes."""
        ...

    def call(self, given: Namespace) -> int:
        """Do it; returns the exit status."""
        ...

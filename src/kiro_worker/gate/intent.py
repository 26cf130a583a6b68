"""What the spec asks for, as far as gates need to know it to be fair."""

from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a branch is about.

    Attributes:
        tasks: id and text, details included, of every task of the spec.
        criteria: the acceptance criteria and the design, where new values that are expected may stand.
        named: the paths that tasks and design name.
        spec: the folder of the spec, which the worker itself changes; empty for a branch without one.
    """

    tasks: tuple[tuple[str, str], ...] = ()
    criteria: str = ""
    named: tuple[str, ...] = ()
    spec: str = ""

    @property
    def text(self) -> str:
        """The tasks' own words."""
        return "\n".join(text for _, text in self.tasks)

"""What the spec asks for, as far as gates need to know it to be fair."""

import re

from kiro_worker.value import dataclass

_KEEPS = re.compile(
    r"\b(?:refactor\w*|restructur\w*|reorgani[sz]\w*|simplif\w*|characteri[sz]ation|without changing|same behaviou?r"
    r"|behaviou?r (?:stays|is kept|does not change)|keeps? (?:the|its) behaviou?r)\b",
    re.IGNORECASE,
)


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
    def keeps(self) -> bool:
        """Whether a task wants the same behaviour in other words; its tests then hold what was so before."""
        return _KEEPS.search(self.text) is not None

    @property
    def text(self) -> str:
        """The tasks' own words."""
        return "\n".join(text for _, text in self.tasks)

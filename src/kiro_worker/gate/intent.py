"""What the spec asks for, as far as gates need to know it to be fair."""

import re

from kiro_worker.expression import expression
from kiro_worker.value import dataclass

_KEEPS = expression(
    r"\b(?:refactor\w*|restructur\w*|reorgani[sz]\w*|simplif\w*|characteri[sz]ation|without changing|same behaviou?r"
    r"|behaviou?r (?:stays|is kept|does not change)|keeps? (?:the|its) behaviou?r)\b|重构|リファクタ|리팩터|рефактор",
    re.IGNORECASE,
)
#: In a title they say what the whole task is for; elsewhere, or of the product's own things, they may say anything.
_KEEPS_BY_TITLE = expression(
    r"\b(?:speed(?:s|ing)? up|faster|(?:improv|optimi[sz])\w* .{0,80}\b(?:performance|speed|quer(?:y|ies)|hot path)"
    r"|thread[- ]?safe\w*|safe for threads|de-?duplicat\w* .{0,80}\bcode"
    r"|clean(?:s|ing)?[ -]?up .{0,80}\b(?:code|imports)"
    r"|type (?:hint|annotation)s?)\b"
    r"|^(?:rename|move)\b.{0,200}(?:`|\w\.\w|\w/\w)"
    r"|^extract\b.{0,200}\b(?:function|method|class|module|helper|component|constant|interface)s?\b",
    re.IGNORECASE,
)


def keeps(text: str) -> bool:
    r"""Whether a task wants the same behaviour in other words, or sooner; `text` is its title, then its details.

    >>> keeps("Simplify the cart"), keeps("Speed up `total`"), keeps("Move shipping to `src/post.py`")
    (True, True, True)
    >>> keeps("Move expired orders to the archive"), keeps("Implement export\n- faster than the old one")
    (False, False)
    """
    return _KEEPS.search(text) is not None or _KEEPS_BY_TITLE.search(text.partition("\n")[0]) is not None


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
        return any(keeps(text) for _, text in self.tasks)

    @property
    def text(self) -> str:
        """The tasks' own words."""
        return "\n".join(text for _, text in self.tasks)

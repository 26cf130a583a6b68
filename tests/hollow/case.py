"""What a case is: a small branch of a small project, written down as what it changes, and what has to be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The task that most branches were given; it asks for nothing of what hollow ones do.
USUAL = """- [ ] 1. Let the cart know its dearest price
  - Work on `shop/cart.py`
"""


@dataclass(frozen=True, slots=True)
class Swap:
    """Text that takes the place of other text, which stands there exactly once."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A content that is made from one of the base's.

    Attributes:
        of: the base's path; empty is the edited file's own.
        more: text put behind everything else.
    """

    swaps: tuple[Swap, ...] = ()
    more: str = ""
    of: str = ""

    def applied(self, text: str) -> str:
        """The new content."""
        for each in self.swaps:
            assert text.count(each.old) == 1, f"this stands there {text.count(each.old)} times: {each.old!r}"
            text = text.replace(each.old, each.new)
        return text + self.more


def swap(*pairs: str, more: str = "", of: str = "") -> Edit:
    """`swap(old, new, old, new, …)`: the same file with these texts replaced."""
    swaps = tuple(Swap(old, new) for old, new in zip(pairs[::2], pairs[1::2], strict=True))
    return Edit(swaps, more, of)


def more(text: str) -> Edit:
    """The same file with text behind it."""
    return Edit(more=text)


def moved(path: str, *pairs: str) -> Edit:
    """The content of another file of the base."""
    return swap(*pairs, of=path)


Change = Mapping[str, str | Edit | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The project before the branch; many cases share one, and so what its tests say.

    Attributes:
        settings: of the gates, as the base branch has them.
        needs: programs that this machine has to have for it.
        bare: whether its Python has no pytest.
    """

    name: str
    files: Mapping[str, str]
    settings: Mapping[str, object] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One branch.

    Attributes:
        why: why it is hollow or honest, in a sentence; where it was seen.
        change: contents by path; None is a deleted file.
        task: what the spec asked for, as its tasks.md says.
        settings: of the gates, besides the base's.
        read_only: judged by what is read alone: the tools of its language are not started.
    """

    name: str
    why: str
    base: Base
    change: Change
    task: str = USUAL
    settings: Mapping[str, object] = field(default_factory=dict)
    read_only: bool = False

    @property
    def before(self) -> Mapping[str, str]:
        """All files of the base."""
        return self.base.files

    @property
    def after(self) -> Mapping[str, str]:
        """All files of the branch."""
        files = dict(self.before)
        for path, content in self.change.items():
            if content is None:
                del files[path]
            elif isinstance(content, Edit):
                files[path] = content.applied(self.before[content.of or path])
            else:
                files[path] = content
        return files


@dataclass(frozen=True, slots=True, kw_only=True)
class Hollow(Case):
    """One that looks green and is not.

    Attributes:
        by: the gates that may say so; at least one of them has to block.
        at: the file that one of their findings has to name.
        quiet: whether the tests themselves all pass; else their runner's own status is what hides it.
    """

    by: tuple[str, ...]
    at: str = ""
    quiet: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Honest(Case):
    """One that is what it looks like: nothing may block it.

    Attributes:
        told: codes of what may be told all the same; anything else that is told is noise.
    """

    told: tuple[str, ...] = ()

"""The `powers:` of `.kiro/worker.yaml`: which powers a repository takes its standards from, and which versions.

They decide what an agent is told, so a run reads them from the base branch alone:

    powers:
      - name: kiro-worker-standards
        source: https://example.org/standards.git
        folder: power
        version: ^1.2
        key: ssh-ed25519 AAAA…
        steering: [git-workflow.md, testing-standards.md]
"""

import re
from typing import TYPE_CHECKING, Any

from kiro_worker.config.fault import Flaw, quoted
from kiro_worker.config.fields import Fields, Unfit, single
from kiro_worker.config.form import wrong_form
from kiro_worker.expression import expression
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.document import Node, Table

SECTION = "powers"

_NAME = expression(r"(?!.*(?:--|\.\.))[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")
_RANGE = expression(r"[0-9A-Za-z^~<>=|*.+, -]{1,200}")
_KEY = expression(r"(?:ssh-|ecdsa-|sk-)[!-~]{1,60} [A-Za-z0-9+/]{40,4000}={0,3}(?: .{0,200})?|[0-9A-Fa-f ]{40,60}")
_STEERING = expression(r"(?!/)(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9._/-]{1,200}\.md")
_MOST_POWERS = 20
_MOST_TEXT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSetting:
    """One power that a repository wants.

    Attributes:
        name: what it is called.
        source: a git address, a folder, an archive's file, or s3://bucket/key; paths are relative to the root.
        folder: where it lies within that; empty for its root.
        version: the range of versions that are taken; empty takes any.
        key: the public key that has to have signed it; empty takes it unsigned.
        steering: the steering files that are required, by their path in the power's `steering/`; none are all.
    """

    name: str
    source: str
    folder: str = ""
    version: str = ""
    key: str = ""
    steering: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfPowers:
    """What one file says of powers, and where; `place` is empty when it says nothing."""

    powers: tuple[PowerSetting, ...] = field(default_factory=tuple)
    place: str = ""


def read_powers(node: "Node", flaws: list[Flaw]) -> tuple[PowerSetting, ...]:
    """What stands below `powers:`; what is wrong is added to `flaws`."""
    from kiro_worker.document import Listing, Table

    if not isinstance(node, Listing):
        flaws.append(Flaw(str(node.place), "powers is a list; write `- name: …` and `source: …` for each"))
        return ()
    if len(node.items) > _MOST_POWERS:
        flaws.append(Flaw(str(node.place), f"powers has more than {_MOST_POWERS} entries; join some of them"))
        return ()
    named: dict[str, PowerSetting] = {}
    for item in node.items:
        if not isinstance(item, Table):
            flaws.append(Flaw(str(item.place), "a power is a mapping; write `name: …` and below it `source: …`"))
        elif (read := _entry(item, flaws)) is not None:
            if read.name in named:
                flaws.append(Flaw(str(item.place), f"{quoted(read.name)} stands here a second time; keep one"))
            named[read.name] = read
    return tuple(named.values())


def _entry(table: "Table", flaws: list[Flaw]) -> PowerSetting | None:
    wrong: list[Flaw] = []
    given = dict(_FIELDS.read(table, wrong))
    wrong += [
        Flaw(str(table.place), f"a power needs a {key}; write `{key}: …`")
        for key in ("name", "source")
        if table.find(key) is None
    ]
    flaws += wrong
    return None if wrong else PowerSetting(**given)


def _text(node: "Node") -> str:
    text = single(node).text
    if not text.isprintable() or len(text) > _MOST_TEXT:
        raise Unfit("holds a control character or a very long text; remove it")
    return text.strip()


def _matching(pattern: re.Pattern[str], cure: str) -> Any:
    def read(node: "Node") -> str:
        text = _text(node)
        if not pattern.fullmatch(text):
            raise Unfit(f"is {quoted(text)}; {cure}")
        return text

    return read


def _source(node: "Node") -> str:
    text = _text(node)
    if not text or text.startswith("-"):
        raise Unfit("is empty or begins with `-`; write an address or a path")
    if re.match(r"[A-Za-z+]+://[^/]*:[^/]*@", text):
        raise Unfit("holds a password; leave that out")
    return text


def _folder(node: "Node") -> str:
    text = _text(node).rstrip("/")
    if wrong := wrong_form("path", text):
        raise Unfit(f"is {quoted(text)}, which {wrong}")
    return text


def _steering(node: "Node") -> tuple[str, ...]:
    from kiro_worker.document import Listing

    one = _matching(_STEERING, "write a file's name such as git-workflow.md")
    return tuple(one(item) for item in (node.items if isinstance(node, Listing) else (node,)))


_FIELDS = Fields(
    "a power",
    {
        "name": _matching(_NAME, "use 1 to 64 lower-case letters, digits, single hyphens and dots"),
        "source": _source,
        "folder": _folder,
        "version": _matching(_RANGE, "write a range of versions such as ^1.2, ~1.2.3 or >=1.2 <2"),
        "key": _matching(_KEY, "write a public key as `ssh-ed25519 AAAA…`, or an OpenPGP key's 40 hex digits"),
        "steering": _steering,
    },
)


def powers_in(content: bytes | None, file: str) -> tuple[PowerSetting, ...]:
    """The powers that a settings file names, whatever else stands in it; none where there is no file.

    Raises:
        ConfigInvalid: with everything that is wrong in that section.
    """
    from kiro_worker.config.fault import ConfigInvalid
    from kiro_worker.document import Table, read_document

    flaws: list[Flaw] = []
    # Most files name none, and reading YAML is a tenth of the time that a look at a repository takes.
    document = read_document(content, file, flaws) if content and SECTION.encode() in content else None
    node = document.find(SECTION) if isinstance(document, Table) else None
    powers = () if node is None else read_powers(node, flaws)
    if flaws:
        raise ConfigInvalid(flaws)
    return powers

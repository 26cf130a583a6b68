"""A YAML file as plain nodes that know where they stand.

Read from the parser's events and not by a loader: nothing is constructed, nesting and size are bounded, and an alias
is a second reference to a node and never a copy, so no document grows while it is read.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from kiro_worker.flaw import Flaw, Place, quoted
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    import yaml

_MOST_BYTES = 256 * 1024
_MOST_NODES = 20_000
_MOST_DEPTH = 32

# The core schema of YAML 1.2 (10.3.2), with the words for true and false that YAML 1.1 has besides.
_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"true|false|yes|no|on|off", re.IGNORECASE)
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, as it is written.

    Attributes:
        kind: what YAML takes it for; quoted text is always text.
    """

    text: str
    kind: Literal["null", "bool", "int", "float", "str"]
    place: Place


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, with its keys in order and merged keys (`<<`) after its own."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    place: Place

    def find(self, key: str) -> "Node | None":
        """What a key stands for, None when it is not there."""
        return next((node for name, node in self.entries if name.text == key), None)


Node = Scalar | Listing | Table


def read_document(content: bytes, file: str, flaws: list[Flaw]) -> Node | None:
    """Read a file; what is wrong is added to `flaws`, and then there is no document. An empty one is None, too."""
    if len(content) > _MOST_BYTES:
        told = f"the file has {len(content) // 1024} KiB, and at most {_MOST_BYTES // 1024} KiB are read"
        flaws.append(Flaw(str(Place(file)), f"{told}; keep only settings in it"))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        flaws.append(Flaw(str(_place_of_byte(content, error.start, file)), "this is not UTF-8; save the file as UTF-8"))
        return None
    return _parse(text, file, flaws)


def _place_of_byte(content: bytes, at: int, file: str) -> Place:
    line_start = content.rfind(b"\n", 0, at) + 1
    return Place(file, content.count(b"\n", 0, at) + 1, len(content[line_start:at].decode("utf-8", "replace")) + 1)


def _parse(text: str, file: str, flaws: list[Flaw]) -> Node | None:
    import yaml

    builder = _Builder(file)
    try:
        # The C parser where PyYAML has it: the same events, a hundred times as fast.
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and error.context_mark and mark.line >= len(text.splitlines()):
            # Missed only at the end of the file; what was left open there is where a person has to look.
            mark = error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        told = " ".join(filter(None, (error.context, error.problem))) or "this cannot be read"
        flaws.append(Flaw(str(place), f"not valid YAML ({told}); check indentation, colons and quotes here"))
    except yaml.YAMLError as error:
        flaws.append(
            Flaw(str(_reader_place(error, text, file)), "not valid YAML: a character is not allowed; remove it")
        )
    except _Refused as refused:
        flaws.append(refused.flaw)
    else:
        return builder.root
    return None


def _reader_place(error: "yaml.YAMLError", text: str, file: str) -> Place:
    at = getattr(error, "position", 0)
    at = at if isinstance(at, int) else 0
    return Place(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


class _Refused(Exception):
    def __init__(self, place: Place, what: str) -> None:
        super().__init__(what)
        self.flaw = Flaw(str(place), what)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    place: Place
    anchor: str | None
    is_table: bool
    nodes: list[Node] = field(default_factory=list)


class _Builder:
    """Puts nodes together; without recursion, so that no nesting can exhaust the stack."""

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self._file = file
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0
        self._count = 0

    def take(self, event: Any) -> None:
        import yaml

        place = Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise _Refused(place, "a second document begins; keep one, without `---` between")
            case yaml.ScalarEvent():
                self._add(_scalar(event, place), event.anchor)
            case yaml.AliasEvent():
                self._add(self._alias(event.anchor, place), None)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._begin(event, place)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                done = self._open.pop()
                node = _table(done) if done.is_table else Listing(tuple(done.nodes), done.place)
                self._add(node, done.anchor)
            case _:
                pass

    def _begin(self, event: Any, place: Place) -> None:
        import yaml

        _refuse_tag(event.tag, ("seq", "map"), place)
        if len(self._open) >= _MOST_DEPTH:
            raise _Refused(place, f"nested deeper than {_MOST_DEPTH} levels; no setting needs that")
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(place, event.anchor, isinstance(event, yaml.MappingStartEvent)))

    def _alias(self, anchor: Any, place: Place) -> Node:
        if anchor not in self._anchors:
            raise _Refused(place, f"*{anchor} refers to nothing before it; write the value itself")
        node = self._anchors[anchor]
        if node is None:
            raise _Refused(place, f"*{anchor} refers to what it stands in; write the value itself")
        return node

    def _add(self, node: Node, anchor: str | None) -> None:
        self._count += 1 if not isinstance(node, Table) else 1 + len(node.entries)
        if self._count > _MOST_NODES:
            raise _Refused(node.place, f"more than {_MOST_NODES} values; no settings file needs that")
        if anchor:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].nodes.append(node)
        else:
            self.root = node


def _scalar(event: Any, place: Place) -> Scalar:
    _refuse_tag(event.tag, ("str", "int", "float", "bool", "null"), place)
    text: str = event.value
    plain = event.implicit[0] if event.tag is None else event.tag != f"{_CORE}str"
    return Scalar(text, _kind(text) if plain else "str", place)


def _kind(text: str) -> Literal["null", "bool", "int", "float", "str"]:
    if _NULL.fullmatch(text):
        return "null"
    if _BOOL.fullmatch(text):
        return "bool"
    if _INT.fullmatch(text):
        return "int"
    return "float" if _FLOAT.fullmatch(text) else "str"


def _refuse_tag(tag: str | None, known: tuple[str, ...], place: Place) -> None:
    if tag not in {None, "!", *(_CORE + name for name in known)}:
        raise _Refused(place, f"the tag {quoted(str(tag).removeprefix(_CORE))} means nothing here; remove it")


def _table(done: _Open) -> Table:
    entries: dict[str, tuple[Scalar, Node]] = {}
    merged: list[Table] = []
    for key, node in zip(done.nodes[::2], done.nodes[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise _Refused(key.place, "a list or mapping stands where a name belongs; quote it if it is text")
        if key.text == "<<" and key.kind == "str":
            merged.extend(_merged(node))
        elif key.text in entries:
            first = entries[key.text][0].place
            raise _Refused(
                key.place, f"{quoted(key.text)} stands here a second time (first in line {first.line}); keep one"
            )
        else:
            entries[key.text] = (key, node)
    for table in merged:
        for key, node in table.entries:
            entries.setdefault(key.text, (key, node))
    return Table(tuple(entries.values()), done.place)


def _merged(node: Node) -> Iterator[Table]:
    for table in node.items if isinstance(node, Listing) else (node,):
        if not isinstance(table, Table):
            raise _Refused(table.place, "`<<` takes a mapping or a list of mappings")
        yield table

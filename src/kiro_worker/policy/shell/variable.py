"""Which variables a script gives itself, so that what they stand for can be looked up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

#: Commands that set variables from what cannot be seen here.
_READERS = frozenset({
    "read", "mapfile", "readarray", "getopts", "printf", "declare", "local", "typeset", "readonly", "export", "let",
    "unset", "select",
})  # fmt: skip
_DOUBTFUL = frozenset({
    "declaration_command", "unset_command", "postfix_expression", "unary_expression", "binary_expression",
})  # fmt: skip


class Variables:
    """What each variable may be given anywhere in a script; a variable given in doubtful ways is not known."""

    def __init__(self, root: "Node", source: bytes) -> None:
        self._source = source
        self._values: dict[str, list[Node] | None] = {}
        self._reads: dict[str, int] = {}
        self._collect(root)

    def values(self, name: str) -> "list[Node] | None":
        """Every value a name is given, None when that cannot be told."""
        return None if name in self._reads else self._values.get(name)

    def read_once(self, name: str) -> bool:
        """Whether one `read` and nothing else sets it."""
        return self._reads.get(name) == 1 and name not in self._values

    def _collect(self, node: "Node") -> None:
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if current.type == "variable_assignment":
                self._assignment(current)
            elif current.type == "for_statement":
                self._loop(current)
            elif current.type == "command":
                for name in self._read_names(current):
                    self._reads[name] = self._reads.get(name, 0) + 1
            elif current.type in _DOUBTFUL:
                for child in current.named_children:
                    if child.type in {"variable_name", "word"}:
                        self._values[self._text(child)] = None
            waiting.extend(current.named_children)

    def _assignment(self, node: "Node") -> None:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        parent = node.parent
        label = self._text(name) if name is not None else ""
        plain = name is not None and name.type == "variable_name" and not self._text(node).startswith(f"{label}+=")
        # Set under a condition, or for one command only, it may also be what the environment says.
        certain = parent is not None and parent.type in {"program", "variable_assignments"}
        label = label.partition("[")[0]
        if not plain or not certain or (value is not None and value.type == "array"):
            self._values[label] = None
        elif (known := self._values.setdefault(label, [])) is not None and value is not None:
            known.append(value)

    def _loop(self, node: "Node") -> None:
        name = node.child_by_field_name("variable")
        values = node.children_by_field_name("value")
        if name is None:
            return
        label = self._text(name)
        if not values or node.children[0].type == "select":
            self._values[label] = None
        elif (known := self._values.setdefault(label, [])) is not None:
            known.extend(values)

    def _read_names(self, node: "Node") -> Iterator[str]:
        program = node.child_by_field_name("name")
        if program is None or self._text(program).lstrip("\\") not in _READERS:
            return
        for child in node.children_by_field_name("argument"):
            text = self._text(child)
            if not text.startswith("-"):
                yield text.partition("=")[0].strip("'\"")

    def _text(self, node: "Node") -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

"""The parser's tree, held to what a shell would read.

A parser that reads a text otherwise than the shell does is how policies are talked around. So the tree is not just
taken: whatever it left over, joined or skipped makes the text unparsable, and what is unparsable is denied.
"""

from functools import cache
from typing import TYPE_CHECKING

from kiro_worker.expression import expression

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_MOST_BYTES = 256 * 1024
_MOST_DEPTH = 60
_CONTROL = expression("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\uf8e0-\uf8ef\ufeff]")
# Between two tokens nothing may stand that a shell would read: spaces and continued lines only.
_GAP = expression(rb"(?:[ \t\n]|\\\n)*")
# A line continued in the middle of a word is one word to a shell and two to the parser.
_SPLIT_WORD = expression(r"[^\s|&;()]\\\n[^\s|&;()]")
_IN_WORD = expression(r"(?<!\\)(?:\\\\)*[;&|<>()`\"'\n\t ]|(?<!\\)(?:\\\\)*\$[\w{(\[@*#?!-]")
_IN_STRING = expression(r"(?<!\\)(?:\\\\)*(?:`|\"|\$[({\w\[])")
_IN_HEREDOC = expression(r"(?<!\\)(?:\\\\)*(?:`|\$[({])")

_CHECKED = {"word": _IN_WORD, "string_content": _IN_STRING, "heredoc_content": _IN_HEREDOC}


class Unparsable(ValueError):
    """A command that a shell may read otherwise than we do; the text says where it stopped being clear."""


@cache
def _parser() -> "Parser":
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def parse(text: str) -> tuple["Node", bytes]:
    """The tree of a command line, and the bytes it speaks of.

    Raises:
        Unparsable: when it is not certain that a shell reads it the same way.
    """
    if (found := _CONTROL.search(text)) is not None:
        raise Unparsable(f"it holds the invisible character U+{ord(found[0]):04X}")
    if "\\\n" in text and _SPLIT_WORD.search(text):
        raise Unparsable("a line is continued in the middle of a word")
    try:
        source = text.encode()
    except UnicodeEncodeError:
        raise Unparsable("it holds half a character") from None
    if len(source) > _MOST_BYTES:
        raise Unparsable(f"it is longer than {_MOST_BYTES // 1024} KiB")
    root = _parser().parse(source).root_node
    if root.has_error:
        raise Unparsable("a shell could not read it, or reads it in a way that cannot be followed")
    _hold_to(root, source)
    return root, source


def _hold_to(root: "Node", source: bytes) -> None:
    """Walk over all tokens: nothing may be left over between them, and none may hold what has a meaning of its own."""
    cursor = root.walk()
    end = 0
    if not root.child_count:
        if _GAP.fullmatch(source) is None:
            raise Unparsable("nothing in it could be read")
        return
    while True:
        if cursor.goto_first_child():
            if cursor.depth > _MOST_DEPTH:
                raise Unparsable(f"it is nested deeper than {_MOST_DEPTH} levels")
            continue
        node = cursor.node
        assert node is not None
        start, stop = node.start_byte, node.end_byte
        if start > end and _GAP.fullmatch(source, end, start) is None:
            raise Unparsable("part of it was passed over")
        end = max(end, stop)
        leftover = _CHECKED.get(node.type)
        if leftover is not None and leftover.search(source[start:stop].decode("utf-8", "replace")):
            raise Unparsable("part of a word has a meaning that was not seen")
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                if _GAP.fullmatch(source, end, len(source)) is None:
                    raise Unparsable("its end was passed over")
                return

"""From a command line to its invocations: each simple command, where it would run and what it would be fed."""

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from kiro_worker.policy.shell.listing import prints_names
from kiro_worker.policy.shell.tree import Unparsable, parse
from kiro_worker.policy.shell.variable import Variables
from kiro_worker.policy.shell.word import (
    UNKNOWN,
    TooMuch,
    Word,
    ansi_c,
    hidden,
    in_double_quotes,
    join,
    plain,
    unescaped,
)
from kiro_worker.value import dataclass, field, replace

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST_INVOCATIONS = 400
_MOST_PLACES = 8
_MOST_FORMS = 64

_NUMBERS = frozenset({"?", "#", "!", "$", "-", "0", "RANDOM", "SECONDS", "LINENO", "EUID", "UID", "PPID"})
_LOOPS = frozenset({"while_statement", "for_statement", "c_style_for_statement"})
_REDIRECTS = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect"})
_STATEMENTS = frozenset({
    "command", "list", "pipeline", "redirected_statement", "subshell", "compound_statement", "if_statement",
    "while_statement", "for_statement", "c_style_for_statement", "case_statement", "function_definition",
    "negated_command", "test_command", "declaration_command", "unset_command", "variable_assignment",
    "variable_assignments", "do_group", "elif_clause", "else_clause", "case_item",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection to or from a file."""

    target: Word
    writes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One simple command.

    Attributes:
        words: the program and its arguments; empty for a redirection or assignment that stands alone.
        assigns: variables that are set for it, or by it.
        at: every folder it may run in, relative to where the command line starts; `UNKNOWN` when it cannot be told.
        fed: commands whose output it reads, or has in its words.
        stdin: texts of here-documents that it reads; `UNKNOWN` where one cannot be told.
    """

    words: tuple[Word, ...] = ()
    assigns: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    at: tuple[str, ...] = ("",)
    fed: tuple["Invocation", ...] = ()
    stdin: tuple[str, ...] = ()

    def with_words(self, words: tuple[Word, ...], assigns: tuple[tuple[str, Word], ...] = ()) -> "Invocation":
        """The command that this one starts in its own place."""
        return replace(self, words=words, assigns=assigns, redirects=())


@dataclass(frozen=True, slots=True)
class Script:
    """A command line as it was read."""

    invocations: tuple[Invocation, ...]
    functions: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Context:
    at: tuple[str, ...]
    feed: tuple[Invocation, ...] = ()
    stdin: tuple[str, ...] = ()

    def there(self, at: tuple[str, ...]) -> "_Context":
        return self if at == self.at else _Context(at, self.feed, self.stdin)


@dataclass(slots=True)
class _Flow:
    """Where the shell is afterwards: when it went well, and when not."""

    well: tuple[str, ...]
    badly: tuple[str, ...]

    @property
    def any(self) -> tuple[str, ...]:
        return self.well if self.well == self.badly else _places(self.well, self.badly)


@dataclass(slots=True)
class _Heard:
    """Redirections of one statement."""

    redirects: list[Redirect] = field(default_factory=list)
    stdin: list[str] = field(default_factory=list)
    feed: list[Invocation] = field(default_factory=list)
    arguments: list[Word] = field(default_factory=list)
    after: list["Node"] = field(default_factory=list)


@lru_cache(maxsize=1024)
def read_script(text: str, *, at: tuple[str, ...] = ("",)) -> Script:
    """Read a command line; agents say the same ones again and again, so the last are kept.

    Raises:
        Unparsable: when it is not certain what a shell would do.
    """
    root, source = parse(text)
    reader = _Reader(root, source)
    try:
        reader.block(root, _Context(at=at))
    except TooMuch as much:
        raise Unparsable(str(much)) from None
    return Script(tuple(reader.found), frozenset(reader.functions))


class _Reader:
    def __init__(self, root: "Node", source: bytes) -> None:
        self.found: list[Invocation] = []
        self.functions: set[str] = set()
        self._source = source
        self._variables = Variables(root, source) if b"$" in source else None
        self._looking_up: set[str] = set()
        self._read_inside: set[str] = set()

    # Statements

    def block(self, node: "Node", context: _Context) -> _Flow:
        """Statements one after the other."""
        at = context.at
        for child in node.named_children:
            if child.type in _STATEMENTS:
                at = self.statement(child, context.there(at)).any
            elif child.type in _REDIRECTS:
                # `$(< file)`: a redirection that no command stands beside.
                self._alone(child, context.there(at))
            elif child.type != "comment":
                self._scan(child, context.there(at))
        return _Flow(at, at)

    def statement(self, node: "Node", context: _Context) -> _Flow:
        """One statement; where the shell is afterwards."""
        match node.type:
            case "command":
                return self._command(node, context, _Heard())
            case "redirected_statement":
                return self._redirected(node, context)
            case "list":
                return self._list(node, context)
            case "pipeline":
                return self._pipeline(node, context)
            case "subshell":
                self.block(node, context)
            case "function_definition":
                return self._function(node, context)
            case "variable_assignment":
                self._add(Invocation(assigns=tuple(self._assigns([node], context, [])), at=context.at))
            case "variable_assignments":
                self._add(Invocation(assigns=tuple(self._assigns(node.named_children, context, [])), at=context.at))
            case "declaration_command" | "unset_command":
                self._declaration(node, context)
            case "test_command":
                self._scan(node, context)
            case _:
                return self._compound(node, context)
        return _Flow(context.at, context.at)

    def _compound(self, node: "Node", context: _Context) -> _Flow:
        # What is in a loop or branch runs never, once or often: from wherever any of it may have led.
        inner = self.block(node, context)
        if inner.any == context.at:
            return inner
        if node.type in {"compound_statement", "negated_command", "do_group"}:
            return inner
        at = _places(context.at, inner.any)
        if node.type in _LOOPS:
            at = _places(at, self.block(node, context.there(at)).any)
        return _Flow(at, at)

    def _list(self, node: "Node", context: _Context) -> _Flow:
        first, *rest = [child for child in node.named_children if child.type != "comment"]
        is_and = any(child.type == "&&" for child in node.children)
        flow = self.statement(first, context)
        for child in rest:
            after = self.statement(child, context.there(flow.well if is_and else flow.badly))
            if is_and:
                flow = _Flow(after.well, _places(flow.badly, after.badly))
            else:
                flow = _Flow(_places(flow.well, after.well), after.badly)
        return flow

    def _pipeline(self, node: "Node", context: _Context) -> _Flow:
        # The parser takes `cd a && b 2>&1 | c` for one pipeline, where a shell has changed the folder for good.
        at = context.at
        feed = context.feed
        for child in node.named_children:
            if child.type == "comment":
                continue
            start = len(self.found)
            at = _places(at, self.statement(child, _Context(at, feed, context.stdin)).any)
            feed = (*feed, *self.found[start:])
        return _Flow(at, at)

    def _alone(self, redirect: "Node", context: _Context) -> None:
        heard = _Heard()
        self._redirect(redirect, context, heard)
        self._add(Invocation(redirects=tuple(heard.redirects), at=context.at, fed=tuple(heard.feed)))

    def _function(self, node: "Node", context: _Context) -> _Flow:
        name = node.child_by_field_name("name")
        self.functions.add(self._text(name) if name is not None else "")
        body = node.child_by_field_name("body")
        flow = self.statement(body, context) if body is not None else _Flow(context.at, context.at)
        for redirect in node.children_by_field_name("redirect"):
            self._alone(redirect, context)
        at = _places(context.at, flow.any)
        return _Flow(at, at)

    def _redirected(self, node: "Node", context: _Context) -> _Flow:
        heard = _Heard()
        body: Node | None = None
        for child in node.named_children:
            if child.type in _STATEMENTS and body is None:
                body = child
            elif child.type != "comment":
                self._redirect(child, context, heard)
        flow = _Flow(context.at, context.at)
        start = len(self.found)
        if body is not None and body.type == "command":
            flow = self._command(body, context, heard)
        else:
            inner = _Context(context.at, (*context.feed, *heard.feed), (*heard.stdin, *context.stdin))
            if body is not None:
                flow = self.statement(body, inner)
            self._add(Invocation(redirects=tuple(heard.redirects), at=context.at, fed=tuple(heard.feed)))
        fed = (*context.feed, *self.found[start:])
        for after in heard.after:
            at = self.statement(after, _Context(flow.any, fed, context.stdin)).any
            flow = _Flow(_places(flow.well, at), _places(flow.badly, at))
        return flow

    # Redirections

    def _redirect(self, node: "Node", context: _Context, heard: _Heard) -> None:
        match node.type:
            case "file_redirect":
                self._file_redirect(node, context, heard)
            case "herestring_redirect":
                words = [word for child in node.named_children for word in self._words(child, context, heard.feed)]
                heard.stdin.extend(UNKNOWN if word.single is None else word.single for word in words)
            case "heredoc_redirect":
                self._heredoc(node, context, heard)
            case _:
                raise Unparsable(f"a redirection of the kind {node.type} is not known")

    def _file_redirect(self, node: "Node", context: _Context, heard: _Heard) -> None:
        sign = next((child.type for child in node.children if not child.is_named), "")
        writes = ">" in sign
        # Words after the target belong to the command: `> out cmd` is how a shell reads it, too.
        for at, child in enumerate(node.children_by_field_name("destination")):
            before = len(heard.feed)
            words = self._words(child, context, heard.feed)
            if at > 0:
                heard.arguments.extend(words)
            elif child.type == "process_substitution" or (sign in {">&", "<&"} and _are_descriptors(words)):
                continue
            else:
                heard.redirects.extend(Redirect(word, writes) for word in words)
                if not writes and len(heard.feed) == before:
                    heard.stdin.append(UNKNOWN)

    def _heredoc(self, node: "Node", context: _Context, heard: _Heard) -> None:
        start = next((child for child in node.children if child.type == "heredoc_start"), None)
        label = self._text(start) if start is not None else ""
        delimiter = unescaped(label.replace("'", "").replace('"', ""))
        for child in node.named_children:
            match child.type:
                case "heredoc_start":
                    pass
                case "heredoc_body":
                    heard.stdin.append(self._heredoc_text(child, context, heard, raw=delimiter != label))
                    if any(line.lstrip("\t") == delimiter for line in self._text(child).split("\n")):
                        raise Unparsable("a here-document ends before it seems to")
                case "heredoc_end":
                    if self._text(child).strip("\t") != delimiter:
                        raise Unparsable("a here-document does not end where it seems to")
                case kind if kind in _REDIRECTS:
                    self._redirect(child, context, heard)
                case kind if kind in _STATEMENTS:
                    heard.after.append(child)
                case _:
                    heard.arguments.extend(self._words(child, context, heard.feed))

    def _heredoc_text(self, body: "Node", context: _Context, heard: _Heard, *, raw: bool) -> str:
        text = self._text(body)
        if raw:
            return text
        expansions = [child for child in body.named_children if child.type != "heredoc_content"]
        for child in expansions:
            self._piece(child, context, heard.feed, quoted=True)
        if not expansions and ("`" in text.replace("\\`", "") or "$(" in text.replace("\\$", "")):
            raise Unparsable("a here-document holds a command that was not seen")
        return UNKNOWN if expansions else text

    # Simple commands

    def _command(self, node: "Node", context: _Context, heard: _Heard) -> _Flow:
        words: list[Word] = []
        fed: list[Invocation] = []
        assigned: list[Node] = []
        for child in node.named_children:
            kind = child.type
            if kind == "variable_assignment":
                assigned.append(child)
            elif kind in _REDIRECTS:
                self._redirect(child, context, heard)
            elif kind != "comment":
                inner = child.named_children[0] if kind == "command_name" and child.named_children else child
                words.extend(self._words(inner, context, fed))
        if heard.arguments:
            words.extend(heard.arguments)
        made = Invocation(
            words=tuple(words),
            assigns=tuple(self._assigns(assigned, context, fed)),
            redirects=tuple(heard.redirects),
            at=context.at,
            fed=(*context.feed, *heard.feed, *fed),
            stdin=(*heard.stdin, *context.stdin),
        )
        self._add(made)
        if words and words[0].text == "read" and prints_names(made.fed):
            self._read_inside.update(word.text for word in words[1:] if not word.text.startswith("-"))
        return _moved(made)

    def _declaration(self, node: "Node", context: _Context) -> None:
        fed: list[Invocation] = []
        assigned = [child for child in node.named_children if child.type == "variable_assignment"]
        words: list[Word] = [plain(node.children[0].type)]
        for child in node.named_children:
            if child.type not in {"variable_assignment", "comment"}:
                words.extend(self._words(child, context, fed))
        assigns = tuple(self._assigns(assigned, context, fed))
        self._add(Invocation(words=tuple(words), assigns=assigns, at=context.at, fed=tuple(fed)))

    def _assigns(self, nodes: "list[Node]", context: _Context, fed: list[Invocation]) -> Iterator[tuple[str, Word]]:
        for node in nodes:
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            label = self._text(name) if name is not None else ""
            if value is None:
                yield label, plain("")
            elif value.type == "array":
                self._scan(value, context, fed)
                yield label, Word((UNKNOWN,))
            else:
                words = self._words(value, context, fed)
                yield label, words[0] if len(words) == 1 else Word((UNKNOWN,))

    def _add(self, made: Invocation) -> None:
        if not (made.words or made.assigns or made.redirects):
            return
        if len(self.found) >= _MOST_INVOCATIONS:
            raise Unparsable(f"it holds more than {_MOST_INVOCATIONS} commands")
        self.found.append(made)

    # Words

    def _words(self, node: "Node", context: _Context, fed: list[Invocation]) -> tuple[Word, ...]:
        if node.type == "word":
            text = self._text(node)
            if not ("\\" in text or "{" in text or "*" in text or "?" in text or "[" in text):
                return (plain(text),)
        before = len(fed)
        pieces: list[tuple[str, ...]] = []
        if node.type != "concatenation":
            pieces.append(self._piece(node, context, fed, quoted=False))
        else:
            end = node.start_byte
            for child in node.children:
                if child.start_byte != end:
                    raise Unparsable("one word was taken for two, or two for one")
                end = child.end_byte
                pieces.append(self._piece(child, context, fed, quoted=False))
        unknown = any(UNKNOWN in text for piece in pieces for text in piece)
        return join(pieces, inside=unknown and self._all_inside(node, context, fed[before:]))

    def _all_inside(self, node: "Node", context: _Context, fed: list[Invocation]) -> bool:
        """Whether all that is unknown in a word are names of files of the workspace."""
        if any(not self._is_inside(self._text(one), context) for one in _below(node, "variable_name")):
            return False
        text = self._text(node).strip("\"'")
        # In front of a name nothing may stand, and behind it no way out of its folder.
        if not text.startswith(("$", "./$", "`")) or ".." in text or any(True for _ in _below(node, "expansion", "%")):
            return False
        has_commands = any(True for _ in _below(node, "command_substitution"))
        return prints_names(tuple(fed)) if has_commands else True

    def _is_inside(self, name: str, context: _Context) -> bool:
        if self._variables is None:
            return False
        if name in self._read_inside and self._variables.read_once(name):
            return True
        values = self._variables.values(name)
        if not values or name in self._looking_up:
            return False
        words = self._values(name, values, context)
        return all(word.known or word.inside for word in words)

    def _values(self, name: str, values: "list[Node]", context: _Context) -> list[Word]:
        """What a variable's values stand for; their own commands are judged where they stand."""
        self._looking_up.add(name)
        seen = len(self.found)
        try:
            return [word for value in values for word in self._words(value, context, [])]
        finally:
            del self.found[seen:]
            self._looking_up.discard(name)

    def _piece(self, node: "Node", context: _Context, fed: list[Invocation], *, quoted: bool) -> tuple[str, ...]:
        text = self._text(node)
        match node.type:
            case "word" | "extglob_pattern" | "regex" | "test_operator" | "variable_name" | "special_variable_name":
                return (unescaped(text),)
            case "number":
                self._scan(node, context, fed)
                return (text,) if not node.named_child_count else (UNKNOWN,)
            case "raw_string":
                return (hidden(text[1:-1]),)
            case "ansi_c_string":
                return (ansi_c(text[2:-1]),)
            case "string_content":
                return (in_double_quotes(text),)
            case "string" | "translated_string":
                return self._string(node, context, fed)
            case "concatenation":
                words = self._words(node, context, fed)
                return words[0].texts if len(words) == 1 else (UNKNOWN,)
            case "simple_expansion" | "expansion":
                return self._expansion(node, context, fed, quoted=quoted)
            case "command_substitution" | "process_substitution":
                return self._substitution(node, context, fed)
            case "arithmetic_expansion":
                self._scan(node, context, fed)
                return ("0",)
            case "brace_expression":
                return (text,)
            case kind if not node.is_named:
                return (text,)
            case kind:
                raise Unparsable(f"a part of the kind {kind} stands where a word is expected")

    def _string(self, node: "Node", context: _Context, fed: list[Invocation]) -> tuple[str, ...]:
        made = [""]
        end = node.start_byte
        for child in node.children:
            gap = self._source[end : child.start_byte].decode("utf-8", "replace")
            end = child.end_byte
            # `$"…"` is a string in the user's language.
            is_quote = child.type in {'"', '$"'} or (child.type == "$" and child.start_byte == node.start_byte)
            pieces = ("",) if is_quote else self._piece(child, context, fed, quoted=True)
            made = [text + hidden(gap) + piece for text in made for piece in pieces]
            if len(made) > _MOST_FORMS:
                raise TooMuch("a word in it stands for too many things")
        return tuple(made)

    def _substitution(self, node: "Node", context: _Context, fed: list[Invocation]) -> tuple[str, ...]:
        text = self._text(node)
        if text.startswith("`") and "\\`" in text:
            raise Unparsable("a command in backquotes holds another in backquotes; write $( )")
        start = len(self.found)
        self.block(node, _Context(context.at))
        inner = self.found[start:]
        fed.extend(inner)
        if node.type == "process_substitution":
            return ("/dev/fd/63",)
        words = [[word.text for word in one.words] for one in inner]
        if words == [["pwd"]]:
            return (".",)
        if words == [["cat"]] and len(inner[0].stdin) == 1 and not inner[0].fed:
            # How a text of several lines is written into a word.
            return (hidden(inner[0].stdin[0].rstrip("\n")),)
        if words == [["git", "rev-parse", "--show-toplevel"]] and set(context.at) == {""}:
            return (".",)
        return (UNKNOWN,)

    def _expansion(self, node: "Node", context: _Context, fed: list[Invocation], *, quoted: bool) -> tuple[str, ...]:
        names = [child for child in node.named_children if child.type in {"variable_name", "special_variable_name"}]
        name = self._text(names[0]) if names else ""
        text = self._text(node)
        if text not in {f"${name}", f"${{{name}}}"}:
            self._scan(node, context, fed)
            return ("0",) if text.startswith("${#") and node.named_child_count == 1 else (UNKNOWN,)
        if name in _NUMBERS:
            return ("0",)
        if name == "HOME":
            return ("~",)
        if name == "PWD" and b"PWD=" not in self._source:
            return (".",)
        values = self._variables.values(name) if self._variables is not None else None
        if values is None or name in self._looking_up:
            return (UNKNOWN,)
        texts = tuple(dict.fromkeys(text for word in self._values(name, values, context) for text in word.texts))
        if not texts or (not quoted and any(set(text) & set(" \t\n") for text in texts)):
            return (UNKNOWN,)
        return tuple(map(hidden, texts)) if quoted else texts

    def _scan(self, node: "Node", context: _Context, fed: list[Invocation] | None = None) -> None:
        """Look for commands in what is no statement: tests, sums, patterns."""
        into: list[Invocation] = [] if fed is None else fed
        waiting = list(node.children)
        while waiting:
            child = waiting.pop()
            if child.type in {"command_substitution", "process_substitution"}:
                self._substitution(child, context, into)
            elif child.type in _STATEMENTS and child.type not in {"variable_assignment", "test_command"}:
                self.statement(child, context)
            else:
                waiting.extend(child.children)

    def _text(self, node: "Node") -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _below(node: "Node", *kinds: str) -> "Iterator[Node]":
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.type in kinds and (current.type != "expansion" or current.child_count > 3):
            yield current
        else:
            waiting.extend(current.named_children)


def _are_descriptors(words: tuple[Word, ...]) -> bool:
    return all(text.isdigit() or text == "-" for word in words for text in word.texts)


def _places(*several: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(place for places in several for place in places))
    return found if len(found) <= _MOST_PLACES else (UNKNOWN,)


def _moved(made: Invocation) -> _Flow:
    """Where `cd` leads."""
    words = made.words
    while words and words[0].text in {"command", "builtin"}:
        words = words[1:]
    if not words or words[0].text not in {"cd", "pushd", "popd", "chdir"}:
        return _Flow(made.at, made.at)
    targets = [word for word in words[1:] if not (word.text.startswith("-") and word.text != "-")]
    if len(targets) != 1 or words[0].text == "popd" or targets[0].single in {None, "-"} or targets[0].glob:
        return _Flow((UNKNOWN,), (UNKNOWN,))
    target = targets[0].text
    if UNKNOWN in made.at:
        there: tuple[str, ...] = (target,) if target.startswith("/") else (UNKNOWN,)
    else:
        there = tuple(posixpath.normpath(posixpath.join(place, target)) for place in made.at)
    return _Flow(_places(there), made.at)

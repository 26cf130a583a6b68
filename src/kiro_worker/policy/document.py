"""Reading the documents of a policy: bytes in, a policy out, or everything that is wrong with them at once.

`security:` and `governance:` are Kiro's words (`.kiro/config.yaml`), `require_human_approval:` is those of
`.kiro/governance.yaml`; `policy:` may stand in either and is ours.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from kiro_worker.document import Listing, Node, Scalar, Table, read_document
from kiro_worker.error import Fault, WorkerError
from kiro_worker.flaw import Flaw, Place, nearest, quoted
from kiro_worker.policy.approval import SHIPPED, Approval, ChangeType
from kiro_worker.policy.decision import Answer
from kiro_worker.policy.glob import BadPattern, compiled
from kiro_worker.policy.pattern import read_pattern
from kiro_worker.policy.policy import Policy
from kiro_worker.policy.rule import Rule
from kiro_worker.policy.shipped import SWITCHES

#: Where a policy is written; of two spellings only one may be there.
PATHS = (".kiro/config.yaml", ".kiro/config.yml", ".kiro/governance.yaml", ".kiro/governance.yml")
_ANSWERS = {"allow": Answer.ALLOW, "ask": Answer.ASK, "deny": Answer.DENY}
_SECTIONS = ("commands", "paths", "network", "tools", "mcp")
_SCOPES = ("repository", "spec", "task")

Check = Callable[[str], object]


class PolicyInvalid(WorkerError):
    """A policy that cannot be read; nothing was started."""

    code = "policy.invalid"
    fault = Fault.CONFIG

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(dict.fromkeys(flaws))
        many = (
            "The policy cannot be used" if len(self.flaws) == 1 else f"{len(self.flaws)} places of the policy are wrong"
        )
        super().__init__(
            "\n  ".join((f"{many}; nothing was started.", *map(str, self.flaws))),
            next_step="Correct what is named on the base branch, then look again: kiro-worker policy check",
        )


def read_policy(files: Mapping[str, bytes | None]) -> Policy:
    """The policy that these files make; a missing file says nothing.

    Raises:
        PolicyInvalid: with everything that is wrong in any of them.
    """
    reader = _Reader()
    there = {path: body for path in PATHS if (body := files.get(path)) is not None}
    for path, other in (PATHS[:2], PATHS[2:]):
        if path in there and other in there:
            reader.flaw(Place(other), f"{path} is there too, and only one can count; remove one")
    for path, body in there.items():
        reader.file(path, body)
    if reader.flaws:
        raise PolicyInvalid(reader.flaws)
    return reader.policy(tuple((path, hashlib.sha256(body).hexdigest()) for path, body in there.items()))


class _Reader:
    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self._rules: dict[str, list[Rule]] = {}
        self._approvals: list[Approval] = []
        self._types: dict[str, ChangeType] = {}
        self._named_types: list[tuple[str, Place]] = []
        self._without: set[str] = set()
        self._defaults: dict[str, Answer] = {}
        self._scope = "repository"

    def policy(self, sources: tuple[tuple[str, str], ...]) -> Policy:
        """All that was read."""
        return Policy(
            write_scope=self._scope,  # type: ignore[arg-type]  # one of the words, or there is a flaw
            rules={name: tuple(rules) for name, rules in self._rules.items()},
            without=frozenset(self._without),
            network_default=self._defaults.get("network", Answer.ASK),
            tools_default=self._defaults.get("tools", Answer.ASK),
            approvals=tuple(self._approvals),
            change_types=tuple(self._types.values()),
            sources=sources,
        )

    def flaw(self, place: Place, what: str) -> None:
        """Something is wrong."""
        self.flaws.append(Flaw(str(place), what))

    def file(self, path: str, body: bytes) -> None:
        """Read one file; of Kiro's own only what is about policy is looked at."""
        node = read_document(body, path, self.flaws) if body.strip() else None
        table = self._table(node, "this file") if node is not None else None
        if table is None:
            return
        readers = {"security": self._security, "governance": self._governance, "policy": self._policy}
        is_governance = path in PATHS[2:]
        for name, child in table.entries:
            if name.text in readers and not (is_governance and name.text == "security"):
                readers[name.text](child)
            elif is_governance and name.text == "require_human_approval":
                self._approval_list(child)
            elif is_governance:
                self._unknown(name, ("require_human_approval", "governance", "policy"))
        for each, place in self._named_types:
            if each not in {kind.name for kind in SHIPPED} | self._types.keys():
                self.flaw(
                    place,
                    f"{quoted(each)} is no kind of change; {_meant(each, [*(k.name for k in SHIPPED), *self._types])}",
                )
        self._named_types.clear()

    def _security(self, node: Node) -> None:
        for name, child in self._entries(node, "security", ("sensitive_files", "trusted_commands", "denied_commands")):
            match name.text:
                case "sensitive_files":
                    self._add("paths", Answer.DENY, name.text, child, compiled)
                case "trusted_commands":
                    self._add("commands", Answer.ALLOW, name.text, child, read_pattern)
                case _:
                    self._add("commands", Answer.DENY, name.text, child, read_pattern)

    def _governance(self, node: Node) -> None:
        for _, child in self._entries(node, "governance", ("require_approval", "require_human_approval")):
            self._approval_list(child)

    def _policy(self, node: Node) -> None:
        known = ("write_scope", *_SECTIONS, "change_types", "without")
        for name, child in self._entries(node, "policy", known):
            match name.text:
                case "write_scope":
                    word = self._word(child, _SCOPES, "write_scope")
                    self._scope = word or self._scope
                case "change_types":
                    self._change_types(child)
                case "without":
                    for text, place in self._texts(child, "without"):
                        if text in SWITCHES:
                            self._without.add(text)
                        else:
                            self.flaw(
                                place,
                                f"{quoted(text)} is no shipped rule that can be left out; {_meant(text, SWITCHES)}",
                            )
                case section:
                    self._section(section, child)

    def _section(self, section: str, node: Node) -> None:
        if isinstance(node, Scalar) and section in {"network", "tools"}:
            word = self._word(node, tuple(_ANSWERS), section)
            self._defaults[section] = _ANSWERS.get(word, Answer.ASK)
            return
        has_default = ("default",) if section in {"network", "tools"} else ()
        check: Check = {"commands": read_pattern, "paths": compiled}.get(section, str)
        for name, child in self._entries(node, section, (*_ANSWERS, *has_default)):
            if name.text == "default":
                self._defaults[section] = _ANSWERS.get(self._word(child, tuple(_ANSWERS), "default"), Answer.ASK)
            else:
                self._add(section, _ANSWERS[name.text], f"{section}.{name.text}", child, check)

    def _add(self, section: str, answer: Answer, key: str, node: Node, check: Check) -> None:
        for text, place in self._texts(node, key):
            try:
                check(text)
            except BadPattern as bad:
                self.flaw(place, f"{quoted(text)} {bad}")
            else:
                self._rules.setdefault(section, []).append(Rule(answer, key, text, str(place)))

    def _change_types(self, node: Node) -> None:
        table = self._table(node, "change_types")
        for name, child in table.entries if table else ():
            found: dict[str, tuple[str, ...]] = {}
            for key, value in self._entries(child, name.text, ("paths", "content")):
                found[key.text] = tuple(
                    self._checked(value, key.text, compiled if key.text == "paths" else _expression)
                )
            self._types[name.text] = ChangeType(name=name.text, **found)

    def _checked(self, node: Node, key: str, check: Check) -> Iterator[str]:
        for text, place in self._texts(node, key):
            try:
                check(text)
            except BadPattern as bad:
                self.flaw(place, f"{quoted(text)} {bad}")
            else:
                yield text

    def _approval_list(self, node: Node) -> None:
        if not isinstance(node, Listing):
            self.flaw(node.place, "write a list here: each entry begins with `- `")
            return
        known = ("files_matching", "file_patterns", "change_types", "thresholds", *_NUMBERS)
        for item in node.items:
            found: dict[str, object] = {"where": str(item.place)}
            for name, child in self._entries(item, "an entry", known):
                self._approval(name, child, found)
            self._approvals.append(Approval(**found))  # type: ignore[arg-type]  # each value by its own reader

    def _approval(self, name: Scalar, node: Node, found: dict[str, object]) -> None:
        match name.text:
            case "files_matching" | "file_patterns":
                before = found.get("files", ())
                assert isinstance(before, tuple)
                found["files"] = (*before, *self._checked(node, name.text, compiled))
            case "change_types":
                named = tuple(self._texts(node, name.text))
                self._named_types.extend(named)
                found["change_types"] = tuple(text for text, _ in named)
            case "thresholds":
                for key, value in self._entries(node, "thresholds", tuple(_THRESHOLDS)):
                    found[_THRESHOLDS[key.text]] = self._number(key, value)
            case key:
                found[_NUMBERS[key]] = self._number(name, node)

    def _number(self, name: Scalar, node: Node) -> float | int | None:
        is_share = name.text == "complexity_increase"
        text = node.text.strip() if isinstance(node, Scalar) else ""
        if re.fullmatch(r"[0-9]{1,9}%" if is_share else r"[0-9]{1,9}", text):
            return float(text[:-1]) if is_share else int(text)
        self.flaw(node.place, f"{name.text} takes {'a share such as 20%' if is_share else 'a whole number'}")
        return None

    # Nodes

    def _table(self, node: Node, what: str) -> Table | None:
        if isinstance(node, Table):
            return node
        if not (isinstance(node, Scalar) and node.kind == "null"):
            self.flaw(node.place, f"{what} is a mapping; write its keys below it, as `key: value`")
        return None

    def _entries(self, node: Node, what: str, known: tuple[str, ...]) -> Iterator[tuple[Scalar, Node]]:
        table = self._table(node, what)
        for name, child in table.entries if table else ():
            if name.text in known:
                yield name, child
            else:
                self._unknown(name, known)

    def _unknown(self, name: Scalar, known: Iterable[str]) -> None:
        self.flaw(name.place, f"{quoted(name.text)} means nothing here; {_meant(name.text, known)}")

    def _texts(self, node: Node, what: str) -> Iterator[tuple[str, Place]]:
        for item in node.items if isinstance(node, Listing) else (node,):
            if not isinstance(item, Scalar) or (item.kind == "null" and isinstance(node, Listing)):
                self.flaw(item.place, f"{what} takes texts; quote what is meant as text")
            elif item.kind != "null":
                yield item.text, item.place

    def _word(self, node: Node, known: tuple[str, ...], what: str) -> str:
        text = node.text if isinstance(node, Scalar) else ""
        if text in known:
            return text
        self.flaw(node.place, f"{what} takes one of {', '.join(known)}")
        return ""


_NUMBERS = {"file_changes_over": "files_over", "lines_changed_over": "lines_changed_over"}
_THRESHOLDS = {
    "files_changed": "files_over",
    "lines_changed": "lines_changed_over",
    "lines_added": "lines_added_over",
    "complexity_increase": "complexity_over",
}


def _meant(text: str, known: Iterable[str]) -> str:
    names = tuple(known)
    meant = nearest(text, names)
    return f"did you mean {meant}?" if meant else f"known are {', '.join(names)}"


def _expression(text: str) -> None:
    try:
        re.compile(text)
    except re.error as error:
        raise BadPattern(f"is no regular expression: {error}") from None

"""A table of cases that a policy is tested with: what is asked, and what has to be said."""

from collections.abc import Iterator

from kiro_worker.document import Listing, Scalar, Table, read_document
from kiro_worker.flaw import Flaw, nearest
from kiro_worker.policy.decision import Answer
from kiro_worker.policy.request import Kind, Request
from kiro_worker.value import dataclass

PATH = ".kiro/policy-tests.yaml"
_SUBJECTS = ("command", "read", "write", "delete", "url", "mcp")
_KINDS = {"read": Kind.READ, "write": Kind.EDIT, "delete": Kind.DELETE}


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        where: its `file:line:column`.
        rule: the rule that has to decide; empty is any.
    """

    where: str
    subject: str
    request: Request
    expect: Answer
    rule: str = ""


def request_for(subject: str, text: str) -> Request:
    """What is asked for a command, a path, an address or an MCP tool."""
    if subject == "command":
        return Request(kind=Kind.EXECUTE, command=text)
    if subject == "url":
        return Request(kind=Kind.FETCH, url=text)
    if subject == "mcp":
        server, _, tool = text.partition("/")
        return Request(kind=Kind.MCP, server=server, tool=tool)
    return Request(kind=_KINDS[subject], paths=(text,))


def read_cases(body: bytes, flaws: list[Flaw], path: str = PATH) -> tuple[Case, ...]:
    """The cases of a file: a list of `{command: …, expect: allow}`; what is wrong is added to `flaws`."""
    node = read_document(body, path, flaws)
    if node is None:
        return ()
    if not isinstance(node, Listing):
        flaws.append(Flaw(str(node.place), "this file is a list of cases; each begins with `- `"))
        return ()
    return tuple(case for item in node.items for case in _case(item, flaws))


def _case(node: object, flaws: list[Flaw]) -> Iterator[Case]:
    assert isinstance(node, (Scalar, Listing, Table))
    if not isinstance(node, Table):
        flaws.append(Flaw(str(node.place), "a case is a mapping, such as `command: npm test` and `expect: allow`"))
        return
    texts = {name.text: value.text for name, value in node.entries if isinstance(value, Scalar)}
    for name, value in node.entries:
        if name.text not in {*_SUBJECTS, "expect", "rule"}:
            meant = nearest(name.text, (*_SUBJECTS, "expect", "rule"))
            flaws.append(
                Flaw(
                    str(name.place), f"{name.text!r} means nothing here" + (f"; did you mean {meant}?" if meant else "")
                )
            )
        elif not isinstance(value, Scalar):
            flaws.append(Flaw(str(value.place), f"{name.text} takes one text"))
    subjects = [name for name in _SUBJECTS if name in texts]
    if len(subjects) != 1:
        flaws.append(Flaw(str(node.place), f"a case is about exactly one of {', '.join(_SUBJECTS)}"))
    elif texts.get("expect") not in {answer.value for answer in Answer}:
        flaws.append(Flaw(str(node.place), "expect is missing; write allow, ask or deny"))
    else:
        text = texts[subjects[0]]
        request = request_for(subjects[0], text)
        yield Case(str(node.place), f"{subjects[0]} {text}", request, Answer(texts["expect"]), texts.get("rule", ""))

"""GraphQL as GitHub speaks it: documents are really executed, and refused and priced in GitHub's own ways.

Needs `graphql-core`, which the product itself does not.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from kiro_worker.testing.github_reply import Reply

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLError, GraphQLSchema, SelectionSetNode

_MOST_NODES = 100
_UNKNOWN_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '\w+\.(\w+)'")
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")


class Refused(Exception):
    """A field that is refused, with GitHub's word for the kind of refusal."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def executed(schema: "GraphQLSchema", document: str, variables: Mapping[str, Any], root: Mapping[str, Any]) -> Reply:
    """The answer to a document; values of `root` may be functions of a field's arguments."""
    from graphql import execute

    parsed, faults = checked(schema, document)
    if faults:
        return Reply(status=200, payload={"errors": [_misunderstood(fault) for fault in faults]})
    result: Any = execute(schema, parsed, root_value=root, variable_values=dict(variables))
    errors = [_refused(error) for error in result.errors or ()]
    return Reply(status=200, payload={"data": result.data, **({"errors": errors} if errors else {})})


@cache
def checked(schema: "GraphQLSchema", document: str) -> "tuple[DocumentNode, tuple[GraphQLError, ...]]":
    """A document, and what the schema does not allow in it; each is looked at once."""
    from graphql import parse, validate

    parsed = parse(document)
    return parsed, tuple(validate(schema, parsed))


def connection(
    values: Sequence[Any], *, first: int | None = None, last: int | None = None, after: str | None = None,
    before: str | None = None, **_: object,
) -> dict[str, Any]:  # fmt: skip
    """One page of a list, with cursors."""
    size = first or last
    if size is None or not 1 <= size <= _MOST_NODES:
        message = f"Requesting {size} records on the connection exceeds the `first` limit of {_MOST_NODES} records."
        raise Refused("EXCESSIVE_PAGINATION" if size else "MISSING_PAGINATION_BOUNDARIES", message)
    begin = int(after) if after else 0
    end = int(before) if before else len(values)
    start, stop = (begin, min(end, begin + size)) if first else (max(begin, end - size), end)
    return {
        "totalCount": len(values),
        "nodes": list(values[start:stop]),
        "pageInfo": {
            "hasNextPage": stop < end,
            "hasPreviousPage": start > begin,
            "startCursor": str(start),
            "endCursor": str(stop),
        },
    }


def cost(schema: "GraphQLSchema", document: str, variables: Mapping[str, Any]) -> int:
    """Points, by the published formula: one request for each connection below each node, by the hundred.

    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    """
    from graphql.language import ast

    definitions = checked(schema, document)[0].definitions
    fragments = {each.name.value: each for each in definitions if isinstance(each, ast.FragmentDefinitionNode)}

    def requests(selection: "SelectionSetNode | None", parents: int) -> int:
        total = 0
        for each in selection.selections if selection else ():
            if isinstance(each, ast.FragmentSpreadNode):
                total += requests(fragments[each.name.value].selection_set, parents)
            elif isinstance(each, ast.InlineFragmentNode):
                total += requests(each.selection_set, parents)
            elif isinstance(each, ast.FieldNode):
                size = _size(each, variables)
                below = parents * (size or len(variables.get("ids", ())) if size or each.name.value == "nodes" else 1)
                is_list = each.name.value == "nodes" and not each.arguments
                total += (parents if size else 0) + requests(each.selection_set, parents if is_list else below)
        return total

    whole = sum(
        requests(each.selection_set, 1) for each in definitions if isinstance(each, ast.OperationDefinitionNode)
    )
    return max(1, round(whole / 100))


def _size(node: Any, variables: Mapping[str, Any]) -> int:
    for argument in node.arguments or ():
        if argument.name.value in {"first", "last"}:
            value = argument.value
            return int(value.value) if hasattr(value, "value") else int(variables[value.name.value])
    return 0


def _misunderstood(fault: "GraphQLError") -> dict[str, Any]:
    argument, field = _UNKNOWN_ARGUMENT.search(fault.message), _UNKNOWN_FIELD.search(fault.message)
    if argument:
        told = {"code": "argumentNotAccepted", "name": argument[2], "typeName": "Field", "argumentName": argument[1]}
        return {"message": f"Field '{argument[2]}' doesn't accept argument '{argument[1]}'", "extensions": told}
    if field:
        told = {"code": "undefinedField", "typeName": field[2], "fieldName": field[1]}
        return {"message": f"Field '{field[1]}' doesn't exist on type '{field[2]}'", "extensions": told}
    return {"message": fault.message, "extensions": {"code": "invalid"}}


def _refused(error: "GraphQLError") -> dict[str, Any]:
    cause = error.original_error
    told: dict[str, Any] = {"message": error.message, "path": list(error.path or ())}
    return {**told, "type": cause.kind} if isinstance(cause, Refused) else told

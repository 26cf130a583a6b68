"""GitHub's own published shapes, asked of every request and answer of a test.

Needs `jsonschema` and `graphql-core`, which the product itself does not.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiro_worker.testing.github_graphql import checked

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLResolveInfo, GraphQLSchema

NEWER = "newer.graphql"


class GitHubSchemas:
    """The operations that tools/refresh_github_schemas.py cut out; anything else counts as a fault."""

    def __init__(self, folder: Path, *, rest: str = "rest.json") -> None:
        """Read the shapes.

        Args:
            folder: where `rest.json`, `rest-ghes.json` and `schema.graphql` are.
            rest: which description of REST to hold requests against.
        """
        from graphql import build_ast_schema, build_schema

        described = json.loads((folder / rest).read_text("utf-8"))
        self._operations: dict[str, dict[str, Any]] = described["operations"]
        self._defs = described["$defs"]
        published = (folder / "schema.graphql").read_text("utf-8")
        self._published = build_schema(published)
        self._graphql = build_ast_schema(with_newer(published, (folder / NEWER).read_text("utf-8")))

    @property
    def graphql(self) -> "GraphQLSchema":
        """GraphQL as github.com answers it today."""
        return self._graphql

    @property
    def published_graphql(self) -> "GraphQLSchema":
        """GraphQL as it was last published, and as an older Enterprise Server answers it."""
        return self._published

    @property
    def operations(self) -> frozenset[str]:
        """What there is, such as `GET /repos/{owner}/{repo}`."""
        return frozenset(self._operations)

    def operation(self, method: str, path: str) -> str | None:
        """The operation that a request is."""
        for name in self._operations:
            wanted, template = name.split(" ", 1)
            if wanted == method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
                return name
        return None

    def request_faults(
        self, method: str, path: str, query: Mapping[str, str], body: object | None = None
    ) -> tuple[str, ...]:
        """What GitHub's description does not allow in a request."""
        name = self.operation(method, path)
        if name is None:
            return (f"{method} {path} is not among the described operations",)
        operation = self._operations[name]
        faults = [*self._mismatches(operation["query"], _numbers(query, operation["query"]), f"{name} query")]
        wanted = operation["body"]
        if wanted is None:
            return (*faults, *([f"{name} takes no body"] if body is not None else []))
        known = set(wanted.get("properties", ()))
        unknown = set(body) - known if isinstance(body, dict) else set()
        faults += [f"{name} body: {field} is not described" for field in sorted(unknown)]
        return (*faults, *self._mismatches(wanted, body, f"{name} body"))

    def answer_faults(self, method: str, path: str, status: int, payload: object) -> tuple[str, ...]:
        """What GitHub's description does not know of an answer; statuses it does not list are not looked at."""
        name = self.operation(method, path)
        described = self._operations[name]["responses"].get(str(status)) if name else None
        if described is None:
            return ()
        return self._mismatches(described, payload, f"{name} {status}")

    def graphql_faults(
        self, document: str, variables: Mapping[str, object], data: Mapping[str, object] | None
    ) -> tuple[str, ...]:
        """What the schema does not allow in a document, its variables, or the data that answered it."""
        from graphql import execute

        parsed, errors = checked(self._graphql, document)
        if errors or data is None:
            return tuple(error.message for error in errors)
        # Resolving the answer through the schema is a check of its types and of every field that was asked for.
        result: Any = execute(
            self._graphql,
            parsed,
            root_value=data,
            variable_values=dict(variables),
            field_resolver=_by_its_name_in_the_answer,
        )
        faults = [error.message for error in result.errors or ()]
        return tuple(faults) if faults or result.data == data else (f"{data} is not what was asked for",)

    def _mismatches(self, schema: Mapping[str, Any], value: object, what: str) -> tuple[str, ...]:
        from jsonschema import Draft202012Validator

        checker = Draft202012Validator({**schema, "$defs": self._defs})
        return tuple(
            f"{what}: {'/'.join(map(str, error.path))} {error.message[:300]}" for error in checker.iter_errors(value)
        )


def with_newer(published: str, newer: str) -> "DocumentNode":
    """A schema with what `extend type` adds to it; a field that is there already is replaced."""
    from graphql import REMOVE, Visitor, parse, print_ast, visit
    from graphql.language import ast

    added = {
        each.name.value: each for each in parse(newer).definitions if isinstance(each, ast.ObjectTypeExtensionNode)
    }

    class Replaced(Visitor):
        def enter_field_definition(self, node: Any, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> Any:
            owner = next(each for each in reversed(ancestors) if hasattr(each, "name"))
            more = added.get(owner.name.value)
            replaced = more is not None and node.name.value in {field.name.value for field in more.fields or ()}
            return REMOVE if replaced else None

    # A field may be left out only where another takes its place, or a type could become empty.
    return parse(f"{print_ast(visit(parse(published), Replaced()))}\n{newer}")


def newer_fields(newer: str) -> dict[tuple[str, str], frozenset[str]]:
    """Type and field to those arguments that alone are newer; none when the field is newer as a whole.

    >>> newer_fields("extend type A { b(first: Int, query: String): Int }")
    {('A', 'b'): frozenset({'query'})}
    """
    from graphql import parse
    from graphql.language import ast

    return {
        (each.name.value, field.name.value): frozenset(
            argument.name.value for argument in field.arguments or () if argument.name.value not in _PAGING
        )
        for each in parse(newer).definitions
        if isinstance(each, ast.ObjectTypeExtensionNode)
        for field in each.fields or ()
    }


# Every connection has these, and always had.
_PAGING = frozenset({"after", "before", "first", "last", "orderBy"})


def _by_its_name_in_the_answer(source: Any, info: "GraphQLResolveInfo[Any]", **_: Any) -> Any:
    return source.get(info.path.key) if isinstance(source, dict) else None


def _numbers(query: Mapping[str, str], schema: Mapping[str, Any]) -> dict[str, object]:
    described = schema["properties"]
    return {
        name: int(value) if described.get(name, {}).get("type") == "integer" and value.isdigit() else value
        for name, value in query.items()
    }

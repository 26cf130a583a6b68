"""Cut from GitHub's published descriptions what the worker sends and reads, for the tests.

Usage: refresh_github_schemas.py OPENAPI_FOLDER GRAPHQL_FOLDER

The folders are the npm packages `@octokit/openapi` and `@octokit/graphql-schema`, unpacked. Only shapes are taken:
names, types and which of them are required; all prose stays behind.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_ast_schema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_scalar_type,
    is_specified_scalar_type,
    is_union_type,
    parse,
    validate,
    visit,
)

from kiro_worker.board.github.documents import DOCUMENTS as BOARD_DOCUMENTS
from kiro_worker.forge.github.documents import DOCUMENTS as FORGE_DOCUMENTS
from kiro_worker.testing.github_schema import NEWER, newer_fields, with_newer

TARGET = Path(__file__).parent.parent / "tests" / "schemas" / "github"

OPERATIONS = (
    ("get", "/repos/{owner}/{repo}"),
    ("get", "/repos/{owner}/{repo}/pulls"),
    ("post", "/repos/{owner}/{repo}/pulls"),
    ("patch", "/repos/{owner}/{repo}/pulls/{pull_number}"),
    ("post", "/repos/{owner}/{repo}/statuses/{sha}"),
    ("get", "/repos/{owner}/{repo}/commits/{ref}/statuses"),
    ("get", "/repos/{owner}/{repo}/installation"),
    ("get", "/repos/{owner}/{repo}/collaborators/{username}/permission"),
    ("get", "/repos/{owner}/{repo}/git/trees/{tree_sha}"),
    ("get", "/repos/{owner}/{repo}/git/blobs/{file_sha}"),
    ("post", "/repos/{owner}/{repo}/git/refs"),
    ("post", "/app/installations/{installation_id}/access_tokens"),
)

# What makes a shape; descriptions, examples, titles, defaults and extensions do not.
_SHAPE = frozenset(
    {
        *(
            "type",
            "enum",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "pattern",
            "minItems",
            "maxItems",
            "nullable",
        ),
        *("properties", "required", "additionalProperties", "items", "allOf", "anyOf", "oneOf", "$ref"),
    }
)


def main() -> None:
    """Write the cut-down descriptions."""
    openapi, graphql = (Path(argument) for argument in sys.argv[1:3])
    generated = openapi / "generated"
    oldest = min(generated.glob("ghes-*.*[0-9].json"), key=lambda file: file.stem)
    for name, source in (("rest", generated / "api.github.com.json"), ("rest-ghes", oldest)):
        full = json.loads(source.read_text("utf-8"))
        _write(f"{name}.json", json.dumps(cut_rest(full), indent=0, sort_keys=True, separators=(",", ":")) + "\n")
    newer = (TARGET / NEWER).read_text("utf-8")
    # The published file breaks two rules of GraphQL itself: fields named twice, and deprecations against an interface.
    published = with_newer((graphql / "schema.graphql").read_text("utf-8"), newer)
    schema = build_ast_schema(published, assume_valid=True)
    _write("schema.graphql", cut_graphql(schema, (*FORGE_DOCUMENTS, *BOARD_DOCUMENTS), newer_fields(newer)))
    _write("LICENSE-openapi", (openapi / "LICENSE").read_text("utf-8"))
    _write("LICENSE-graphql-schema", (graphql / "LICENSE.md").read_text("utf-8"))
    packages = [json.loads((folder / "package.json").read_text("utf-8")) for folder in (openapi, graphql)]
    told = {package["name"]: package["version"] for package in packages} | {"enterprise server": oldest.stem}
    _write("versions.json", json.dumps(told, indent=2, sort_keys=True) + "\n")


def cut_rest(full: dict[str, Any]) -> dict[str, Any]:
    """The operations as JSON Schema (draft 2020-12): query, body and answers, with what they refer to."""
    operations = {
        f"{method.upper()} {path}": _operation(full, full["paths"][path][method]) for method, path in OPERATIONS
    }
    wanted = set(_references(operations))
    defs: dict[str, Any] = {}
    while missing := wanted - defs.keys():
        for name in missing:
            defs[name] = _shape(full["components"]["schemas"][name])
            wanted |= set(_references(defs[name]))
    return {"operations": operations, "$defs": defs}


def cut_graphql(
    schema: GraphQLSchema, documents: Iterable[str], newer: Mapping[tuple[str, str], frozenset[str]]
) -> str:
    """The types and fields that the documents name, and all of the input types they fill in.

    What is newer than the published schema stays out: a field, or only some arguments of one.
    """
    used = _Used(schema, newer)
    for text in documents:
        document = parse(text)
        if errors := validate(schema, document):
            raise SystemExit(f"{errors[0]}")
        used.learn(document)
    return used.sdl()


def _operation(full: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [_resolved(full, each) for each in operation.get("parameters", ())]
    query = {each["name"]: _shape(each["schema"]) for each in parameters if each["in"] == "query"}
    body = operation.get("requestBody")
    return {
        "query": {"type": "object", "properties": query, "additionalProperties": False},
        "body": _content(_resolved(full, body)) if body else None,
        "responses": {
            status: _content(_resolved(full, response)) for status, response in operation["responses"].items()
        },
    }


def _resolved(full: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = full
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def _content(part: dict[str, Any]) -> Any:
    media = part.get("content", {})
    chosen = media.get("application/json") or next(iter(media.values()), None)
    return _shape(chosen["schema"]) if chosen else None


def _shape(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    told: dict[str, Any] = {}
    for key in _SHAPE & schema.keys():
        value = schema[key]
        if key == "properties":
            told[key] = {name: _shape(each) for name, each in value.items()}
        elif key in {"allOf", "anyOf", "oneOf"}:
            told[key] = [_shape(each) for each in value]
        elif key == "$ref":
            told[key] = value.replace("#/components/schemas/", "#/$defs/")
        elif key in {"items", "additionalProperties"}:
            told[key] = _shape(value)
        else:
            told[key] = value
    return _with_null(told)


def _with_null(told: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0 writes `nullable`, JSON Schema a type of its own."""
    if not told.pop("nullable", False):
        return told
    if "enum" in told and None not in told["enum"]:
        told["enum"] = [*told["enum"], None]
    if isinstance(told.get("type"), str):
        return {**told, "type": [told["type"], "null"]}
    return {"anyOf": [told, {"type": "null"}]} if "type" not in told else told


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].rsplit("/", 1)[1]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


class _Used(Visitor):
    """Which fields of which types documents name."""

    def __init__(self, schema: GraphQLSchema, newer: Mapping[tuple[str, str], frozenset[str]]) -> None:
        super().__init__()
        self._schema = schema
        self._newer = newer
        self._types = TypeInfo(schema)
        self._fields: dict[str, dict[str, Any]] = {}
        self._inputs: dict[str, GraphQLNamedType] = {}
        self._abstract: set[str] = set()

    def learn(self, document: DocumentNode) -> None:
        """Take in one document."""
        visit(document, TypeInfoVisitor(self._types, self))

    def enter_field(self, *_: Any) -> None:
        """Called by graphql-core for every field."""
        parent, field = self._types.get_parent_type(), self._types.get_field_def()
        assert field is not None
        assert parent is not None
        self._note(parent)
        # `__typename` is a field of every type and of none.
        name = next((name for name, each in getattr(parent, "fields", {}).items() if each is field), None)
        if name is None:
            return
        for owner in (parent, *(self._schema.get_possible_types(parent) if is_interface_type(parent) else ())):
            self._fields.setdefault(owner.name, {})[name] = owner.fields[name]
        for argument in field.args.values():
            self._take(argument.type)
        self._take(field.type)
        self._note(get_named_type(field.type))

    def _note(self, kind: GraphQLNamedType) -> None:
        if is_interface_type(kind) or is_union_type(kind):
            self._abstract.add(kind.name)

    def sdl(self) -> str:
        """What was used, as a schema of its own."""
        lines = []
        interfaces = [name for name in sorted(self._abstract) if is_interface_type(self._schema.type_map[name])]
        for name in interfaces:
            self._stand(name)
        for name in sorted(self._abstract - set(interfaces)):
            members = [each.name for each in self._schema.type_map[name].types if each.name in self._fields]
            lines += [f"union {name} = {' | '.join(sorted(members))}", ""]
        for name, fields in sorted(self._fields.items()):
            kind = self._schema.type_map[name]
            of = [each.name for each in getattr(kind, "interfaces", ()) if each.name in interfaces]
            word = "interface" if is_interface_type(kind) else "type"
            lines += [f"{word} {name}{' implements ' + ' & '.join(sorted(of)) if of else ''} {{"]
            lines += [line for field, each in sorted(fields.items()) for line in self._field_lines(name, field, each)]
            lines += ["}", ""]
        for name, each in sorted(self._inputs.items()):
            lines += [*_input_lines(name, each), ""]
        return "\n".join(lines)

    def _stand(self, name: str) -> None:
        """Give an interface a field, and that field to all that implement it and are used."""
        interface = self._schema.type_map[name]
        own = self._fields.setdefault(name, {})
        if not own:
            own["id"] = interface.fields["id"]
        for kind in self._schema.get_possible_types(interface):
            if kind.name in self._fields:
                self._fields[kind.name].update({field: kind.fields[field] for field in own})

    def _field_lines(self, owner: str, name: str, field: Any) -> Iterator[str]:
        newer = self._newer.get((owner, name))
        if newer is not None and not newer:
            return
        arguments = {each: argument for each, argument in field.args.items() if each not in (newer or ())}
        yield f"  {name}{_arguments(arguments)}: {field.type}"

    def _take(self, kind: GraphQLType) -> None:
        named = get_named_type(kind)
        if named.name in self._inputs or is_specified_scalar_type(named):
            return
        if is_scalar_type(named) or is_enum_type(named):
            self._inputs[named.name] = named
        elif is_input_object_type(named):
            self._inputs[named.name] = named
            for field in named.fields.values():
                self._take(field.type)


def _arguments(arguments: dict[str, Any]) -> str:
    told = ", ".join(f"{name}: {each.type}" for name, each in arguments.items())
    return f"({told})" if told else ""


def _input_lines(name: str, named: Any) -> list[str]:
    if is_scalar_type(named):
        return [f"scalar {name}"]
    if is_enum_type(named):
        return [f"enum {name} {{", *(f"  {value}" for value in named.values), "}"]
    return [f"input {name} {{", *(f"  {field}: {each.type}" for field, each in named.fields.items()), "}"]


def _write(name: str, text: str) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / name).write_text(text, "utf-8")
    print(f"{name}: {len(text):,} characters")


if __name__ == "__main__":
    main()

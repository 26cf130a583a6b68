"""Carries out a command of the AWS command line by what its own model says of it, where only its library is installed."""

import json
import shlex
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape

# Not calls of a service but programs of the command line's own.
OWN = frozenset({("logs", "tail"), ("s3", "cp"), ("s3", "rm")})


def is_call(command: str) -> bool:
    """Whether a command is one call of a service."""
    words = shlex.split(command)
    return words[0] == "aws" and (words[1], words[2]) not in OWN


def carry_out(command: str, client_of: Any) -> Any:
    """Carry out `aws SERVICE OPERATION --option VALUE …`; an option that the service does not know is an error.

    Args:
        command: as people type it.
        client_of: makes a client of a service.
    """
    _, service, operation, *options = shlex.split(command)
    client = client_of(service)
    names = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
    assert operation in names, f"{service} has no {operation}"
    shape = client.meta.service_model.operation_model(names[operation]).input_shape
    members = {xform_name(name, "-"): name for name in (shape.members if shape else ())}
    given: dict[str, Any] = {}
    for option, value in _pairs(options):
        plain = option.removeprefix("--")
        on = not plain.startswith("no-")
        name = plain if plain in members else plain.removeprefix("no-")
        assert name in members, f"{service} {operation} has no --{plain}"
        given[members[name]] = on if value is None else _value(value, shape.members[members[name]])
    return getattr(client, xform_name(names[operation]))(**given)


def _pairs(options: list[str]) -> list[tuple[str, str | None]]:
    """Each option with its value; None for one that has none. What is no option is where an answer is written to."""
    pairs: list[tuple[str, str | None]] = []
    words = list(options)
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            pairs.append((word, words.pop(0) if words and not words[0].startswith("--") else None))
    return pairs


def _value(text: str, shape: Shape) -> Any:
    if isinstance(shape, StructureShape | ListShape) and text.startswith(("{", "[")):
        return json.loads(text)
    if isinstance(shape, ListShape):
        return [text]
    return {"integer": int, "long": int, "boolean": lambda told: told == "true"}.get(shape.type_name, str)(text)

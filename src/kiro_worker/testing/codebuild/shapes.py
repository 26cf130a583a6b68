"""CodeBuild's published model: what comes in and what goes out is held to it."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from kiro_worker.testing.codebuild.fault import ApiFault, mistaken


class OffModel(Exception):
    """An answer of ours that CodeBuild could not have given."""


@cache
def shapes() -> "Shapes":
    """The model, which takes a tenth of a second to read."""
    return Shapes()


class Shapes:
    """The model of one service, as the SDK has it."""

    def __init__(self) -> None:
        from botocore.loaders import Loader
        from botocore.model import ServiceModel
        from botocore.validate import ParamValidator

        self._model = ServiceModel(Loader().load_service_model("codebuild", "service-2"), "codebuild")
        self._validator = ParamValidator()

    def read(self, operation: str, body: bytes) -> dict[str, Any]:
        """A request's arguments.

        Raises:
            ApiFault: it is none of this service's.
        """
        if operation not in self._model.operation_names:
            raise mistaken(f"CodeBuild has no operation {operation}")
        try:
            told = json.loads(body or b"{}")
        except ValueError:
            raise ApiFault("SerializationException", "the body is no JSON") from None
        shape = self._model.operation_model(operation).input_shape
        if trouble := self._trouble(told, shape):
            raise ApiFault("ValidationException", trouble)
        arguments: dict[str, Any] = told
        return arguments

    def write(self, operation: str, answer: Mapping[str, Any]) -> bytes:
        """An answer as it goes over the wire; moments are seconds since 1970 already.

        Raises:
            OffModel: it is not as the model says.
        """
        shape = self._model.operation_model(operation).output_shape
        # The model has no empty list where its members are ids: such a list is left out.
        answer = {name: value for name, value in answer.items() if value != []}
        if trouble := self._trouble(answer, shape):
            raise OffModel(f"{operation}: {trouble}")
        return json.dumps(answer).encode()

    def _trouble(self, told: Any, shape: Any) -> str:
        if shape is None:
            return "" if not told else "nothing is told here"
        report = self._validator.validate(told, shape)
        if report.has_errors():
            return str(report.generate_report())
        return "; ".join(_strangers(told, shape, ""))


def _strangers(told: Any, shape: Any, path: str) -> Iterator[str]:
    """Words that an enumeration does not have; the SDK's own validator lets them pass."""
    if shape.type_name == "structure":
        for name, value in told.items():
            yield from _strangers(value, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for value in told:
            yield from _strangers(value, shape.member, path)
    elif getattr(shape, "enum", None) and told not in shape.enum:
        yield f"{path} is {told!r}, and has to be one of {', '.join(shape.enum)}"

"""What AWS Secrets Manager keeps."""

from kiro_worker.aws import Aws
from kiro_worker.secret.fault import SecretMalformed
from kiro_worker.secret.place import Place


class SecretsManager:
    """Reads the current version of secrets, with the role that this process has."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, name: str, place: Place) -> str:
        """What is kept there, as it is.

        Args:
            name: what the worker calls it; for faults.
            place: where.

        Raises:
            AwsFault: it was not answered.
            SecretMalformed: it is no text.
        """
        answer = await self._aws.ask("secretsmanager", "GetSecretValue", SecretId=place.name)
        if "SecretString" not in answer:
            raise SecretMalformed(name=name, place=place, reason="it is binary", wanted="a text")
        return str(answer["SecretString"])

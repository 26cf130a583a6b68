"""What AWS Systems Manager's Parameter Store keeps: settings, and secrets as a SecureString."""

from kiro_worker.aws import Aws
from kiro_worker.secret.place import Place


class ParameterStore:
    """Reads parameters, decrypted, with the role that this process has."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, name: str, place: Place) -> str:  # noqa: ARG002  # the same question as to Secrets Manager
        """What is kept there, as it is; see `SecretsManager.read`.

        Raises:
            AwsFault: it was not answered.
        """
        return await self.value(place.name)

    async def value(self, parameter: str) -> str:
        """The value of a parameter by its name or ARN.

        Raises:
            AwsFault: it was not answered; `said` is `ParameterNotFound` where there is none.
        """
        answer = await self._aws.ask("ssm", "GetParameter", Name=parameter, WithDecryption=True)
        return str(answer["Parameter"]["Value"])

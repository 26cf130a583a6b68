"""The emulator of everything else, asked in the name of a project's role."""

import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from kiro_worker.value import dataclass

# Sessions of one process share what they have read, and none is safe to be made in two threads at once.
_MAKING = threading.RLock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What requests are signed with.

    Attributes:
        expires: as the service says it; empty for those that do not end.
    """

    key: str
    secret: str
    token: str = ""
    expires: str = ""

    def as_container(self) -> dict[str, str]:
        """As a container is handed its role's credentials."""
        expires = self.expires or "2099-01-01T00:00:00Z"
        return {"AccessKeyId": self.key, "SecretAccessKey": self.secret, "Token": self.token, "Expiration": expires}


class Cloud:
    """Clients of one principal.

    Args:
        environment: where the emulator is, as the SDK reads it: AWS_ENDPOINT_URL, AWS_REGION, the credentials, and
            AWS_CA_BUNDLE where it speaks TLS.
        credentials: of whom; None are those of the environment.
    """

    def __init__(self, environment: Mapping[str, str], credentials: Credentials | None = None) -> None:
        self.url = environment["AWS_ENDPOINT_URL"]
        self.region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
        self.bundle = environment.get("AWS_CA_BUNDLE", "")
        self._environment = environment
        self.credentials = credentials or Credentials(
            key=environment.get("AWS_ACCESS_KEY_ID", "test"),
            secret=environment.get("AWS_SECRET_ACCESS_KEY", "test"),
            token=environment.get("AWS_SESSION_TOKEN", ""),
        )
        self._clients: dict[str, Any] = {}
        self._session: Any = None

    def client(self, service: str) -> Any:
        """A client of a service."""
        with _MAKING:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def as_role(self, role: str, session: str) -> "Cloud":
        """The same emulator for somebody who has a role's rights.

        Args:
            role: its ARN.
            session: what the session is called.
        """
        told = self.client("sts").assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
        credentials = Credentials(
            key=told["AccessKeyId"],
            secret=told["SecretAccessKey"],
            token=told["SessionToken"],
            expires=told["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        return Cloud(self._environment, credentials)

    def _made(self, service: str) -> Any:
        from botocore.config import Config

        self._session = self._session or sdk_session(self.credentials, self.region)
        config = Config(
            connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}
        )
        return self._session.client(service, endpoint_url=self.url, verify=self.bundle or None, config=config)


def sdk_session(credentials: Credentials, region: str) -> Any:
    """A session of the SDK; what services look like, which takes longest to read, is read once for all of them."""
    import boto3
    from botocore.session import Session

    with _MAKING:
        core = Session()
        core.register_component("data_loader", _models())
        session = boto3.session.Session(
            botocore_session=core,
            aws_access_key_id=credentials.key,
            aws_secret_access_key=credentials.secret,
            aws_session_token=credentials.token or None,
            region_name=region,
        )
        # Each session adds its own folder, which is always the same.
        _models().search_paths[:] = dict.fromkeys(_models().search_paths)
        return session


@cache
def _models() -> Any:
    from botocore.loaders import Loader

    return Loader()

"""One way to ask Amazon's services. The library is loaded, and a client made, when a service is first asked."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import Any, TypeVar

from kiro_worker.aws.fault import AwsFault, AwsLibraryMissing, AwsSignIn, AwsUnreachable, fault_of

Done = TypeVar("Done")

# Seconds. A service that is well answers in far less; what waits longer is tried again on another connection.
_CONNECT, _READ = 5, 20
# Of each call, with growing pauses, for what passes by itself.
_TRIES = 3
# Of one object, at once.
_THREADS = 8
_READING = threading.Lock()


class Aws:
    """Asks services, with the credentials and the endpoints that the environment names.

    On AWS these are a role's, and renewed by the library before they end. An emulator is named as the library's own
    documentation says: by `AWS_ENDPOINT_URL`, or `AWS_ENDPOINT_URL_CODEBUILD` for one service.

    Args:
        region: of all services; empty is the environment's.
        tries: of each call, for what passes by itself.
        read_seconds: how long an answer may take to begin.
    """

    def __init__(self, *, region: str = "", tries: int = _TRIES, read_seconds: float = _READ) -> None:
        self._region, self._tries, self._read_seconds = region, tries, read_seconds
        self._clients: dict[str, Any] = {}
        # Its own: in threads that all share, a lease's sign of life would wait for somebody's uploads.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="aws")
        # Making a client is not safe in two threads at once; asking one is.
        self._making = threading.Lock()

    async def ask(self, service: str, operation: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Ask once, the library's own retries apart; returns the answer as the library reads it.

        Args:
            service: as botocore names it: `dynamodb`.
            operation: as the service's API names it: `UpdateItem`.
            arguments: as the API names them.

        Raises:
            AwsFault: or the subclass that fits; `said` is the service's own code.
        """
        return await self.through(service, operation, lambda client: _call(client, operation, arguments))

    def now(self, service: str, operation: str, /, **arguments: Any) -> Mapping[str, Any]:
        """See `ask`; for who has nothing else to do until the answer is there."""
        return self._guarded(service, operation, lambda client: _call(client, operation, arguments))

    async def through(self, service: str, operation: str, work: Callable[[Any], Done]) -> Done:
        """Do something longer with a service's client, in a thread: a transfer, a pager.

        Args:
            service: as botocore names it.
            operation: what faults call it.
            work: is given the client.

        Raises:
            AwsFault: or the subclass that fits.
        """
        asked = partial(copy_context().run, self._guarded, service, operation, work)
        return await asyncio.get_running_loop().run_in_executor(self._threads, asked)

    def client(self, service: str) -> Any:
        """The library's client of a service; made once.

        Raises:
            AwsLibraryMissing: there is no library.
            AwsSignIn: there is no region or there are no credentials to make it with.
        """
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        try:
            import boto3
            from botocore.config import Config
            from botocore.session import Session
        except ImportError:
            raise AwsLibraryMissing from None
        config = Config(
            connect_timeout=_CONNECT,
            read_timeout=self._read_seconds,
            retries={"mode": "standard", "total_max_attempts": self._tries},
            user_agent_appid="kiro-worker",
            # Links are signed in an older form otherwise, which is refused for what is encrypted with a key of KMS.
            signature_version="s3v4" if service == "s3" else None,
        )
        # A session of its own: the module's default one is shared, and not safe in threads.
        core = Session()
        with _READING:
            core.register_component("data_loader", _models())
            session = boto3.session.Session(botocore_session=core)
            # Each session adds its own folder, which is always the same.
            _models().search_paths[:] = dict.fromkeys(_models().search_paths)
            return session.client(service, region_name=self._region or None, config=config)

    def _guarded(self, service: str, operation: str, work: Callable[[Any], Done]) -> Done:
        # Before the library's errors can be named: without it there are none.
        client = self._made(service, operation)
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return work(client)
        except ClientError as error:
            raise _of_answer(service, operation, error.response) from None
        except (BotoCoreError, Boto3Error) as error:
            raise _without_answer(service, operation, error) from None

    def _made(self, service: str, operation: str) -> Any:
        try:
            return self.client(service)
        except AwsLibraryMissing:
            raise
        # A profile that is not there, a file that cannot be read: the library raises its own of many kinds here.
        except Exception as error:  # noqa: BLE001
            raise _without_answer(service, operation, error) from None


@cache
def _models() -> Any:
    """What services look like, which is the same for all who ask: reading it is most of what a client costs."""
    from botocore.loaders import Loader

    return Loader()


def _call(client: Any, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    method = next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)
    answer: Mapping[str, Any] = getattr(client, method)(**arguments)
    return answer


def _of_answer(service: str, operation: str, response: Mapping[str, Any]) -> AwsFault:
    told = response.get("Error", {})
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
    return fault_of(service, operation, str(told.get("Code", status)), str(told.get("Message", "")), status)


def _without_answer(service: str, operation: str, error: Exception) -> AwsFault:
    # The library's words may quote a request; its class says what people need.
    kind = type(error).__name__
    if kind in {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError"}:
        return AwsSignIn(service=service, operation=operation)
    return AwsUnreachable(service=service, operation=operation, reason=_REASONS.get(kind, kind))


_REASONS: Mapping[str, str] = {
    "ConnectTimeoutError": "it could not be connected to in time",
    "ConnectionClosedError": "it closed the connection",
    "EndpointConnectionError": "it cannot be connected to",
    "NoRegionError": "no region is set (AWS_REGION)",
    "ProxyConnectionError": "the proxy cannot be connected to",
    "ReadTimeoutError": "the answer did not come in time",
    "SSLError": "its certificate cannot be checked",
}

"""Work that is asked for through the API: made, noted, handed on, and told of when a run of it has ended."""

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from kiro_worker.aws import Aws, AwsFault
from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.delegate import Delegated, delegate
from kiro_worker.bootstrap.looking import clone_address
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.planting import ForgePlanting
from kiro_worker.bootstrap.poller import PARAMETER
from kiro_worker.bootstrap.projectconfig import settings_of
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.clock import Clock, SystemClock, stamp
from kiro_worker.config.settings import Config
from kiro_worker.dispatch.asked import Asked, callback_host
from kiro_worker.dispatch.delegate import DelegationUnfit, Form
from kiro_worker.error import Fault, WorkerError
from kiro_worker.launch.build_environment import BRANCH, REPOSITORY, RUN
from kiro_worker.notify.web import NotTaken, encoded, post
from kiro_worker.notify.webhook import SIGNATURE, TIMESTAMP, signature
from kiro_worker.run.start import Source
from kiro_worker.secret.parameter import ParameterStore
from kiro_worker.secret.place import Place
from kiro_worker.secret.secrets_manager import SecretsManager
from kiro_worker.value import dataclass

TABLE = "DELEGATIONS_TABLE"
CALLBACK_KEY = "CALLBACK_KEY_SECRET_ID"
CALLBACK_HOSTS = "CALLBACK_HOSTS"
POLLER = "POLLER_FUNCTION"
POOL = "POOL_ADDRESS"

# Rows are of no use to anybody after that; nothing hangs on whether they are there.
_KEPT = timedelta(days=90)


class CallbackLost(WorkerError):
    """Whoever asked could not be told that a run has ended."""

    code = "delegate.callback"
    fault = Fault.FORGE

    def __init__(self, *, host: str, said: str) -> None:
        super().__init__(
            f"{host} was not told that a run has ended: {said}.",
            kept="It is noted, and is told again when the event comes again.",
            next_step="See whether it answers with a status of 2xx within seconds.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of what was asked for.

    Attributes:
        id: by which its status can be asked.
        handed: to whom: `poller` or `pool`; empty where that has to be done by hand, as `note` says.
    """

    id: str
    made: Delegated
    handed: str
    note: str = ""


class Delegations:
    """What the function behind the API does.

    Args:
        environment: of the function.
        folder: where it may write.
        clock: for rows and signatures.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, *, clock: Clock | None = None) -> None:
        self._environment, self._folder, self._clock = environment, folder, clock or SystemClock()
        self._aws = Aws()

    async def take(self, asked: Asked) -> Taken:
        """Make a branch, a pull request and, but for a pool, a card; note it, and have it begun.

        Raises:
            DelegationUnfit: what is asked for cannot be made, or not here.
            WorkerError: it could not be made.
        """
        self._require_callable(asked.callback)
        async with AsyncExitStack() as made:
            shop, config = await self._shop(made)
            repository = _served(config, asked.repository)
            source = Source(url=clone_address(config, repository), branch=None)
            pool = self._environment.get(POOL, "")
            planting = ForgePlanting(shop, config)
            done = await delegate(shop, config, source, asked.idea, Form.TASK_FILE, planting=planting, brings=not pool)
        id_ = delegation_id(source.url, done.pull_request.branch)
        await self._note(id_, repository, asked, done)
        handed, note = await (self._pooled(pool, repository, asked, done) if pool else self._woken(done))
        return Taken(id=id_, made=done, handed=handed, note=note or done.note)

    async def status(self, id_: str) -> Mapping[str, Any] | None:
        """What is known of a delegation; None for none of that id."""
        answer = await self._aws.ask(
            "dynamodb", "GetItem", TableName=self._environment[TABLE], Key={"id": {"S": id_}}, ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else {name: next(iter(value.values())) for name, value in item.items()}

    async def ended(self, build: str, status: str, environment: Mapping[str, str]) -> bool:
        """A build has ended: note it where it was of a delegation, and tell whoever asked, once for each build.

        Raises:
            CallbackLost: they could not be told.
        """
        id_ = delegation_id(environment.get(REPOSITORY, ""), environment.get(BRANCH, ""))
        found = await self.status(id_)
        if found is None or found.get("told") == build:
            return False
        known = {"state": "ended", "build": build, "buildStatus": status, "run": environment.get(RUN, "")}
        await self._set(id_, known)
        if callback := found.get("callback", ""):
            shown = {name: found[name] for name in ("id", "repository", "branch", "prNumber", "prUrl") if name in found}
            await self._call_back(str(callback), {**shown, **known})
        await self._set(id_, {"told": build})
        return True

    def _require_callable(self, address: str) -> None:
        if not address:
            return
        allowed = {host.strip().lower() for host in self._environment.get(CALLBACK_HOSTS, "").split(",")} - {""}
        if callback_host(address) not in allowed:
            why = "Its callbackUrl is no https address of a host that may be called back."
            raise DelegationUnfit(why=why, cure=f"Have the host named in {CALLBACK_HOSTS} of the function.")

    async def _shop(self, made: AsyncExitStack) -> tuple[Workshop, Config]:
        parameter = self._environment[PARAMETER]
        told = settings_of(parameter, await ParameterStore(self._aws).value(parameter))
        place = {"HOME": str(self._folder), "XDG_STATE_HOME": str(self._folder / "state")}
        machine = this_machine({**told, **self._environment, **place})
        config = early_settings(machine, {})
        shop = await made.enter_async_context(workshop(machine, self._clock))
        await fetch_credentials(shop, config)
        return shop, config

    async def _note(self, id_: str, repository: str, asked: Asked, done: Delegated) -> None:
        now = self._clock.now()
        item = {
            "id": id_,
            "state": "accepted",
            "repository": repository,
            "branch": done.pull_request.branch,
            "prUrl": done.pull_request.url,
            "prNumber": str(done.pull_request.number),
            "card": done.card,
            "callback": asked.callback,
            "asked": stamp(now),
        }
        row: dict[str, dict[str, str]] = {name: {"S": value} for name, value in item.items() if value}
        row["expires"] = {"N": str(int((now + _KEPT).timestamp()))}
        await self._aws.ask("dynamodb", "PutItem", TableName=self._environment[TABLE], Item=row)

    async def _set(self, id_: str, values: Mapping[str, str]) -> None:
        await self._aws.ask(
            "dynamodb",
            "UpdateItem",
            TableName=self._environment[TABLE],
            Key={"id": {"S": id_}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": {"S": value} for name, value in values.items()},
        )

    async def _woken(self, done: Delegated) -> tuple[str, str]:
        """Have the poller look now; should that fail, it looks by itself within minutes."""
        if not done.card:
            return "", ""
        name = self._environment.get(POLLER, "")
        try:
            if name:
                event = json.dumps({"source": "kiro-worker.delegate"})
                await self._aws.ask(
                    "lambda", "Invoke", FunctionName=name, InvocationType="Event", Payload=event.encode()
                )
        except AwsFault as fault:
            return "poller", f"It is begun by the next poll. {fault.message}"
        return "poller", ""

    async def _pooled(self, address: str, repository: str, asked: Asked, done: Delegated) -> tuple[str, str]:
        """Hand it to a pool of servers, in the words that such a one knows; it answers at once."""
        owner, _, repo = repository.partition("/")
        idea, pull = asked.idea, done.pull_request
        parts = (idea.title, idea.objective, f"Constraints: {idea.constraints}" if idea.constraints else "")
        details = ". ".join(filter(None, (*parts, *(f"- {each}" for each in idea.acceptance))))
        told = {"prNumber": pull.number, "branch": pull.branch, "repo": repo, "owner": owner, "taskDetails": details}
        try:
            # Once: it may have begun, though its answer was lost.
            await post(f"{address.rstrip('/')}/api/process-pr", encoded(told), {}, self._clock, tries=1)
        except NotTaken as problem:
            return "", f"The pool at {address} did not take it: {problem}."
        return "pool", ""

    async def _call_back(self, address: str, told: Mapping[str, str]) -> None:
        # What was written down is looked at again: the hosts may be others by now.
        self._require_callable(address)
        try:
            await self._post_signed(address, told)
        except NotTaken as problem:
            raise CallbackLost(host=callback_host(address), said=str(problem)) from None

    async def _post_signed(self, address: str, told: Mapping[str, str]) -> None:
        place = Place(store="secrets-manager", name=self._environment[CALLBACK_KEY])
        key = await SecretsManager(self._aws).read("callback-key", place)
        body, moment = encoded(told), str(int(self._clock.now().timestamp()))
        await post(address, body, {TIMESTAMP: moment, SIGNATURE: signature(key, moment, body)}, self._clock)


def delegation_id(repository: str, branch: str) -> str:
    """By which a delegation is known: whoever hears of a build of its branch can tell it, too."""
    return f"d-{sha256(f'{repository}#{branch}'.encode()).hexdigest()[:32]}"


def _served(config: Config, wanted: str) -> str:
    """The repository that is meant, of those that the board serves; where it names none, of the board's owner's."""
    served = config.board.repositories
    if not wanted and len(served) == 1:
        return served[0]
    if wanted and "/" not in wanted:
        wanted = f"{config.board.owner}/{wanted}"
    if not wanted or not _is_served(config, wanted):
        why = "It names no repository." if not wanted else "It names a repository that this worker does not serve."
        raise DelegationUnfit(why=why, cure=f"Name one of: {', '.join(served) or 'owner and repo'}.")
    return wanted


def _is_served(config: Config, wanted: str) -> bool:
    served = config.board.repositories
    if served:
        return wanted.lower() in {each.lower() for each in served}
    # Whatever else the token may write to is none of the board's.
    return wanted.partition("/")[0].lower() == config.board.owner.lower()

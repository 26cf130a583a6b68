"""Settings that are right one by one and wrong together."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kiro_worker.config.agent_args import refused_args
from kiro_worker.config.credentials import credential_names
from kiro_worker.config.fault import Flaw, quoted
from kiro_worker.config.key import keys
from kiro_worker.config.secret_name import TELLING_ENDS, is_secret_name

_CREDENTIALS = ("forge.token_variable", "forge.private_key_variable", "lease.address_variable")


class Settled(NamedTuple):
    """A setting's value, and where it came from."""

    value: Any
    origin: str


def contradictions(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    """Everything that does not go together, at the place of the setting to change."""
    yield from _spec(settled)
    yield from _agent(settled)
    yield from _handed_over(settled)
    yield from _unknown_secrets(settled)
    yield from _column_limits(settled)
    yield from _lease(settled)
    yield from _launch(settled)
    yield from _kept_on_aws(settled)
    name, base = settled["branch.name"], settled["branch.base"]
    if name.value and name.value == base.value:
        told = f"branch.name is {quoted(name.value)}, which is branch.base too ({base.origin}); the work needs a branch"
        yield Flaw(name.origin, f"{told} of its own, so leave branch.name out")
    app, installation = settled["forge.app_id"], settled["forge.installation_id"]
    if bool(app.value) != bool(installation.value):
        there, missing = ("app_id", "installation_id") if app.value else ("installation_id", "app_id")
        told = f"forge.{there} is set and forge.{missing} is not; set both, or neither to use a token"
        yield Flaw((app if app.value else installation).origin, told)


def _spec(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    only, until = settled["spec.only"], settled["spec.until"]
    if only.value and until.value:
        told = f"spec.until is set, and spec.only too ({only.origin}); set the one that says which tasks you want"
        yield Flaw(until.origin, told)
    name, path = settled["spec.name"], settled["spec.path"]
    if name.value and path.value and path.value.rstrip("/").rpartition("/")[2] != name.value:
        told = (
            f"spec.path is {quoted(path.value)}, and spec.name is {quoted(name.value)} ({name.origin}); set one of them"
        )
        yield Flaw(path.origin, told)


def _agent(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    import shlex

    name, args = settled["agent.name"], settled["agent.args"]
    headless = settled["agent.protocol"].value == "headless"
    for flag, why in refused_args(name.value, args.value, headless=headless):
        yield Flaw(args.origin, f"agent.args holds {quoted(flag)}, which is refused because {why}; remove it")
    try:
        _, *words = shlex.split(name.value) or [""]
    except ValueError:
        yield Flaw(name.origin, f"agent.name is {quoted(name.value)}, in which a quotation does not end; close it")
        return
    for flag, why in refused_args(name.value, words, headless=headless):
        if not flag.endswith("acp"):
            yield Flaw(name.origin, f"agent.name holds {quoted(flag)}, which is refused because {why}; remove it")


def _lease(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    store = settled["lease.store"]
    if store.value == "dynamodb" and not settled["lease.table"].value:
        told = "lease.store is dynamodb, and lease.table is not set; set it, or LEASE_TABLE, to the table's name"
        yield Flaw(store.origin, told)


def _launch(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    kind, store = settled["launch.kind"], settled["lease.store"]
    if kind.value != "codebuild":
        return
    if not settled["launch.project"].value:
        told = (
            "launch.kind is codebuild, and launch.project is not set; set it, or LAUNCH_PROJECT, to the project's name"
        )
        yield Flaw(kind.origin, told)
    if store.value != "dynamodb":
        told = f"launch.kind is codebuild, and lease.store is {store.value} ({store.origin})"
        yield Flaw(
            kind.origin, f"{told}; a build's branch is reserved for it in a table, so set lease.store to dynamodb"
        )


def _column_limits(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    columns, origin = settled["dispatch.per_column"]
    for column, most in columns:
        if not (most.isascii() and most.isdecimal() and len(most) <= 4):
            told = f"dispatch.per_column has {quoted(most)} for {quoted(column)}"
            yield Flaw(origin, f"{told}; write how many runs there may be, from 0 to 9999")


def _kept_on_aws(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    store = settled["artifact.store"]
    if store.value == "s3" and not settled["artifact.bucket"].value:
        yield Flaw(store.origin, "artifact.store is s3, and artifact.bucket is not set; name the bucket")


def _handed_over(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    """Its credentials, of whatever environment, stay with the worker: neither agent nor tests may have them."""
    secret = {
        name: "the forge's credential" if key.startswith("forge.") else "the address of the leases' server"
        for key in _CREDENTIALS
        for environment in keys()["environment"].choices
        for name in credential_names(environment, settled[key].value)
    }
    for key in ("agent.variables", "gates.variables"):
        for name in settled[key].value:
            if name in secret:
                told = f"{key} names {name}, {secret[name]}, which only the worker has; remove it"
                yield Flaw(settled[key].origin, told)


def _unknown_secrets(settled: Mapping[str, Settled]) -> Iterator[Flaw]:
    """The redactor knows secrets by the names of their variables, before any settings of a repository are read."""
    for key in _CREDENTIALS:
        name, origin = settled[key]
        if not is_secret_name(name):
            told = (
                f"{key} is {quoted(name)}, which does not look like the name of a secret, so its value could be written"
            )
            yield Flaw(origin, f"{told}; call the variable by a name that ends in {TELLING_ENDS}")

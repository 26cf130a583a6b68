"""What files claim: settings files by their keys, a buildspec by its variables."""

from collections.abc import Iterator, Mapping

from kiro_worker.config.checks import SECTION as CHECKS
from kiro_worker.config.fault import Flaw
from kiro_worker.config.key import keys, sections, variables
from kiro_worker.config.powers import SECTION as POWERS
from kiro_worker.config.source import Claim, Rank, Side, stray, unknown
from kiro_worker.config.value import Unfit, from_node, from_text
from kiro_worker.document import Node, Scalar, Table


def file_claims(node: Node | None, *, rank: Rank, side: Side, flaws: list[Flaw]) -> Iterator[Claim]:
    """What a settings file says; wrong keys and values are added to `flaws`."""
    if node is None or (isinstance(node, Scalar) and node.kind == "null"):
        return
    if not isinstance(node, Table):
        flaws.append(Flaw(str(node.place), "settings are a mapping; write `section:` and below it `key: value`"))
        return
    for name, child in node.entries:
        if name.text in {CHECKS, POWERS}:
            _repository_only(name, rank, flaws)
        elif name.text in sections():
            yield from _section_claims(name.text, child, rank=rank, side=side, flaws=flaws)
        else:
            yield from _entry_claims(name.text, name, child, rank=rank, side=side, flaws=flaws)


def _repository_only(name: Scalar, rank: Rank, flaws: list[Flaw]) -> None:
    """Checks and powers are no settings with a value; `config.repository` reads them where they belong."""
    if rank is not Rank.WORKER_FILE:
        flaws.append(Flaw(str(name.place), f"{name.text} belong to the repository; write them into .kiro/worker.yaml"))


def _section_claims(section: str, node: Node, *, rank: Rank, side: Side, flaws: list[Flaw]) -> Iterator[Claim]:
    if isinstance(node, Scalar) and node.kind == "null":
        return
    if not isinstance(node, Table):
        flaws.append(Flaw(str(node.place), f"{section} is a section; write its settings below it, as `key: value`"))
        return
    for name, child in node.entries:
        yield from _entry_claims(f"{section}.{name.text}", name, child, rank=rank, side=side, flaws=flaws)


def _entry_claims(full: str, name: Scalar, node: Node, *, rank: Rank, side: Side, flaws: list[Flaw]) -> Iterator[Claim]:
    key = keys().get(full)
    if key is None:
        flaws.append(Flaw(str(name.place), unknown(full, keys())))
        return
    if key.name == "environment" and rank is Rank.ENVIRONMENT_FILE:
        told = "an environment's own file cannot choose the environment; remove it and use --environment or ENVIRONMENT"
        flaws.append(Flaw(str(name.place), told))
        return
    try:
        value = from_node(key, node)
    except Unfit as unfit:
        flaws.append(Flaw(str(node.place), f"{key.name} {unfit}"))
        return
    yield Claim(key=key, value=value, rank=rank, origin=_origin(name, side), side=side)


def buildspec_claims(given: Mapping[str, Scalar], *, side: Side, flaws: list[Flaw]) -> Iterator[Claim]:
    """What a buildspec's `env.variables` say; names that are no settings are the build's own."""
    known = variables()
    for name, scalar in given.items():
        key = known.get(name)
        if key is None:
            flaws.extend(Flaw(str(scalar.place), flaw.what) for flaw in stray(name))
            continue
        if not scalar.text:
            continue
        try:
            value = from_text(key, scalar.text)
        except Unfit as unfit:
            flaws.append(Flaw(str(scalar.place), f"{name} {unfit}"))
            continue
        yield Claim(key=key, value=value, rank=Rank.BUILDSPEC, origin=_origin(scalar, side), side=side)


def _origin(scalar: Scalar, side: Side) -> str:
    return f"{scalar.place} (base branch)" if side is Side.BASE else str(scalar.place)

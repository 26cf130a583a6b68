"""From all sources to the one frozen `Config`, with where each value came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from kiro_worker.config.checks import Checks, Said
from kiro_worker.config.consistency import Settled, contradictions
from kiro_worker.config.fault import ConfigInvalid, Flaw, quoted
from kiro_worker.config.key import Key, keys
from kiro_worker.config.powers import PowerSetting, SaidOfPowers
from kiro_worker.config.settings import Config
from kiro_worker.config.source import (
    USER_FILE,
    Claim,
    Rank,
    Side,
    Sources,
    flag_claims,
    variable_claims,
)
from kiro_worker.config.value import shown
from kiro_worker.expression import expression
from kiro_worker.value import dataclass, field

if TYPE_CHECKING:
    from kiro_worker.config.buildspec import Buildspec
    from kiro_worker.document import Node

_PLACE = expression(r"(.*?):([0-9]+):([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as it counts.

    Attributes:
        origin: `flag --agent`, `environment COVERAGE_THRESHOLD`, `.kiro/worker.yaml:3:5`, the same with `(base branch)`
            behind it, or `default`.
    """

    key: Key
    value: Any
    origin: str


def _no_buildspec() -> "Buildspec":
    from kiro_worker.config.buildspec import Buildspec

    return Buildspec()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What all sources say together.

    Attributes:
        settings: every setting by its dotted name.
        warnings: sentences about what was left aside, and why.
        buildspec: the base branch's: what is run guards, so the branch's own is not asked for commands.
        policy: the `security` and `governance` nodes of the base branch's `.kiro/config.yaml`, as they stand.
        checks: the base branch's own checks: they guard, too.
        powers: the base branch's powers: what they say reaches the agent.
    """

    config: Config
    settings: Mapping[str, Setting]
    warnings: tuple[str, ...] = ()
    buildspec: "Buildspec" = field(default_factory=_no_buildspec)
    policy: "Mapping[str, Node]" = field(default_factory=dict)
    checks: Checks = field(default_factory=Checks)
    powers: tuple[PowerSetting, ...] = ()


def load(sources: Sources) -> Loaded:
    """Join all sources.

    Raises:
        ConfigInvalid: with everything that is wrong in any of them.
    """
    from kiro_worker.config.repository import environment_path, read_environment, read_repository

    flaws: list[Flaw] = []
    of_base: list[Flaw] = []
    base = read_repository(sources.base or {}, Side.BASE, of_base)
    branch = read_repository(sources.branch, Side.BRANCH, flaws)
    claims = [
        *_operator_claims(sources, base.buildspec.declared, branch.buildspec.declared, flaws),
        *base.claims,
        *branch.claims,
    ]
    chosen = _settle(keys()["environment"], claims)
    if chosen and chosen.value:
        path = environment_path(chosen.value)
        if all(files.get(path) is None for files in (sources.branch, sources.base or {})):
            flaws.append(_no_environment(chosen, path))
        claims += read_environment(sources.base or {}, chosen.value, Side.BASE, of_base)
        claims += read_environment(sources.branch, chosen.value, Side.BRANCH, flaws)
    # A fault that both have is told once, as the branch's: there it can be corrected now.
    flaws += [Flaw(f"{flaw.where} (base branch)", flaw.what) for flaw in of_base if flaw not in flaws]
    settings = _joined(claims, flaws)
    return Loaded(
        config=_config(settings),
        settings=settings,
        warnings=(
            *_warnings(claims, base_is_known=sources.base is not None),
            *_other_checks(base.checks, branch.checks, base_is_known=sources.base is not None),
            *_other_powers(base.powers, branch.powers, base_is_known=sources.base is not None),
        ),
        buildspec=base.buildspec,
        policy=base.policy,
        checks=base.checks.checks,
        powers=base.powers.powers,
    )


def load_operator(sources: Sources) -> Config:
    """What flags, variables and the operator's own file say, before any repository is known.

    Raises:
        ConfigInvalid: with everything that is wrong in any of them.
    """
    flaws: list[Flaw] = []
    return _config(_joined(tuple(_operator_claims(sources, {}, {}, flaws)), flaws))


def _joined(claims: Sequence[Claim], flaws: list[Flaw]) -> Mapping[str, Setting]:
    settings = {name: _setting(key, _settle(key, claims)) for name, key in keys().items()}
    flaws += contradictions({name: Settled(each.value, each.origin) for name, each in settings.items()})
    if flaws:
        raise ConfigInvalid(sorted(flaws, key=_by_place))
    return settings


def _operator_claims(
    sources: Sources, base: Mapping[str, str], branch: Mapping[str, str], flaws: list[Flaw]
) -> Iterator[Claim]:
    yield from flag_claims(sources.flags, flaws)
    for claim in variable_claims(sources.variables, flaws):
        name = claim.origin.removeprefix("environment ")
        declared = base.get(name), branch.get(name)
        if sources.in_codebuild and any(declared):
            yield _declared(claim, sources.variables[name], *declared)
        else:
            yield claim
    if sources.user and sources.user.strip():
        from kiro_worker.config.file_claim import file_claims
        from kiro_worker.document import read_document

        node = read_document(sources.user, USER_FILE, flaws)
        yield from file_claims(node, rank=Rank.USER_FILE, side=Side.OPERATOR, flaws=flaws)


def _declared(claim: Claim, text: str, base: str | None, branch: str | None) -> Claim:
    """A variable that the buildspec declares is the buildspec's, though CodeBuild hands it over as environment.

    Whoever can write the branch's buildspec can set it. It is the operator's only where the branch declares the same
    as the base, or where its value is not the one that the branch declares: then a build's own settings replaced it.
    """
    own = branch is not None and branch != base
    by_branch = own and branch in {f"value {text}", *_references(branch)}
    return Claim(
        key=claim.key,
        value=claim.value,
        rank=Rank.DECLARED_VARIABLE,
        origin=f"{claim.origin} (declared in buildspec.yml)",
        side=Side.BRANCH if by_branch else Side.OPERATOR,
    )


def _references(declared: str | None) -> tuple[str, ...]:
    """A declaration that refers to a store, of whose value nothing is known here."""
    return () if declared is None or declared.startswith("value ") else (declared,)


def _settle(key: Key, claims: Sequence[Claim]) -> Claim | None:
    """The claim that counts; None leaves the default.

    What guards is the operator's and the base branch's to say, and where one value is stricter than another the
    strictest of all operators' and the base branch's holds. Everything else is the operator's and the branch's.
    """
    mine = sorted((claim for claim in claims if claim.key is key), key=lambda claim: claim.rank)
    if not key.guards:
        return next((claim for claim in mine if claim.side is not Side.BASE), None)
    trusted = [claim for claim in mine if claim.side is not Side.BRANCH]
    if not trusted or not key.stricter:
        return trusted[0] if trusted else None
    # Within the base branch its files have their order: an environment's may be more lenient on purpose.
    of_base = [claim for claim in trusted if claim.side is Side.BASE]
    heard = [claim for claim in trusted if claim not in of_base[1:]]
    if key.stricter == "earlier" and not of_base:
        heard.append(Claim(key=key, value=key.default, rank=Rank.DEFAULT, origin="default", side=Side.BASE))
    return max(heard, key=lambda claim: key.strictness(claim.value))


def _setting(key: Key, claim: Claim | None) -> Setting:
    if claim is None:
        return Setting(key=key, value=key.default, origin="default")
    return Setting(key=key, value=claim.value, origin=claim.origin)


def _warnings(claims: Sequence[Claim], *, base_is_known: bool) -> Iterator[str]:
    for key in keys().values():
        if not key.guards:
            continue
        mine = sorted((claim for claim in claims if claim.key is key), key=lambda claim: claim.rank)
        settled = _settle(key, mine)
        first = next((claim for claim in mine if claim.side is not Side.BRANCH), None)
        if settled and first and first.value != settled.value:
            yield _outdone(first, settled)
        base = next((claim.value for claim in mine if claim.side is Side.BASE), key.default)
        for claim in mine:
            if claim.side is Side.BRANCH:
                if claim.value != base:
                    yield _ignored(claim, base_is_known=base_is_known)
                break


def _outdone(claim: Claim, stricter: Claim) -> str:
    if stricter.rank is Rank.DEFAULT:
        why = f"{_told(stricter.value)} holds, since only the base branch can say otherwise"
    else:
        why = f"the stricter {_told(stricter.value)} of {stricter.origin} holds"
    return f"{claim.origin} sets {claim.key.name} to {_told(claim.value)}; {why}."


def _ignored(claim: Claim, *, base_is_known: bool) -> str:
    return (
        f"{claim.origin} sets {claim.key.name} to {_told(claim.value)}; a setting that guards is not taken from the "
        f"branch that is worked on. {_when(base_is_known=base_is_known)}"
    )


def _other_checks(base: Said, branch: Said, *, base_is_known: bool) -> Iterator[str]:
    if branch.place and branch.checks != base.checks:
        when = _when(base_is_known=base_is_known)
        yield f"{branch.place}: checks guard, and are not taken from the branch that is worked on. {when}"


def _other_powers(base: SaidOfPowers, branch: SaidOfPowers, *, base_is_known: bool) -> Iterator[str]:
    if branch.place and branch.powers != base.powers:
        when = _when(base_is_known=base_is_known)
        yield f"{branch.place}: powers guard, and are not taken from the branch that is worked on. {when}"


def _when(*, base_is_known: bool) -> str:
    return "It counts once it is on the base branch." if base_is_known else "The base branch is not known yet."


def _told(value: Any) -> str:
    """A value inside a sentence; the agent may have written it, so nothing in it reaches a terminal as it is."""
    return quoted(shown(value))


def _no_environment(claim: Claim, path: str) -> Flaw:
    told = f"the environment {claim.value} has no settings: {path} is not in the repository"
    return Flaw(claim.origin, f"{told}; add that file (it may be empty) or choose another environment")


def _config(settings: Mapping[str, Setting]) -> Config:
    values: dict[str, Any] = {}
    for each in fields(Config):
        if each.default is MISSING and isinstance(each.type, type):
            names = [inner.name for inner in fields(each.type)]
            values[each.name] = each.type(**{name: settings[f"{each.name}.{name}"].value for name in names})
        else:
            values[each.name] = settings[each.name].value
    return Config(**values)


def _by_place(flaw: Flaw) -> tuple[str, int, int, str]:
    match = _PLACE.match(flaw.where)
    return (match[1], int(match[2]), int(match[3]), "") if match else ("", 0, 0, flaw.where)

"""The settings that a repository carries: which files, and what each claims."""

from collections.abc import Mapping

from kiro_worker.config.buildspec import PATHS as BUILDSPEC_PATHS
from kiro_worker.config.buildspec import Buildspec, read_buildspec
from kiro_worker.config.checks import SECTION, Said, read_checks
from kiro_worker.config.fault import Flaw, Place
from kiro_worker.config.file_claim import buildspec_claims, file_claims
from kiro_worker.config.key import keys
from kiro_worker.config.powers import SECTION as POWERS
from kiro_worker.config.powers import SaidOfPowers, read_powers
from kiro_worker.config.source import Claim, Rank, Side
from kiro_worker.document import Node, Scalar, Table, read_document
from kiro_worker.value import dataclass, field

WORKER_PATH = ".kiro/worker.yaml"
# Kiro's own file; of it only what concerns the worker's policy is looked at.
KIRO_PATHS = (".kiro/config.yaml", ".kiro/config.yml")
_POLICY = ("security", "governance")


def environment_path(environment: str) -> str:
    """The file of one environment.

    >>> environment_path("staging")
    '.kiro/environments/staging.yaml'
    """
    return f".kiro/environments/{environment}.yaml"


def repository_paths() -> tuple[str, ...]:
    """Every file of a repository that settings may be in, and those that people take for one."""
    return (*_settings_paths(), *KIRO_PATHS, *BUILDSPEC_PATHS, *map(_misnamed, _settings_paths()))


def _settings_paths() -> tuple[str, ...]:
    return (WORKER_PATH, *(environment_path(name) for name in keys()["environment"].choices if name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What the files of one branch say."""

    side: Side
    claims: tuple[Claim, ...] = ()
    buildspec: Buildspec = field(default_factory=Buildspec)
    policy: Mapping[str, Node] = field(default_factory=dict)
    checks: Said = field(default_factory=Said)
    powers: SaidOfPowers = field(default_factory=SaidOfPowers)


def read_repository(files: Mapping[str, bytes | None], side: Side, flaws: list[Flaw]) -> Repository:
    """Read a branch's files but for those of the environments; what is wrong is added to `flaws`."""
    flaws.extend(
        Flaw(str(Place(_misnamed(path))), f"this file is not read; rename it to {path}")
        for path in _settings_paths()
        if files.get(_misnamed(path)) is not None
    )
    worker = _document(files, WORKER_PATH, flaws)
    claims = file_claims(worker, rank=Rank.WORKER_FILE, side=side, flaws=flaws)
    path = _only_one(files, BUILDSPEC_PATHS, flaws)
    buildspec = read_buildspec(_document(files, path, flaws), path, flaws) if path else Buildspec()
    return Repository(
        side=side,
        claims=(*claims, *buildspec_claims(buildspec.variables, side=side, flaws=flaws)),
        buildspec=buildspec,
        policy=_policy(files, flaws),
        checks=_checks(worker, flaws),
        powers=_powers(worker, flaws),
    )


def read_environment(
    files: Mapping[str, bytes | None], environment: str, side: Side, flaws: list[Flaw]
) -> tuple[Claim, ...]:
    """Read the file of one environment on one branch."""
    node = _document(files, environment_path(environment), flaws)
    return tuple(file_claims(node, rank=Rank.ENVIRONMENT_FILE, side=side, flaws=flaws))


def _document(files: Mapping[str, bytes | None], path: str, flaws: list[Flaw]) -> Node | None:
    content = files.get(path)
    return read_document(content, path, flaws) if content and content.strip() else None


def _only_one(files: Mapping[str, bytes | None], paths: tuple[str, ...], flaws: list[Flaw]) -> str:
    there = [path for path in paths if files.get(path) is not None]
    if len(there) > 1:
        flaws.append(Flaw(str(Place(there[1])), f"{there[0]} is there too, and only one can count; remove one"))
    return there[0] if there else ""


def _checks(worker: Node | None, flaws: list[Flaw]) -> Said:
    node = worker.find(SECTION) if isinstance(worker, Table) else None
    return Said() if node is None else Said(checks=read_checks(node, flaws), place=str(node.place))


def _powers(worker: Node | None, flaws: list[Flaw]) -> SaidOfPowers:
    node = worker.find(POWERS) if isinstance(worker, Table) else None
    return SaidOfPowers() if node is None else SaidOfPowers(powers=read_powers(node, flaws), place=str(node.place))


def _policy(files: Mapping[str, bytes | None], flaws: list[Flaw]) -> Mapping[str, Node]:
    path = _only_one(files, KIRO_PATHS, flaws)
    node = _document(files, path, flaws) if path else None
    if node is None or (isinstance(node, Scalar) and node.kind == "null"):
        return {}
    if not isinstance(node, Table):
        flaws.append(Flaw(str(node.place), "this file is a mapping; write `security:` or `governance:` at its top"))
        return {}
    return {name.text: child for name, child in node.entries if name.text in _POLICY}


def _misnamed(path: str) -> str:
    return path.removesuffix("yaml") + "yml"

"""Pull requests and commit statuses, wherever they live."""

from kiro_worker.forge.fault import (
    ForgeCredential,
    ForgeFault,
    ForgeLimited,
    ForgeSetting,
    ForgeUnknown,
    ForgeUnreachable,
    NothingToPropose,
)
from kiro_worker.forge.port import (
    DESCRIPTION_LIMIT,
    CommitStatus,
    Forge,
    ForgeCheck,
    Proposal,
    Published,
    PullRequest,
    StatusState,
)
from kiro_worker.forge.repository import (
    ForgeKind,
    GitHubRepository,
    RemoteAddress,
    choose_forge,
    github_repository,
    parse_remote,
)

__all__ = [
    "DESCRIPTION_LIMIT",
    "CommitStatus",
    "Forge",
    "ForgeCheck",
    "ForgeCredential",
    "ForgeFault",
    "ForgeKind",
    "ForgeLimited",
    "ForgeSetting",
    "ForgeUnknown",
    "ForgeUnreachable",
    "GitHubRepository",
    "NothingToPropose",
    "Proposal",
    "Published",
    "PullRequest",
    "RemoteAddress",
    "StatusState",
    "choose_forge",
    "github_repository",
    "parse_remote",
]

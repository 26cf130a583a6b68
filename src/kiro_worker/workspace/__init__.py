"""The isolated git working tree of one run, and everything that touches the remote repository.

The adapter on git is in `kiro_worker.workspace.git_workspaces`, and is imported where it is chosen.
"""

from kiro_worker.ids import Oid
from kiro_worker.workspace.fault import (
    BranchExists,
    BranchMoved,
    FenceLost,
    MergeConflict,
    NothingToCommit,
    PushRefused,
    RepositoryUnfit,
    WorkspaceAlive,
    WorkspaceTampered,
)
from kiro_worker.workspace.port import (
    BaseRelation,
    Change,
    ChangeKind,
    Claim,
    Commit,
    CommitText,
    Hazard,
    Identity,
    Remote,
    Snapshot,
    Workspace,
    Workspaces,
)

__all__ = [
    "BaseRelation",
    "BranchExists",
    "BranchMoved",
    "Change",
    "ChangeKind",
    "Claim",
    "Commit",
    "CommitText",
    "FenceLost",
    "Hazard",
    "Identity",
    "MergeConflict",
    "NothingToCommit",
    "Oid",
    "PushRefused",
    "Remote",
    "RepositoryUnfit",
    "Snapshot",
    "Workspace",
    "WorkspaceAlive",
    "WorkspaceTampered",
    "Workspaces",
]

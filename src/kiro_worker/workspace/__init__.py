"""The isolated git working tree of one run, and everything that touches the remote repository.

The adapter on git is in `kiro_worker.workspace.git_workspaces`, and is imported where it is chosen.
"""

from typing import TYPE_CHECKING

from kiro_worker.ids import Oid
from kiro_worker.later import later

if TYPE_CHECKING:
    from kiro_worker.workspace.change import BaseRelation, Change, ChangeKind, Commit, CommitText, Hazard
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
    from kiro_worker.workspace.port import Workspace, Workspaces
    from kiro_worker.workspace.remote import Identity, Remote
    from kiro_worker.workspace.snapshot import Claim, Snapshot

# A run begins to fetch before most of these are needed.
__getattr__ = later(
    __name__,
    {
        "BaseRelation": "change",
        "BranchExists": "fault",
        "BranchMoved": "fault",
        "Change": "change",
        "ChangeKind": "change",
        "Claim": "snapshot",
        "Commit": "change",
        "CommitText": "change",
        "FenceLost": "fault",
        "Hazard": "change",
        "Identity": "remote",
        "MergeConflict": "fault",
        "NothingToCommit": "fault",
        "PushRefused": "fault",
        "Remote": "remote",
        "RepositoryUnfit": "fault",
        "Snapshot": "snapshot",
        "Workspace": "port",
        "WorkspaceAlive": "fault",
        "WorkspaceTampered": "fault",
        "Workspaces": "port",
    },
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

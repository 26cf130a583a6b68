"""The git program, run safely: clean environments, checked names, failures told apart.

Nothing here knows what a workspace or a lease is.
"""

from typing import TYPE_CHECKING

from kiro_worker.git.fault import (
    DiskFull,
    GitDenied,
    GitFailed,
    GitTooOld,
    GitTooSlow,
    GitUnreachable,
    MirrorBroken,
    NotWritable,
    OutputTooLarge,
    RepositoryMissing,
)
from kiro_worker.git.name import (
    BadName,
    branch_ref,
    full_ref,
    http_header,
    object_id,
    plain_url,
    remote_url,
    split_credentials,
    tree_path,
)
from kiro_worker.git.program import Git, GitCall
from kiro_worker.later import later

if TYPE_CHECKING:
    from kiro_worker.git.remote import PushAnswer, RefOutcome, RefUpdate, RemoteRefs, look, push

# A run's first git process is started before anything is asked of a remote's refs.
__getattr__ = later(
    __name__,
    dict.fromkeys(("PushAnswer", "RefOutcome", "RefUpdate", "RemoteRefs", "look", "push"), "remote"),
)

__all__ = [
    "BadName",
    "DiskFull",
    "Git",
    "GitCall",
    "GitDenied",
    "GitFailed",
    "GitTooOld",
    "GitTooSlow",
    "GitUnreachable",
    "MirrorBroken",
    "NotWritable",
    "OutputTooLarge",
    "PushAnswer",
    "RefOutcome",
    "RefUpdate",
    "RemoteRefs",
    "RepositoryMissing",
    "branch_ref",
    "full_ref",
    "http_header",
    "look",
    "object_id",
    "plain_url",
    "push",
    "remote_url",
    "split_credentials",
    "tree_path",
]

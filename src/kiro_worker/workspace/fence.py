"""The fence: a ref beside each branch that moves with every claim and every push, so that one run at a time can.

It points to a commit whose message says who holds the branch and under which number: after a claim one with an empty
tree, after a push the pushed commit itself. A push moves it in the same transaction as the branch; a server does not
compare a ref that stays, so it must move.
"""

import re
from datetime import datetime
from pathlib import Path

from kiro_worker.expression import expression
from kiro_worker.git.object import Signature, commit_content, write_object
from kiro_worker.git.reader import ObjectReader
from kiro_worker.ids import Oid
from kiro_worker.workspace.mirror import FENCE
from kiro_worker.workspace.remote import Identity
from kiro_worker.workspace.snapshot import Claim

_NUMBER = expression(rb"^Kiro-Fence: (\d{1,18})$", re.MULTILINE)


def fence_ref(branch: str) -> str:
    """The ref that guards a branch."""
    return FENCE + branch


def fence_number(commit: bytes) -> int:
    """The number in a fence's commit; 0 when somebody else's commit stands there."""
    found = _NUMBER.findall(commit.partition(b"\n\n")[2])
    return int(found[-1]) if found else 0


async def read_fence(reader: ObjectReader, oid: Oid | None) -> int:
    """The number that a fence ref's commit carries; 0 where there is none."""
    found = await reader.find(oid) if oid else None
    return fence_number(found.content) if found is not None and found.kind == "commit" else 0


def write_fence(
    objects: Path, algorithm: str, *, branch: str, claim: Claim, by: Identity, when: datetime, head: Oid | None
) -> Oid:
    """Make the commit for one move of the fence; it leads to no other object, so it can be pushed from anywhere.

    Args:
        objects: the repository's, to write it to.
        algorithm: the repository's hash.
        branch: whom it guards.
        claim: who holds it, and the number.
        by: whom the commit is by.
        when: its date.
        head: the commit that is pushed with it, where that carries no number of this claim; None for a claim.
    """
    tree = write_object(objects, "tree", b"", algorithm)
    who = Signature(name=by.name, email=by.email, when=when)
    trailers = [f"Kiro-Run: {_line(claim.run)}"]
    trailers += [f"Kiro-Holder: {_line(claim.holder)}"] if claim.holder else []
    trailers += [f"Kiro-Head: {head}"] if head else []
    message = "\n".join((f"Fence {claim.fence} on {branch}", "", *trailers, f"Kiro-Fence: {claim.fence}"))
    content = commit_content(tree=tree, parents=(), author=who, committer=who, message=message)
    return write_object(objects, "commit", content, algorithm)


def _line(text: str) -> str:
    return " ".join(text.split())

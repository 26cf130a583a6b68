"""What a remote repository looked like, and who may write to it since."""

from kiro_worker.ids import Oid
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a remote repository looked like when it was last asked.

    Attributes:
        head: the branch's tip; None when the remote has no such branch.
        base: the base branch's tip; None in an empty repository.
        base_branch: its short name (`main`), as set or as the remote's HEAD says.
        fence: the highest fence number that ever held the branch; 0 when none did.
        fence_oid: what the fence ref points to; None when it is not there.
    """

    branch: str
    head: Oid | None
    base_branch: str
    base: Oid | None
    fence: int = 0
    fence_oid: Oid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who may push: the run and its fence number."""

    run: str
    fence: int
    holder: str = ""

"""Where evidence is kept on the remote: a blob under a ref beside each branch, for anybody who has a clone."""

import hashlib

EVIDENCE = "refs/kiro-worker/evidence/"
_LONGEST = 200


def evidence_ref(branch: str) -> str:
    """The ref that holds the evidence of a branch; it outlives the branch, so it must not be in any other's way.

    >>> evidence_ref("kiro/login")
    'refs/kiro-worker/evidence/kiro%2Flogin'
    """
    name = branch.replace("%", "%25").replace("/", "%2F")
    if len(name.encode("utf-8", "surrogateescape")) > _LONGEST:
        # Refs are files on most remotes, and a file's name has its limit.
        digest = hashlib.sha256(branch.encode("utf-8", "surrogateescape")).hexdigest()
        name = f"{name[:40].rstrip('.%')}%.{digest}"
    return EVIDENCE + name

"""Whether a pull request says already what a run that found everything done would say."""

from kiro_worker.forge.body import find_block
from kiro_worker.forge.port import PullRequest
from kiro_worker.run.record import RunRecord
from kiro_worker.run.report.proof import criteria_words, proof, standings
from kiro_worker.run.verdict import Verdict

_GOOD = tuple(f"## ✅ Kiro Worker: {verdict}\n" for verdict in (Verdict.DONE, Verdict.ALREADY_DONE))
_SHORT = 10


def standing_block(there: PullRequest | None, run: RunRecord, *, head: str, draft: bool) -> str | None:
    """The worker's section as it stands, where only names and times of runs would change; None where more would.

    A good word on the same commit stands. What a person edited is written anew, and so is what speaks of another
    commit, or counts other criteria as proved.

    Args:
        there: the branch's pull request.
        run: the record of a run.
        head: the commit that was judged.
        draft: whether the pull request is to be a draft.
    """
    if run.verdict != Verdict.ALREADY_DONE or there is None or not there.open or there.draft is not draft:
        return None
    block = find_block(there.body)
    if block is None or not block.intact:
        return None
    text = block.text.strip()
    # Where the forge has a page for a commit, its name is a link.
    plain = text.replace("[", "").replace("`", "")
    stands = text.startswith(_GOOD) and f"Judged at {head[:_SHORT]}" in plain and _counts(run) in text
    return text if stands else None


def _counts(run: RunRecord) -> str:
    evidence = proof(run)
    if evidence is None or not evidence.requirements:
        return ""
    return criteria_words(standings(evidence.criteria))[1:]

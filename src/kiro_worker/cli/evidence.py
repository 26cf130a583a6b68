"""`kiro-worker evidence`: what backs each criterion of a branch's spec, and whether that still holds here."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.bootstrap.evidence import (
    Clone,
    EvidenceNowhere,
    Kinship,
    Relation,
    Wanted,
    find_clone,
    held_against,
    kept_evidence,
    kinship_of,
)
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.cli.options import folder_of
from kiro_worker.cli.terminal import Ink, print_json, put
from kiro_worker.evidence.document import document
from kiro_worker.evidence.model import CriterionEvidence, Evidence, State
from kiro_worker.evidence.staleness import Aged
from kiro_worker.evidence.status import CONTEXT, status_of, summary_of
from kiro_worker.forge.escape import visible
from kiro_worker.ids import begins_run_id
from kiro_worker.run.report.words import counted

CHECK_SCHEMA = "kiro-worker/evidence-check/1"

_TONES = {
    State.PROVED: "good",
    State.WEAK: "wait",
    State.MISSING: "bad",
    State.STALE: "bad",
    State.NOT_TESTABLE: "soft",
}
_STATE, _ID = 13, 8
_OUT_OF_DATE = 1


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str) -> ArgumentParser:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(verb=name)
        made.add_argument("run", nargs="?", default="", help="whose evidence: a branch, or a run for its branch")
        made.add_argument("--branch", metavar="NAME", default="", help="the same (the branch checked out)")
        made.add_argument("--remote", metavar="NAME", default="origin", help="the clone's remote (origin)")
        made.add_argument("--json", action="store_true", help="one JSON document")
        made.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")
        return made

    verb("show", "what backs each criterion, as the worker kept it")
    checking = verb(
        "check", "whether it still holds at a commit, and what is out of date; exit status 1 if anything is"
    )
    checking.add_argument("--at", metavar="COMMIT", default="HEAD", help="the commit it is held against (HEAD)")
    checking.add_argument("--status", action="store_true", help=f"set the commit status {CONTEXT} on the forge")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    return asyncio.run(_call(given))


async def _call(given: Namespace) -> int:
    async with workshop(this_machine()) as shop:
        wanted = Wanted(
            folder=folder_of(given),
            remote=given.remote,
            branch=_branch(shop, given.branch or given.run),
            at=getattr(given, "at", "HEAD"),
        )
        clone = await find_clone(shop, wanted)
        evidence = await kept_evidence(clone)
        ink = Ink(sys.stdout, shop.machine.environment)
        if given.verb == "show":
            _show(evidence, ink, as_json=given.json)
            return 0
        aged, kinship = await held_against(clone, evidence), await kinship_of(clone, evidence)
        if given.json:
            print_json(_document(clone, evidence, aged, kinship))
        else:
            put(sys.stdout, _told(clone, evidence, aged, kinship, ink))
        is_set = not given.status or await _set_status(shop, clone, aged)
        return 0 if aged.is_current and is_set else _OUT_OF_DATE


def _branch(shop: Workshop, asked: str) -> str:
    """The branch of a run, by its id or the beginning of it; anything else is a branch's name."""
    if not begins_run_id(asked):
        return asked
    entry = shop.registry.find(asked)
    if not entry.branch:
        raise EvidenceNowhere(f"The run {entry.run} has no branch yet.", next_step="Name the branch: --branch NAME")
    return entry.branch


# Show


def _show(evidence: Evidence, ink: Ink, *, as_json: bool) -> None:
    if as_json:
        print_json(document(evidence))
    else:
        put(sys.stdout, _rows(evidence, ink))


def _rows(evidence: Evidence, ink: Ink) -> Iterator[str]:
    yield f"{visible(evidence.spec)} on {visible(evidence.branch)}: {summary_of(evidence)}"
    yield ink("soft", visible(f"seen by {evidence.run} at {evidence.head[:10]}, {evidence.made_at}"))
    for requirement in evidence.requirements:
        yield ""
        yield ink("strong", visible(f"{requirement.id} {requirement.title}"))
        for criterion in requirement.criteria:
            yield from _row(criterion, ink)
    if evidence.phantoms or evidence.unbacked:
        yield ""
    for phantom in evidence.phantoms:
        yield f"{ink('bad', 'phantom')}: {visible(f'task {phantom.task}: {phantom.why}')}"
    if evidence.unbacked:
        yield f"{ink('wait', 'unbacked')}: {visible(', '.join(evidence.unbacked))} (ticked by people)"


def _row(criterion: CriterionEvidence, ink: Ink) -> Iterator[str]:
    state = ink(_TONES[criterion.state], f"{criterion.state.value:<{_STATE}}")
    yield f"  {state} {visible(criterion.id):<{_ID}} {visible(criterion.text.partition(chr(10))[0])}"
    yield f"{' ' * (_STATE + _ID + 4)}{ink('soft', visible(criterion.why))}"


# Check


def _told(clone: Clone, evidence: Evidence, aged: Aged, kinship: Kinship, ink: Ink) -> Iterator[str]:
    where = visible(f"{clone.branch} at {clone.commit[:10]}, {_related(evidence.head[:10], kinship)}")
    if aged.is_current:
        yield f"{ink('good', 'CURRENT')}: {where}: {summary_of(aged.evidence)}"
        return
    yield f"{ink('bad', 'OUT OF DATE')}: {where}: {summary_of(aged.evidence)}"
    for criterion, reasons in aged.stale.items():
        yield ink("strong", f"  {visible(criterion)}")
        yield from (f"    {visible(reason)}" for reason in reasons)
    if aged.added:
        yield f"  Not there when it was judged: {visible(', '.join(aged.added))}"
    yield from _cures(clone, evidence.head[:10], kinship)


def _cures(clone: Clone, judged: str, kinship: Kinship) -> Iterator[str]:
    """What is looked at may only be older than what the worker pushed: no run has to be paid for then."""
    if kinship.relation is Relation.BEFORE:
        yield f"What was judged is newer. To have it here: git pull; to look at it: --at {judged}"
        return
    if kinship.relation is Relation.UNKNOWN:
        yield "What was judged may only not be fetched yet. To have it here: git pull; then check again"
    yield f"To judge it anew: kiro-worker run --branch {visible(clone.branch)}"


def _related(judged: str, kinship: Kinship) -> str:
    """How the commit that is looked at stands to the one that the evidence is of."""
    after, before = counted(kinship.after, "commit"), counted(kinship.before, "commit")
    match kinship.relation:
        case Relation.SAME:
            return "the commit that was judged"
        case Relation.AFTER:
            return f"{after} after the one that was judged, {judged}"
        case Relation.BEFORE:
            return f"{before} before the one that was judged, {judged}"
        case Relation.APART:
            return f"beside the one that was judged, {judged}: {after} that it lacks, and {before} the other way"
        case Relation.UNKNOWN:
            return f"judged at {judged}, which is not in this clone"


def _document(clone: Clone, evidence: Evidence, aged: Aged, kinship: Kinship) -> Mapping[str, Any]:
    return {
        "schema": CHECK_SCHEMA,
        "branch": clone.branch,
        "at": clone.commit,
        "judged_at": evidence.head,
        "relation": kinship.relation.value,
        "commits_after": kinship.after,
        "commits_before": kinship.before,
        "current": aged.is_current,
        "stale": [{"id": criterion, "reasons": list(reasons)} for criterion, reasons in aged.stale.items()],
        "added": list(aged.added),
        "states": {state.value: count for state, count in aged.evidence.states.items()},
    }


async def _set_status(shop: Workshop, clone: Clone, aged: Aged) -> bool:
    from kiro_worker.bootstrap.adapters import forge_for

    forge = forge_for(shop, clone.settings, clone.url)
    try:
        done = await forge.report(status_of(aged.evidence, commit=clone.commit, added=aged.added))
    finally:
        await forge.close()
    if not done:
        print(f"This forge or this token cannot set the commit status {CONTEXT}.", file=sys.stderr)
    return done

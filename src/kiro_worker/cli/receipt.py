"""`kiro-worker receipt`: is a run's receipt what the worker wrote, what does it tell, and the keys that sign it."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from kiro_worker.bootstrap.machine import Machine, this_machine
from kiro_worker.bootstrap.receipt import key_places, keys_known
from kiro_worker.cli.runs import registry
from kiro_worker.cli.terminal import Ink, print_json, put
from kiro_worker.forge.escape import visible
from kiro_worker.receipt.chain import FILE_NAME, Event, lines_of, read_events
from kiro_worker.receipt.examine import examine
from kiro_worker.receipt.fault import ReceiptMissing
from kiro_worker.receipt.key import new_pair
from kiro_worker.receipt.verify import Judgement, Known, Reference, Standing, reference_in, verify
from kiro_worker.run.registry import Registry, RunEntry
from kiro_worker.value import dataclass

VERIFY_SCHEMA = "kiro-worker/receipt-verify/1"
SHOW_SCHEMA = "kiro-worker/receipt-show/1"
KEY_SCHEMA = "kiro-worker/receipt-key/1"

_TONES = {Standing.SIGNED: "good", Standing.WHOLE: "good", Standing.OPEN: "wait", Standing.REFUSED: "bad"}
_LABEL = 22
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class _Asked:
    """A receipt that was asked for, and its run where this machine knows it."""

    path: Path
    entry: RunEntry | None = None
    later: RunEntry | None = None


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)
    checking = verbs.add_parser("verify", help="whether it is what the worker wrote, to the last line")
    checking.add_argument("--public-key", metavar="FILE", default="", help="the key that must have signed it")
    telling = verbs.add_parser("show", help="what happened in the run, event by event")
    telling.add_argument("--task", metavar="ID", default="", help="only the events of one task")
    telling.add_argument(
        "--kind", metavar="WORD", default="", help="only one kind of event: permission, tool, commit.made"
    )
    for made, verb in ((checking, "verify"), (telling, "show")):
        made.set_defaults(verb=verb)
        made.add_argument("receipt", metavar="RUN|FILE", nargs="?", default="", help="a run, or a file events.jsonl")
        made.add_argument("--json", action="store_true", help="one JSON document")
    keys = verbs.add_parser("key", help="make a pair of keys: new")
    keys.set_defaults(verb="key")
    keys.add_argument("what", choices=("new",), help="a new pair; runs are signed with it from then on")
    keys.add_argument("--to", metavar="FILE", default="", help="the private key's file; the public one gets .pub")
    keys.add_argument("--json", action="store_true", help="one JSON document")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    if given.verb == "key":
        return _make_key(given)
    if given.verb == "show":
        return _show(given)
    return _verify(given)


def _find(asked: str) -> tuple[Machine, _Asked]:
    path = Path(asked)
    if asked and ("/" in asked or path.exists()):
        return this_machine(), _Asked(path / FILE_NAME if path.is_dir() else path)
    with registry() as (machine, runs):
        entry = runs.find(asked)
        return machine, _Asked(machine.runs / entry.run / FILE_NAME, entry, _gone_on_with(runs, entry))


def _gone_on_with(runs: Registry, entry: RunEntry) -> RunEntry | None:
    """The first run that went on with this one."""
    later = [each for each in runs.newest(_LOOKED_AT) if each.resumes == entry.run]
    return later[-1] if later else None


# Verify


def _verify(given: Namespace) -> int:
    machine, asked = _find(given.receipt)
    judged = verify(asked.path, _known(machine, asked, given.public_key))
    if given.json:
        print_json(_document(asked.path, judged))
    else:
        put(sys.stdout, _told(Ink(sys.stdout, machine.environment), judged))
    return judged.standing.exit_status


def _known(machine: Machine, asked: _Asked, named: str) -> Known:
    entry = asked.entry
    ended = entry is not None and entry.state == "ended"
    return Known(
        keys=keys_known(machine, named),
        verdict=(entry.verdict or "") if ended and entry else "",
        state=entry.state if entry and not ended else "",
        later=_reference(machine, asked),
    )


def _reference(machine: Machine, asked: _Asked) -> Reference | None:
    """What the run that went on says of this receipt; only where its own receipt holds together."""
    if asked.entry is None or asked.later is None:
        return None
    first: list[Event] = []
    try:
        examine(lines_of(machine.runs / asked.later.run / FILE_NAME), first.append)
    except OSError:
        return None
    reference = reference_in(first[0]) if first else None
    return reference if reference and reference.run == asked.entry.run else None


def _told(ink: Ink, judged: Judgement) -> Iterator[str]:
    standing = ink(_TONES[judged.standing], judged.standing.value.upper())
    yield f"{standing}: receipt of {visible(judged.examined.run) or 'no run'}"
    yield from map(visible, judged.reasons)
    if judged.examined.fault and judged.examined.events:
        yield f"What is before it holds together: {judged.examined.events} events."
    if judged.missing:
        yield f"Not here, and so not compared: {visible(', '.join(judged.missing))}"


def _document(path: Path, judged: Judgement) -> dict[str, object]:
    seen = judged.examined
    return {
        "schema": VERIFY_SCHEMA,
        "path": str(path),
        "run": seen.run,
        "standing": judged.standing.value,
        "reasons": list(judged.reasons),
        "events": seen.events,
        "last": seen.last,
        "bad_line": seen.line or None,
        "closed": seen.closing is not None,
        "key": judged.key,
        "not_compared": list(judged.missing),
    }


# Show


def _show(given: Namespace) -> int:
    machine, asked = _find(given.receipt)
    try:
        events = [event for event in read_events(asked.path) if _is_wanted(event, given)]
    except OSError as error:
        raise ReceiptMissing(path=asked.path, reason=error.strerror or str(error)) from error
    examined = examine(lines_of(asked.path))
    if given.json:
        told = [{"n": event.number, "at": event.at, "event": event.name, **event.facts} for event in events]
        print_json({"schema": SHOW_SCHEMA, "run": examined.run, "fault": examined.fault, "events": told})
    else:
        rows = _rows(events, Ink(sys.stdout, machine.environment)) if events else [_nothing(examined.run, given)]
        put(sys.stdout, rows)
    if examined.fault:
        words = f"The receipt is not what the worker wrote: {examined.fault}."
        print(Ink(sys.stderr, machine.environment)("bad", words), file=sys.stderr)
    return 0


def _nothing(run: str, given: Namespace) -> str:
    """An answer that is empty looks like a verb that failed."""
    wanted = " ".join(f"{flag} {value}" for flag, value in (("--task", given.task), ("--kind", given.kind)) if value)
    return visible(f"{run or 'The receipt'} has no event for {wanted}." if wanted else "The receipt has no event.")


def _is_wanted(event: Event, given: Namespace) -> bool:
    if given.task and event.facts.get("task") != given.task:
        return False
    return not given.kind or given.kind in {event.name, event.name.partition(".")[0]}


def _rows(events: list[Event], ink: Ink) -> Iterator[str]:
    from kiro_worker.run.report.log import event_line

    day = ""
    for event in events:
        line = event_line({"at": event.at, "event": event.name, **event.facts})
        if line is None:
            continue
        at = visible(event.at)
        if at[:10] != day:
            day = at[:10]
            yield ink("soft", f"{day} (UTC)")
        first, *rest = line.text.split("\n")
        number = f"{event.number:>5}  {at[11:23]}  "
        yield f"{ink('soft', number)}{visible(event.name):<{_LABEL}}  {ink(line.tone, first)}"
        for row in rest:
            yield f"{' ' * (len(number) + _LABEL + 2)}{ink(line.tone, row)}"


# Keys


def _make_key(given: Namespace) -> int:
    machine = this_machine()
    private, public = key_places(machine, given.to)
    fingerprint = new_pair(private, public).fingerprint
    if given.json:
        told = {"private_key": str(private), "public_key": str(public), "fingerprint": fingerprint}
        print_json({"schema": KEY_SCHEMA, **told})
        return 0
    signs = (
        "Every run of this machine is signed with it from now on."
        if private.parent == machine.settings and not given.to
        else f"To sign with it: export KIRO_RECEIPT_PRIVATE_KEY_FILE={json.dumps(str(private))}"
    )
    put(
        sys.stdout,
        (
            f"Private key: {private} (for its owner only; back it up, show it to nobody)",
            f"Public key:  {public} (give it to whoever checks receipts)",
            f"Fingerprint: {fingerprint}",
            signs,
        ),
    )
    return 0

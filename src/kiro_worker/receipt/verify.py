"""What can be said of a receipt, honestly: what is shown, what is refused and why, and what nothing here can show."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from kiro_worker.expression import expression
from kiro_worker.receipt.chain import FILE_NAME, Event, lines_of
from kiro_worker.receipt.closing import Closing
from kiro_worker.receipt.examine import ChainState, Examined, examine
from kiro_worker.receipt.fault import ReceiptMissing
from kiro_worker.receipt.files import Vouching, differing
from kiro_worker.receipt.key import PublicKey
from kiro_worker.value import dataclass, field

_RUN = expression(r"r-[0-9A-Za-z]{1,40}")
_NAMED = 5

_UNSIGNED = (
    "The receipt is not signed: that shows a change by accident, or by somebody who did not make all hashes anew. It "
    "cannot show that the whole file was not written by somebody else."
)
_UNKNOWN_KEY = (
    "No key is known here: whoever wrote the file anew could have signed it with a key of their own. Compare the "
    "fingerprint, or name the key: --public-key FILE"
)


class Standing(StrEnum):
    """How a receipt stands, and the exit status of `receipt verify`."""

    SIGNED = "signed"  #: closed, and signed with a key that is known here
    WHOLE = "whole"  #: closed, and there is no known key to hold it against
    OPEN = "open"  #: not closed: its end is not shown to be there
    REFUSED = "refused"  #: something of it is not what a worker wrote

    @property
    def exit_status(self) -> int:
        """What a script is told."""
        return {"signed": 0, "whole": 0, "open": 4, "refused": 1}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What one run's receipt says of the receipt that it goes on with.

    Attributes:
        by: the run that says it.
        run: the run that it says it of.
    """

    by: str
    run: str
    events: int
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known from elsewhere.

    Attributes:
        keys: public keys, one of which must have signed.
        verdict: how the run ended, by the machine's own list; empty where it has not, or is not listed.
        state: `running` or `died`, by that list; empty where it is not listed.
        later: what the run that went on with this one says of it.
    """

    keys: tuple[PublicKey, ...] = ()
    verdict: str = ""
    state: str = ""
    later: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How a receipt stands.

    Attributes:
        reasons: sentences, the one that decides first.
        missing: files that the receipt vouches for and that are not there to be compared.
    """

    standing: Standing
    examined: Examined
    reasons: tuple[str, ...]
    missing: tuple[str, ...] = ()
    key: str = ""


@dataclass(slots=True)
class _Heard:
    """What a receipt's events say that has to be held against something else."""

    vouching: Vouching = field(default_factory=Vouching)
    before: Reference | None = None

    def __call__(self, event: Event) -> None:
        self.vouching(event)
        if event.name == "run.started":
            self.before = reference_in(event)


def verify(path: Path, known: Known) -> Judgement:
    """Judge the receipt in a file, with the files beside it and the receipt that it goes on with.

    Raises:
        ReceiptMissing: there is none to read.
        LibraryMissing: it is signed, and signatures cannot be checked here.
    """
    heard = _Heard()
    try:
        examined = examine(lines_of(path), heard)
    except OSError as error:
        raise ReceiptMissing(path=path, reason=error.strerror or str(error)) from error
    changed, missing = differing(path.parent, heard.vouching.files)
    refused = [*_chain_faults(examined, known), *_file_faults(changed), *_before_faults(path.parent, heard.before)]
    if not refused and examined.closing is not None:
        refused += _signature_faults(examined, examined.closing, known.keys)
    if refused:
        standing, reasons = Standing.REFUSED, refused
    elif examined.closing is None:
        standing, reasons = Standing.OPEN, list(_open(examined, known))
    else:
        standing, reasons = _closed(examined, examined.closing, known)
    return Judgement(
        standing=standing,
        examined=examined,
        reasons=tuple(reasons),
        missing=missing,
        key=examined.closing.key if examined.closing else "",
    )


def reference_in(event: Event) -> Reference | None:
    """What the first event of a receipt says of the one that it goes on with; None when it goes on with none."""
    facts = event.facts
    before, events, last = facts.get("resumes"), facts.get("resumes_events"), facts.get("resumes_hash")
    if not isinstance(before, str) or not _RUN.fullmatch(before) or type(events) is not int or not events:
        return None
    return Reference(by=str(facts.get("run", "")), run=before, events=events, last=str(last))


def referred(path: Path) -> tuple[int, str]:
    """How many events of a receipt hold together, and the hash of the last; a run that goes on with it names both.

    Nothing and an empty hash where there is no receipt on this machine.
    """
    try:
        examined = examine(lines_of(path))
    except OSError:
        return 0, ""
    return (examined.events, examined.last) if examined.events else (0, "")


def _chain_faults(examined: Examined, known: Known) -> Iterator[str]:
    if examined.state is ChainState.BROKEN:
        yield f"{examined.fault[0].upper()}{examined.fault[1:]}."
        return
    if examined.closing is None and known.verdict:
        yield (
            f"Line {examined.events + 1} is missing: the run ended ({known.verdict}), and its receipt stops after "
            f"{examined.events} events without its closing line. Its end was cut off, or the disk took no more."
        )
    if known.later is not None and not _fits(examined, known.later):
        yield (
            f"Line {min(examined.events + 1, known.later.events)} is missing or another one: {known.later.by} went on "
            f"with this run and recorded {known.later.events} events ending in {known.later.last[:16]}."
        )


def _fits(examined: Examined, reference: Reference) -> bool:
    return (examined.events, examined.last) == (reference.events, reference.last)


def _file_faults(changed: tuple[str, ...]) -> Iterator[str]:
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        verb = "is" if len(changed) == 1 else "are"
        yield f"{', '.join(changed[:_NAMED])}{more} {verb} not what the receipt vouches for."


def _before_faults(folder: Path, before: Reference | None) -> Iterator[str]:
    """Hold the receipt that this one goes on with against what was written down of it then."""
    if before is None:
        return
    path = folder.parent / before.run / FILE_NAME
    try:
        examined = examine(lines_of(path))
    except OSError:
        return
    if not _fits(examined, before):
        yield (
            f"The receipt of {before.run}, which this run goes on with, is not the one of then: {before.events} events "
            f"ending in {before.last[:16]} were recorded, and now there are {examined.events} ending in "
            f"{examined.last[:16]}."
        )


def _signature_faults(examined: Examined, closing: Closing, keys: tuple[PublicKey, ...]) -> Iterator[str]:
    line = examined.events + 1
    if not closing.signature:
        if keys:
            yield (
                f"Line {line}, the closing line, is not signed, and should be by {_names(keys)}: the run had no key, "
                "or its signature was taken off."
            )
        return
    signer = PublicKey(closing.public_key)
    if signer.fingerprint != closing.key or not signer.holds(closing.signature, closing.statement):
        yield f"Line {line}, the closing line, has a signature that does not hold for this receipt."
    elif keys and signer not in keys:
        yield f"Line {line}, the closing line, is signed by {closing.key}, and should be by {_names(keys)}."


def _names(keys: tuple[PublicKey, ...]) -> str:
    return " or ".join(key.fingerprint for key in keys)


def _open(examined: Examined, known: Known) -> Iterator[str]:
    why = {"running": "The run is still at work.", "died": "The run's process was killed."}.get(
        known.state, "The run is still at work, or was killed, or the end of its receipt was cut off."
    )
    torn = " Its last line was not finished, as happens then; it does not count." if examined.torn else ""
    yield f"The receipt is open: line {examined.events + 1}, the closing line, is not there. {why}{torn}"
    if known.later is not None:
        yield f"{known.later.by} went on with this run, and recorded exactly these {known.later.events} events."
    else:
        yield (
            f"Its {examined.events} events hold together. Nothing shows whether more followed, and nothing is signed "
            "before a receipt is closed."
        )


def _closed(examined: Examined, closing: Closing, known: Known) -> tuple[Standing, list[str]]:
    count = f"All {examined.events} events are there, unchanged and in order, up to the closing line"
    if not closing.signature:
        return Standing.WHOLE, [f"{count}, as far as hashes can show.", _UNSIGNED]
    if not known.keys:
        return Standing.WHOLE, [f"{count}, and signed by {closing.key}.", _UNKNOWN_KEY]
    return Standing.SIGNED, [f"{count}, and signed by the known key {closing.key}."]

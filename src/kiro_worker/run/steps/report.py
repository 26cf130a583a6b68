"""Report: everything that people and machines read of a run, made from its receipt and kept as artifacts."""

from pathlib import Path
from typing import Any

from kiro_worker.error import WorkerError
from kiro_worker.receipt.files import vouched
from kiro_worker.run.facts import Reported
from kiro_worker.run.journal import FILE_NAME as EVENTS
from kiro_worker.run.report.document import document_bytes
from kiro_worker.run.report.gather import gather
from kiro_worker.run.report.page import page
from kiro_worker.run.report.summary import summary
from kiro_worker.run.transcript import FILE_NAME as TRANSCRIPT
from kiro_worker.run.transcript import read_transcript
from kiro_worker.run.undertaking import Undertaking

# What the receipt says of a file that was kept.
Told = dict[str, Any] | None

_DIFF_LIMIT = 64 * 1024 * 1024
_REPORT_LIMIT = 256 * 1024 * 1024


async def report(work: Undertaking) -> Reported:
    """Write summary, page, document, diff, and the gates' reports; each redacted, each whole."""
    kept = [await _keep_diff(work)]
    for result in work.results:
        kept.append(await _keep(work, f"{result.gate}.log", result.output.encode("utf-8", "replace")))
        for name, path in result.reports.items():
            kept.append(await _keep_report(work, f"reports/{name}", path))
    work.journal.write("files.kept", files=[told for told in kept if told is not None])
    await keep_record(work)
    return Reported()


async def keep_record(work: Undertaking) -> None:
    """Write what is derived from the receipt; again at the very end, when the last events are there."""
    record = gather(work)
    await _keep(work, "summary.md", summary(record).encode("utf-8", "replace"))
    await _keep(work, "run.json", document_bytes(record))
    await _keep(work, "run.html", page(record, read_transcript(work.folder / TRANSCRIPT)).encode("utf-8", "replace"))
    for name in () if work.receipt_is_artifact else (EVENTS, TRANSCRIPT):
        if (work.folder / name).exists():
            await work.artifacts.keep(work.order.run, name, work.folder / name)


async def _keep_diff(work: Undertaking) -> Told:
    if work.workspace is None:
        return None
    try:
        patch = await work.workspace.diff(work.workspace.base)
    except WorkerError as error:
        work.journal.write("run.noted", note=f"The diff could not be made: {error.message}")
        return None
    return await _keep(work, "changes.diff", patch[:_DIFF_LIMIT])


async def _keep(work: Undertaking, name: str, content: bytes) -> Told:
    safe = work.redactor.bytes(content)
    await work.artifacts.keep(work.order.run, name, safe)
    return vouched(name, safe)


async def _keep_report(work: Undertaking, name: str, path: Path) -> Told:
    if not path.exists() and not path.is_symlink():
        # Tests that were stopped write none; where one is missed, the gate has said so.
        return None
    # Written by the project's tests: a link would lead anywhere.
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _REPORT_LIMIT:
        work.journal.write("run.noted", note=f"The report {name} was not kept: it is no plain file of a sane size.")
        return None
    return await _keep(work, name, path.read_bytes())

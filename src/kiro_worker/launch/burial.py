"""What became of jobs whose run is gone without a word: told by whoever finds their slot free."""

from pathlib import Path

from kiro_worker.launch.slot import Slot, Slots
from kiro_worker.launch.table import Job, Jobs

# What a run's process says is a summary at its end, or a fault.
_SAID = 8_000


def bury(jobs: Jobs, slots: Slots, *, mine: Slot | None = None) -> None:
    """See that every job that is noted as begun has a run that lives, or else an end.

    Args:
        jobs: the queue.
        slots: where runs are.
        mine: a slot that the caller holds, and in which nothing of it runs now.
    """
    for job in jobs.begun():
        if mine is not None and job.slot == mine.number:
            _settle(jobs, slots.folder, job)
            continue
        with slots.held(job.slot) as gone:
            if gone:
                _settle(jobs, slots.folder, job)


def _settle(jobs: Jobs, folder: Path, job: Job) -> None:
    log = log_of(folder, job)
    if job.worker_lives:
        # It holds its slot, so somebody has removed the file. To wait for it is all that is safe.
        return
    if job.of_this_boot and not job.stopping and not log.exists():
        # The log is made before the process: this one was never started.
        jobs.put_back(job)
        return
    jobs.end(job, exit_status=None, said=last_words(log))
    log.unlink(missing_ok=True)


def log_of(folder: Path, job: Job) -> Path:
    """Where a run's process says what it says."""
    return folder / f"job-{job.number}.log"


def last_words(log: Path) -> str:
    """The end of what a run's process said; empty when nothing is there."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _SAID))
            return file.read(_SAID).decode("utf-8", "replace").strip()
    except OSError:
        return ""

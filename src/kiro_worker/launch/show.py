"""The queue at a glance: what `kiro-worker queue list` shows."""

from collections.abc import Iterable
from typing import Any

from kiro_worker.clock import stamp
from kiro_worker.launch.table import Job

SCHEMA = "kiro-worker/queue/1"
HEADINGS = ("RUN", "STATE", "BRANCH", "REPOSITORY", "ITEM", "ASKED BY", "SINCE")


def queue_document(jobs: Iterable[Job]) -> dict[str, Any]:
    """What is in the queue as plain JSON, those that are under way first."""
    return {"schema": SCHEMA, "jobs": [_document(job) for job in jobs]}


def queue_row(job: Job, *, since: str) -> tuple[str, ...]:
    """One job as a row below `HEADINGS`; `since` is how the moment of `since_of` is to be shown."""
    asked = job.request
    return (job.run, state_of(job), asked.branch, asked.repository, asked.item, job.asker, since)


def since_of(job: Job) -> str:
    """Since when it runs, or waits."""
    return stamp(job.began or job.queued)


def state_of(job: Job) -> str:
    """`waiting`, `running`, or `stopping`."""
    if job.state != "begun":
        return job.state
    return "stopping" if job.stopping else "running"


def _document(job: Job) -> dict[str, Any]:
    asked = job.request
    return {
        "run": job.run,
        "token": job.token,
        "state": state_of(job),
        "repository": asked.repository,
        "branch": asked.branch,
        "spec": asked.spec,
        "item": asked.item,
        "resumes": asked.resumes,
        "attempt": asked.attempt,
        "asker": job.asker,
        "slot": job.slot or None,
        "worker": job.worker.pid if job.worker else None,
        "queued": stamp(job.queued),
        "began": stamp(job.began) if job.began else None,
    }

"""Launches a run for an item: written into the book first, so that none is ever forgotten."""

from kiro_worker.dispatch.book import Entry
from kiro_worker.dispatch.desk import Desk
from kiro_worker.dispatch.item import WorkItem
from kiro_worker.ids import RunId, new_run_id
from kiro_worker.launch.port import AtLimit, LaunchRequest


async def start(
    desk: Desk, item: WorkItem, *, place: str, fresh: bool, attempt: int = 1, resumes: str = ""
) -> RunId | AtLimit:
    """Launch a run.

    Args:
        desk: with what.
        item: for what.
        place: the name of the column that the item was taken from at first.
        fresh: whether a person had put it there.
        attempt: which try of the item it is.
        resumes: the run that it goes on with.

    Raises:
        WorkerError: the launcher cannot be asked; whether the run was begun is seen by the next tick.
    """
    now = desk.clock.now()
    run = new_run_id(now)
    if not desk.acts:
        return run
    desk.book.begin(
        Entry(
            run=run, item=item.id, repository=item.repository, branch=item.branch, place=place, fresh=fresh, began=now
        )
    )
    launched = await desk.launches.launch(
        LaunchRequest(
            token=run,
            run=run,
            repository=item.repository,
            branch=item.branch,
            item=item.id,
            resumes=resumes,
            attempt=attempt,
            settings=desk.rules.handed_on,
        )
    )
    if isinstance(launched, AtLimit):
        desk.book.drop(run)
        return launched
    return run

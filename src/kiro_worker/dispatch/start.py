"""Launches a run for an item: written into the book first, so that none is ever forgotten."""

from collections.abc import Mapping

from kiro_worker.dispatch.book import Entry
from kiro_worker.dispatch.desk import Desk
from kiro_worker.dispatch.feedback.errand import Errand
from kiro_worker.dispatch.item import WorkItem
from kiro_worker.ids import new_run_id
from kiro_worker.launch.port import AtLimit, LaunchRequest


async def start(
    desk: Desk, item: WorkItem, *, place: str, fresh: bool, attempt: int = 1, resumes: str = "", run: str = ""
) -> str | AtLimit:
    """Launch a run.

    Args:
        desk: with what.
        item: for what.
        place: the name of the column that the item was taken from at first.
        fresh: whether a person had put it there.
        attempt: which try of the item it is.
        resumes: the run that it goes on with.
        run: the id that it is to have; empty makes one.

    Raises:
        WorkerError: the launcher cannot be asked; whether the run was begun is seen by the next tick.
    """
    now = desk.clock.now()
    run = run or new_run_id(now)
    errand = desk.errand(item.id)
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
            feedback=errand.feedback if errand else (),
            settings=_settings(desk, errand),
        )
    )
    if isinstance(launched, AtLimit):
        desk.book.drop(run)
        return launched
    return run


def _settings(desk: Desk, errand: Errand | None) -> Mapping[str, str]:
    if errand is None or not errand.only:
        return desk.rules.handed_on
    # Ids of tasks are digits and dots, or a hash: no shell, and no quoting, could make more of them.
    return {**desk.rules.handed_on, "spec.only": " ".join(errand.only)}

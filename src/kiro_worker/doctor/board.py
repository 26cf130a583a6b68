"""The board that work is taken from: whether it can be read and written, and its columns are there."""

from kiro_worker.bootstrap.boards import board_for
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import Config
from kiro_worker.doctor.check import Check, doubtful, good
from kiro_worker.error import WorkerError

_CURE = "See docs/reference/boards.md. A run that you begin by hand needs no board."


async def look_at_board(shop: Workshop, config: Config) -> Check:
    """Ask the board, without writing.

    What is wrong with it ends no run, so it is worth knowing and no fault: only `kiro-worker poll` and `watch` need it.
    """
    try:
        board = board_for(shop, config)
    except WorkerError as error:
        return doubtful("board", error.message, error.next_step or _CURE)
    try:
        found = await board.check()
    finally:
        await board.close()
    account = f" as {found.account}" if found.account else ""
    rows = (f"{board.name}{account}: {found.detail}".rstrip(": "), *found.notes)
    if not found.ready:
        return doubtful("board", "\n".join(rows), found.cure or _CURE)
    return good("board", "\n".join(rows))

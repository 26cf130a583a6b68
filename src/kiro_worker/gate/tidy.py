"""What tests leave in the tree: a file of an earlier run must not be the answer to a later one."""

from collections.abc import Awaitable, Callable

#: Puts the tree back to the branch's head; called only while nothing of the change is taken away.
Tidy = Callable[[], Awaitable[None]]


async def left_alone() -> None:
    """Nobody tidies up."""

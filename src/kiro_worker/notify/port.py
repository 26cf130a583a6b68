"""The one thing that alarms' notices need of a way to deliver them."""

from typing import Protocol

from kiro_worker.notify.notice import Notice


class Notifier(Protocol):
    """Delivers notices by one way.

    A notice may come twice, since who calls this tries again when it cannot know; its `id` tells. What it says was
    written by services and by the deployment's own table, and is data: no way to deliver it reads it as markup.

    Raises:
        NotDelivered: it did not arrive, as far as is known; no address and no key is in the fault.
    """

    @property
    def name(self) -> str:
        """The way, for people: `sns`, `slack`."""
        ...

    async def deliver(self, notice: Notice) -> None:
        """Deliver one notice."""
        ...

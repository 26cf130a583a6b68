"""Metrics of where nobody watches: a laptop, a machine of a pool."""

from collections.abc import Iterable

from kiro_worker.metric.port import Measured


class SilentMetrics:
    """See `Metrics`; tells nobody."""

    def tell(self, measured: Iterable[Measured], /, **facts: str) -> None:
        """See `Metrics.tell`."""

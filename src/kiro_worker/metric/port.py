"""Telling numbers to whoever watches."""

from collections.abc import Iterable
from typing import Protocol

from kiro_worker.metric.names import Metric
from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One number that was measured now; its unit stands in the table of names."""

    metric: Metric
    value: float


class Metrics(Protocol):
    """Takes numbers. What cannot be told is left: no work fails for want of a number about it."""

    def tell(self, measured: Iterable[Measured], /, **facts: str) -> None:
        """Tell what was measured at one moment, each metric once; a number that is none is left out.

        Args:
            measured: what was measured.
            facts: what it was measured of, such as `run`; for who searches, and not a dimension. No secret.
        """
        ...

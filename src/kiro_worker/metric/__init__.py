"""Numbers about runs and polls, told to whoever watches over the deployment."""

from kiro_worker.metric.names import MEANINGS, NAMESPACE, Meaning, Metric, Unit
from kiro_worker.metric.port import Measured, Metrics

__all__ = ["MEANINGS", "NAMESPACE", "Meaning", "Measured", "Metric", "Metrics", "Unit"]

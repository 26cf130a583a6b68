"""What every `Metrics` promises, as tests: subclass, and give the fixture."""

from kiro_worker.metric import Measured, Metric, Metrics


class MetricsContract:
    """Promises of one way to tell numbers. Give the fixture `metrics`."""

    def test_every_metric_that_there_is_can_be_told(self, metrics: Metrics) -> None:
        metrics.tell(Measured(metric, 1.0) for metric in Metric)

    def test_nothing_measured_is_nothing_told(self, metrics: Metrics) -> None:
        metrics.tell(())
        metrics.tell((), run="r-1")

    def test_a_number_that_is_none_ends_nothing(self, metrics: Metrics) -> None:
        for number in (float("nan"), float("inf"), float("-inf"), 1e308, -0.0):
            metrics.tell((Measured(Metric.RUN_COST, number),), run="r-1")

    def test_facts_of_any_text_end_nothing(self, metrics: Metrics) -> None:
        metrics.tell((Measured(Metric.POLLS, 1.0),), run="\ud800\n\0" * 5000, _aws="none", Environment="other")

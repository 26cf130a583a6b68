"""Metrics that are made of logs, as resources: failures that no service counts for anybody."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from kiro_worker_infra.alarms.phrase import PHRASES, pattern_of
from kiro_worker_infra.names import METRIC_NAMESPACE, Names

# What builds never say.
_OF_POLLER = frozenset({"BookErrors"})


class Filters(Construct):
    """Counts failures in the logs of builds and of the poller."""

    def __init__(self, scope: Construct, names: Names) -> None:
        super().__init__(scope, "Filters")
        for who, group in (("Builds", names.build_logs), ("Poller", names.function_logs(names.poller))):
            for metric in PHRASES:
                if metric in _OF_POLLER and who != "Poller":
                    continue
                logs.CfnMetricFilter(
                    self,
                    f"{who}{metric}",
                    log_group_name=group,
                    filter_pattern=pattern_of(metric),
                    metric_transformations=[
                        # Without a default value: it would be written, and paid for, in every hour.
                        logs.CfnMetricFilter.MetricTransformationProperty(
                            metric_namespace=f"{METRIC_NAMESPACE}/{names.environment}",
                            metric_name=metric,
                            metric_value="1",
                            unit="Count",
                        )
                    ],
                )

"""Metrics that are made of logs: failures of secrets and of the key, which neither service counts for anybody, and of
the poller's book.

Patterns find the worker's own words (`kiro_worker.aws.fault`, `kiro_worker.secret.fault`, the poller), one of several
in any place of a line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from collections.abc import Mapping

from aws_cdk import aws_logs as logs
from constructs import Construct

from kiro_worker.bootstrap.keptstate import UNREAD, UNWRITTEN
from kiro_worker_infra.names import METRIC_NAMESPACE, Names

_STORES = ("secretsmanager", "ssm")
_SAID = ("AWS denies", "AWS refuses", "AWS did not answer", "AWS takes no more calls of", "AWS was not asked for")

PHRASES: Mapping[str, tuple[str, ...]] = {
    "SecretErrors": (
        "could not be fetched from Secrets Manager",
        "could not be fetched from the Parameter Store",
        "in Secrets Manager (",
        "in the Parameter Store (",
        *(f"{said} {store}:" for store in _STORES for said in _SAID),
    ),
    "KeyErrors": (
        *(f"{said} kms:" for said in _SAID),
        "perform: kms:",
        "KMSAccessDeniedException",
        "KMSInvalidStateException",
        "KMSDisabledException",
        "KMSNotFoundException",
        "KMS.DisabledException",
        "KMS.KMSInvalidStateException",
        "KMS.NotFoundException",
    ),
    "BookErrors": (UNREAD, UNWRITTEN),
}
# What builds never say.
_OF_POLLER = frozenset({"BookErrors"})


def pattern_of(metric: str) -> str:
    """The filter: any of the phrases."""
    return " ".join(f'?"{phrase}"' for phrase in PHRASES[metric])


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

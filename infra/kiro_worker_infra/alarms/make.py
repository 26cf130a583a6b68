"""The table's alarms as resources. Every one of them knows one target, the topic, and nothing of what is behind it."""

from collections.abc import Mapping, Sequence

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from kiro_worker.notify.description import Description, written
from kiro_worker.notify.notice import Resource, Severity
from kiro_worker_infra.alarms.alarm import Alarm
from kiro_worker_infra.alarms.target import any_name
from kiro_worker_infra.names import Names

# While an error is told of, what it drags along is not; seconds to wait for that error, and after its end.
_WAIT, _AFTER = 120, 300


class MetricAlarms(Construct):
    """A pair of alarms for each row.

    Args:
        scope: the stack.
        alarms: to be made.
        topic: the ARN of the one target.
        known: values of dimensions that only deployment knows, by their names in `Affected`.
    """

    def __init__(
        self,
        scope: Construct,
        alarms: Sequence[Alarm],
        names: Names,
        *,
        topic: str,
        known: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, "Alarms")
        self._names, self._topic = names, topic
        self._known = {"artifacts": names.artifacts(Aws.ACCOUNT_ID, Aws.REGION), **(known or {})}
        self.made = {alarm.name: self._alarm(alarm) for alarm in alarms}

    def _alarm(self, alarm: Alarm) -> cloudwatch.CfnAlarm:
        row = alarm.row
        percentile = row.statistic.startswith("p")
        return cloudwatch.CfnAlarm(
            self,
            f"{row.key}-{alarm.severity.value}",
            alarm_name=alarm.name,
            alarm_description=alarm.description,
            namespace=namespace_of(alarm, self._names),
            metric_name=row.metric,
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value)
                for name, value in dimensions_of(alarm, self._names, self._known).items()
            ],
            statistic=None if percentile else row.statistic,
            extended_statistic=row.statistic if percentile else None,
            period=alarm.period,
            evaluation_periods=alarm.of,
            datapoints_to_alarm=alarm.points,
            threshold=alarm.threshold,
            comparison_operator=alarm.comparison,
            treat_missing_data=row.missing[0].value,
            actions_enabled=True,
            alarm_actions=[self._topic],
            ok_actions=[self._topic],
        )


class CompositeAlarms(Construct):
    """One light for the environment, and one notice for a burst of warnings in place of many.

    Whoever is told of an error is not told of the warnings that go with it: while any error is on, the composite of
    warnings is in alarm and says nothing.
    """

    def __init__(self, scope: Construct, alarms: MetricAlarms, names: Names, *, topic: str, runbooks: str) -> None:
        super().__init__(scope, "Composites")
        self._names, self._runbooks, self._alarms = names, runbooks, alarms
        errors = self._composite(
            "AnyError",
            any_name(names, Severity.ERROR),
            Severity.ERROR,
            says="Something is broken.",
            do="See which alarms it is made of; each error was told of by itself.",
        )
        self._composite(
            "AnyWarning",
            any_name(names, Severity.WARNING),
            Severity.WARNING,
            says="Something needs attention.",
            do="See each warning that is listed; none of them has stopped the work.",
            alarm_actions=[topic],
            ok_actions=[topic],
            actions_suppressor=errors.attr_arn,
            actions_suppressor_wait_period=_WAIT,
            actions_suppressor_extension_period=_AFTER,
        )

    def _composite(
        self, logical: str, name: str, severity: Severity, *, says: str, do: str, **actions: object
    ) -> cloudwatch.CfnCompositeAlarm:
        parts = {each: made for each, made in self._alarms.made.items() if each.endswith(f"-{severity.value}")}
        composite = cloudwatch.CfnCompositeAlarm(
            self,
            logical,
            alarm_name=name,
            alarm_rule=" OR ".join(f'ALARM("{part}")' for part in parts),
            alarm_description=written(
                Description(
                    says=says,
                    severity=severity,
                    environment=self._names.environment,
                    resources=(Resource(kind="Environment", name=self._names.prefix),),
                    action=do,
                    runbook=f"{self._runbooks}#together",
                )
            ),
            actions_enabled=True,
            **actions,  # type: ignore[arg-type]
        )
        # By name alone CloudFormation would not know that these come first.
        for made in parts.values():
            composite.add_resource_dependency(made)
        return composite


def namespace_of(alarm: Alarm, names: Names) -> str:
    """Where the metric is filed: those that are made of logs have no dimensions, and so one place an environment."""
    return alarm.row.namespace.replace("ENV", names.environment)


def dimensions_of(alarm: Alarm, names: Names, known: Mapping[str, str]) -> dict[str, str]:
    """The metric's dimensions, in which it is the one of this environment."""
    told = {}
    for name, value in alarm.row.affected.dimensions.items():
        told[name] = value[1:] if value.startswith("=") else known.get(value) or getattr(names, value)
    return told

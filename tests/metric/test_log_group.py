"""Metrics as events of a log group, in the emulator."""

import io
import json
import sys

import pytest

from kiro_worker.aws import Aws
from kiro_worker.bootstrap.metrics import metrics_for
from kiro_worker.clock import SystemClock
from kiro_worker.config.settings import Config, MetricSettings
from kiro_worker.metric import Measured, Metric
from kiro_worker.metric.emf import EmfMetrics
from kiro_worker.metric.log_group import LogGroup
from kiro_worker.testing.metric_contract import MetricsContract

GROUP = "/kiro-worker/test/builds"


@pytest.fixture
def asked(aws_account):
    asked = Aws()
    asked.now("logs", "CreateLogGroup", logGroupName=GROUP)
    return asked


@pytest.fixture
def printed():
    return io.StringIO()


@pytest.fixture
def metrics(asked, printed):
    return EmfMetrics(
        LogGroup(asked, GROUP, clock=SystemClock(), otherwise=printed), environment="t", clock=SystemClock()
    )


def events(asked):
    """The messages of each stream."""
    streams = asked.now("logs", "DescribeLogStreams", logGroupName=GROUP)["logStreams"]
    return [
        [
            event["message"]
            for event in asked.now(
                "logs", "GetLogEvents", logGroupName=GROUP, logStreamName=each["logStreamName"], startFromHead=True
            )["events"]
        ]
        for each in streams
    ]


class TestLogGroup(MetricsContract):
    pass


def test_each_line_is_an_event_that_is_one_object_and_all_are_in_one_stream(asked, metrics, printed):
    metrics.tell((Measured(Metric.RUN_FAILED, 100.0),), run="r-1")
    metrics.tell((Measured(Metric.TESTS_FAILED, 3.0),), run="r-1")
    ((first, second),) = events(asked)
    assert (json.loads(first)["RunFailed"], json.loads(second)["TestsFailed"]) == (100.0, 3.0)
    assert printed.getvalue() == ""


def test_what_the_group_does_not_take_is_printed(asked, printed):
    gone = LogGroup(asked, "/kiro-worker/test/gone", clock=SystemClock(), otherwise=printed)
    EmfMetrics(gone, environment="t", clock=SystemClock()).tell((Measured(Metric.RUN_FAILED, 0.0),))
    assert json.loads(printed.getvalue())["RunFailed"] == 0.0


def test_without_the_library_it_is_printed(printed, monkeypatch):
    # What Python itself takes for a library that is not there.
    monkeypatch.setitem(sys.modules, "boto3", None)
    log = LogGroup(Aws(), GROUP, clock=SystemClock(), otherwise=printed)
    EmfMetrics(log, environment="t", clock=SystemClock()).tell((Measured(Metric.RUN_FAILED, 0.0),))
    assert json.loads(printed.getvalue())["RunFailed"] == 0.0


def test_the_settings_name_the_group(asked, capsys):
    config = Config(environment="t", metric=MetricSettings(kind="emf", log_group=GROUP))
    metrics_for(config, SystemClock()).tell((Measured(Metric.POLLS, 1.0),))
    ((told,),) = events(asked)
    assert json.loads(told)["Polls"] == 1.0
    assert capsys.readouterr().out == ""

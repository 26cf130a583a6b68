import io
import json

import pytest

from kiro_worker.metric import MEANINGS, Measured, Metric, Unit
from kiro_worker.metric.emf import EmfMetrics
from kiro_worker.metric.silent import SilentMetrics
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.metric_contract import MetricsContract


@pytest.fixture
def log():
    return io.StringIO()


@pytest.fixture
def metrics(log):
    return EmfMetrics(log, environment="test", clock=HandClock())


class TestEmf(MetricsContract):
    pass


class TestSilent(MetricsContract):
    @pytest.fixture
    def metrics(self):
        return SilentMetrics()


class Broken(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


class TestEmfThatNobodyReads(MetricsContract):
    @pytest.fixture
    def metrics(self):
        return EmfMetrics(Broken(), environment="test", clock=HandClock())


def line(log):
    told, rest = log.getvalue().split("\n")
    assert rest == ""
    return json.loads(told)


def test_a_line_is_what_cloudwatch_makes_metrics_of(metrics, log):
    metrics.tell((Measured(Metric.RUN_FAILED, 100.0), Measured(Metric.TESTS_FAILED, 3.0)), run="r-1")
    assert line(log) == {
        "run": "r-1",
        "_aws": {
            "Timestamp": 1795253400000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "KiroWorker",
                    "Dimensions": [["Environment"]],
                    "Metrics": [{"Name": "RunFailed", "Unit": "Percent"}, {"Name": "TestsFailed", "Unit": "Count"}],
                }
            ],
        },
        "Environment": "test",
        "RunFailed": 100.0,
        "TestsFailed": 3.0,
    }


def test_each_name_in_the_metadata_is_a_number_of_the_line_and_each_dimension_a_text(metrics, log):
    metrics.tell(Measured(metric, 1.5) for metric in Metric)
    told = line(log)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert {each["Name"] for each in directive["Metrics"]} == {metric.value for metric in Metric}
    assert all(isinstance(told[each["Name"]], float) for each in directive["Metrics"])
    assert all(isinstance(told[name], str) for names in directive["Dimensions"] for name in names)
    assert len(directive["Metrics"]) <= 100


def test_a_fact_cannot_take_the_place_of_a_number_a_dimension_or_the_metadata(metrics, log):
    metrics.tell((Measured(Metric.POLLS, 1.0),), Polls="9", Environment="production", _aws="{}")
    told = line(log)
    assert (told["Polls"], told["Environment"]) == (1.0, "test")
    assert told["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "Polls", "Unit": "Count"}]


def test_what_is_no_number_is_left_out_and_the_rest_is_told(metrics, log):
    metrics.tell((Measured(Metric.RUN_COST, float("nan")), Measured(Metric.RUN_FAILED, 0.0)))
    told = line(log)
    assert "RunCost" not in told
    assert [each["Name"] for each in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == ["RunFailed"]


def test_nothing_but_what_is_no_number_makes_no_line(metrics, log):
    metrics.tell((Measured(Metric.RUN_COST, float("inf")),))
    assert log.getvalue() == ""


def test_a_long_fact_does_not_make_the_line_longer_than_a_log_event_may_be(metrics, log):
    metrics.tell((Measured(Metric.POLLS, 1.0),), why="x" * 1_000_000)
    assert len(log.getvalue()) < 16 * 1024


def test_every_metric_has_a_meaning_and_a_unit_that_cloudwatch_knows():
    assert set(MEANINGS) == set(Metric)
    assert {meaning.unit.value for meaning in MEANINGS.values()} <= {"Count", "Percent", "Seconds", "None"}
    assert all(meaning.says.endswith(".") for meaning in MEANINGS.values())
    assert MEANINGS[Metric.LEASE_AGE].unit is Unit.SECONDS

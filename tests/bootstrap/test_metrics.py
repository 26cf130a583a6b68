import json

import pytest

from kiro_worker.bootstrap.metrics import metrics_for, tell_of_poll
from kiro_worker.config.settings import Config, MetricSettings
from kiro_worker.dispatch.report import Report
from kiro_worker.forge.traffic import Traffic
from kiro_worker.metric import Measured, Metric
from kiro_worker.testing.clock import HandClock

EMF = MetricSettings(kind="emf")
REPORT = Report(board="local", known=True, cards=0, running=(), acted=True, actions=(), waiting=())


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_nothing_is_told_where_nobody_watches(capsys):
    metrics_for(Config(), HandClock()).tell((Measured(Metric.POLLS, 1.0),))
    tell_of_poll(Config(), HandClock(), REPORT, Traffic(), memory=512)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("environment", "dimension"), [("staging", "staging"), ("", "local")])
def test_numbers_are_filed_under_the_environment(capsys, environment, dimension):
    metrics_for(Config(environment=environment, metric=EMF), HandClock()).tell((Measured(Metric.POLLS, 1.0),))
    (told,) = lines(capsys)
    assert told["Environment"] == dimension


def test_a_poll_is_told_with_the_memory_that_it_took(capsys):
    tell_of_poll(Config(environment="test", metric=EMF), HandClock(), REPORT, Traffic(), memory=1024 * 1024)
    (told,) = lines(capsys)
    assert told["Polls"] == 1.0
    # This process has more than nothing, and less than a tebibyte.
    assert 0.0 < told["PollerMemory"] < 100.0

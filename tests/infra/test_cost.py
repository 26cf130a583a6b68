"""What an idle environment costs, by published prices."""

import pytest

from kiro_worker_infra.cost import bill_of, total
from kiro_worker_infra.environment import Api, Environment
from kiro_worker_infra.environments import ENVIRONMENTS


@pytest.mark.parametrize("settings", ENVIRONMENTS, ids=lambda each: each.name)
def test_an_idle_environment_costs_what_was_promised(settings):
    lines = bill_of(settings)
    assert total(lines) <= 15
    assert total(lines, "monitoring", "api") <= 3


def test_what_is_left_out_costs_nothing():
    lines = bill_of(Environment(name="test", monitored=False))
    assert {line.stack for line in lines} == {"core", "poller"}
    assert total(lines) == total(bill_of(Environment(name="test", api=Api())), "monitoring", "api")


def test_looking_more_often_costs_more():
    often, seldom = (Environment(name="test", polling_interval=each) for each in ("rate(1 minute)", "rate(1 hour)"))
    assert total(bill_of(often)) > total(bill_of(seldom))


def test_each_price_says_which_page_publishes_it():
    assert all(line.page.startswith("https://aws.amazon.com/") for line in bill_of(ENVIRONMENTS[0]))


@pytest.mark.parametrize("environment", ["test", "production"])
def test_the_bill_knows_every_key_secret_and_alarm_that_is_made(assembly, environment):
    def made(kind):
        return sum(len(each.of(kind)) for each in assembly.stacks() if each.environment == environment)

    lines = bill_of(next(each for each in ENVIRONMENTS if each.name == environment))

    def billed(*what):
        return sum(line.amount for line in lines if line.what in what)

    assert billed("key") == made("AWS::KMS::Key")
    assert billed("secrets", "secret for callbacks") == made("AWS::SecretsManager::Secret")
    assert billed("alarms") == made("AWS::CloudWatch::Alarm")
    assert billed("composite alarms") == made("AWS::CloudWatch::CompositeAlarm")

"""SNS and SES, in an emulator of them."""

import json
from secrets import token_hex
from urllib.request import urlopen

import pytest

from kiro_worker.aws import Aws
from kiro_worker.notify.ses import SesNotifier
from kiro_worker.notify.sns import SnsNotifier
from kiro_worker.testing.notify_contract import NOTICE, NotifierContract

SENDER, TO = "alarms@example.com", ("ada@example.com", "grace@example.com")


@pytest.fixture(scope="module")
def account(aws):
    """One for all of these tests: making a client takes longer than what is asked of it."""
    account = aws.account()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in aws.environment(account).items():
            environment.setenv(name, value)
        yield account


@pytest.fixture(scope="module")
def asks(account):
    return Aws(tries=1)


class TestSns(NotifierContract):
    @pytest.fixture
    async def topic(self, asks):
        arn = (await asks.ask("sns", "CreateTopic", Name=f"notices-{token_hex(4)}"))["TopicArn"]
        url = (await asks.ask("sqs", "CreateQueue", QueueName=f"people-{token_hex(4)}"))["QueueUrl"]
        told = await asks.ask("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["QueueArn"])
        queue = told["Attributes"]["QueueArn"]
        await asks.ask("sns", "Subscribe", TopicArn=arn, Protocol="sqs", Endpoint=queue)
        return arn, url

    @pytest.fixture
    def notifier(self, topic, asks):
        return SnsNotifier(asks, topic[0])

    @pytest.fixture
    def envelopes(self, topic, asks):
        async def read():
            found = []
            while True:
                answer = await asks.ask("sqs", "ReceiveMessage", QueueUrl=topic[1], MaxNumberOfMessages=10)
                if not answer.get("Messages"):
                    return found
                for message in answer["Messages"]:
                    found.append(json.loads(message["Body"]))
                    await asks.ask("sqs", "DeleteMessage", QueueUrl=topic[1], ReceiptHandle=message["ReceiptHandle"])

        return read

    @pytest.fixture
    def received(self, envelopes):
        async def texts():
            return [f"{each['Subject']}\n{each['Message']}" for each in await envelopes()]

        return texts

    @pytest.fixture
    def broken(self, account, asks):
        return SnsNotifier(asks, f"arn:aws:sns:us-east-1:{account}:none")

    async def test_subscribers_can_filter_by_how_bad_it_is(self, notifier, envelopes):
        await notifier.deliver(NOTICE)
        (told,) = await envelopes()
        attributes = {name: value["Value"] for name, value in told["MessageAttributes"].items()}
        assert attributes == {"severity": "error", "state": "ALARM", "environment": "test"}
        assert told["Subject"] == "[ERROR] Kiro Worker (test): Builds failed or timed out."


class TestSes(NotifierContract):
    @pytest.fixture
    async def verified(self, asks):
        await asks.ask("sesv2", "CreateEmailIdentity", EmailIdentity=SENDER)

    @pytest.fixture
    def notifier(self, verified, asks):
        return SesNotifier(asks, sender=SENDER, to=TO)

    @pytest.fixture
    def mails(self, aws, account):
        def read():
            # Of this machine.
            with urlopen(f"{aws.url}/_ministack/ses/messages?account={account}", timeout=10) as answer:  # noqa: S310
                return json.load(answer)["messages"].get(account, [])

        before = len(read())
        return lambda: read()[before:]

    @pytest.fixture
    def received(self, mails):
        async def texts():
            return [json.dumps(each, ensure_ascii=False) for each in mails()]

        return texts

    @pytest.fixture
    def broken(self, account, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        return SesNotifier(Aws(tries=1), sender=SENDER, to=TO)

    async def test_a_mail_goes_to_everybody_with_a_text_and_a_page(self, notifier, mails):
        await notifier.deliver(NOTICE)
        (mail,) = mails()
        told = json.dumps(mail)
        assert all(address in told for address in (SENDER, *TO))
        assert "<!doctype html>" in told

"""What an environment costs in a month in which nothing happens but that the board is looked at.

Prices are those that Amazon publishes for us-east-1, in US dollars, as they were known in 2026: each names the page to
look it up at. Other regions differ by a few per cent. Nothing is taken off for what is free: not every account still
has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kiro_worker_infra.alarms.alarm import alarms_of
from kiro_worker_infra.alarms.cost import ALARM, COMPOSITE, COMPOSITES, IDLE_METRICS, METRIC
from kiro_worker_infra.environment import Environment
from kiro_worker_infra.names import Names, StackName

_HOURS = 730
# Of one look at an idle board: measured ones are shorter, and longer ones are an alarm.
_LOOK_SECONDS, _LOOK_GIGABYTES, _LOOK_LOG_BYTES = 3.0, 0.5, 5_000
# Of the key: the book (read and written), the table, a secret, the log.
_LOOK_KEY_USES = 4

_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_KMS = "https://aws.amazon.com/kms/pricing/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_S3 = "https://aws.amazon.com/s3/pricing/"
_SECRETS = "https://aws.amazon.com/secrets-manager/pricing/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the bill.

    Attributes:
        amount: in the unit that `price` is for.
        price: of one, in US dollars.
        page: that publishes it.
    """

    stack: StackName
    what: str
    amount: float
    price: float
    page: str

    @property
    def dollars(self) -> float:
        """A month."""
        return self.amount * self.price


def bill_of(settings: Environment) -> tuple[Line, ...]:
    """All lines, in the order of the stacks."""
    looks = _HOURS * 60 / settings.polling_minutes
    lines = [*_core(settings), *_poller(looks)]
    if settings.monitored:
        lines += _watching(settings, "monitoring")
    if settings.api:
        lines.append(Line(stack="api", what="secret for callbacks", amount=1, price=0.40, page=_SECRETS))
    if settings.api and settings.monitored:
        lines += _watching(settings, "api")
    return tuple(lines)


def total(lines: tuple[Line, ...], *without: StackName) -> float:
    """Of all stacks but those that are named."""
    return sum(line.dollars for line in lines if line.stack not in without)


def _core(settings: Environment) -> Iterator[Line]:
    secrets = 4 if settings.github_app else 3
    yield Line(stack="core", what="key", amount=1, price=1.00, page=_KMS)
    yield Line(stack="core", what="secrets", amount=secrets, price=0.40, page=_SECRETS)


def _poller(looks: float) -> Iterator[Line]:
    """An idle table, bucket, queue, build project and rule cost nothing by themselves."""
    seconds = looks * _LOOK_SECONDS * _LOOK_GIGABYTES
    yield Line(stack="poller", what="function: time", amount=seconds, price=0.0000166667, page=_LAMBDA)
    yield Line(stack="poller", what="function: calls", amount=looks, price=0.20 / 1e6, page=_LAMBDA)
    yield Line(stack="poller", what="book: written", amount=looks, price=0.005 / 1e3, page=_S3)
    yield Line(stack="poller", what="book: read", amount=looks, price=0.0004 / 1e3, page=_S3)
    yield Line(stack="poller", what="secret: read", amount=looks, price=0.05 / 1e4, page=_SECRETS)
    yield Line(stack="poller", what="key: used", amount=looks * _LOOK_KEY_USES, price=0.03 / 1e4, page=_KMS)
    yield Line(stack="poller", what="leases: read", amount=looks, price=0.125 / 1e6, page=_DYNAMODB)
    yield Line(stack="poller", what="log", amount=looks * _LOOK_LOG_BYTES / 1e9, price=0.50, page=_CLOUDWATCH)


def _watching(settings: Environment, stack: StackName) -> Iterator[Line]:
    """The alarms that a stack makes, and what goes with them; the dashboard is one of an account's free three."""
    alarms = alarms_of(settings, Names(settings.name), part=stack)
    yield Line(stack=stack, what="alarms", amount=len(alarms), price=ALARM, page=_CLOUDWATCH)
    if stack == "monitoring":
        yield Line(stack=stack, what="composite alarms", amount=COMPOSITES, price=COMPOSITE, page=_CLOUDWATCH)
        yield Line(stack=stack, what="the worker's metrics", amount=len(IDLE_METRICS), price=METRIC, page=_CLOUDWATCH)


def table(settings: Environment) -> str:
    """The bill as a table of Markdown."""
    lines = bill_of(settings)
    rows = [
        f"| {line.stack} | {line.what} | {_number(line.amount)} | {line.dollars:.2f} | {_link(line.page)} |"
        for line in lines
    ]
    sums = [
        ("**all**", total(lines)),
        ("**without `monitoring`**", total(lines, "monitoring")),
        ("**without `monitoring` and `api`**", total(lines, "monitoring", "api")),
    ]
    return "\n".join(
        [
            "| Stack | What | Amount | US$ a month | Price |",
            "| --- | --- | ---: | ---: | --- |",
            *rows,
            *(f"| {name} | | | **{dollars:.2f}** | |" for name, dollars in sums),
        ]
    )


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 1 else f"{amount:.2f}"


def _link(page: str) -> str:
    return f"[{page.removeprefix('https://aws.amazon.com/').split('/')[0]}]({page})"


if __name__ == "__main__":
    import sys

    from kiro_worker_infra.environments import environment_of

    sys.stdout.write(table(environment_of(sys.argv[1] if len(sys.argv) > 1 else "test")) + "\n")

"""docs/deployment/alarms.md: every alarm with its thresholds, what to do, and how notices reach people."""

from collections.abc import Iterator

from kiro_worker.notify.render.facts import number, span
from kiro_worker_infra.alarms.alarm import alarms_of, limits_of, period_of
from kiro_worker_infra.alarms.cost import ALARM, COMPOSITE, DASHBOARD, IDLE_METRICS, METRIC, cost_of
from kiro_worker_infra.alarms.row import Family, Limit, Row
from kiro_worker_infra.alarms.table import ROWS
from kiro_worker_infra.environments import ENVIRONMENTS
from kiro_worker_infra.names import Names
from reference import MADE
from reference.table import table

_HEAD = f"""\
# Alarms

{MADE} The table is [infra/kiro_worker_infra/alarms](../../infra/kiro_worker_infra/alarms/table.py): alarms,
dashboard, this page and their tests are all made of it.

Each row is two alarms in each environment, `kiro-worker-ENV-KEY-warning` and `kiro-worker-ENV-KEY-error`. A
**warning** can wait until tomorrow; an **error** has stopped the work, or is about to. ENV is the environment
throughout.

"""

_TOGETHER = """\
## Together

So that one cause does not ring many times, two more alarms are made of all others:

- `kiro-worker-ENV-any-error` is in alarm while any error is: one light for the whole environment. It tells nobody,
  since each error is told of by itself.
- `kiro-worker-ENV-any-warning` is in alarm while any warning is, and is told of once, with a list of the warnings and
  their values. While an error is on it says nothing: what an error drags along is no news.

Every alarm publishes to the topic `kiro-worker-ENV-alarms`, each warning too; the notifier's subscription passes on
the errors and the second of these two. Whoever wants each single warning subscribes to the topic.

What is in alarm now:

```console
aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix kiro-worker-ENV
```

Try it: this makes an alarm ring, and the next measurement puts it right again.

```console
aws cloudwatch set-alarm-state --alarm-name kiro-worker-ENV-build-failed-error \\
    --state-value ALARM --state-reason "a trial"
```

## How notices reach people

Alarms → topic → the function `kiro-worker-ENV-notifier` → one way to deliver. Alarms know the topic and nothing else,
so another way is a change of `notify` in [environments.py](../../infra/kiro_worker_infra/environments.py) and of no
alarm; a test holds the alarms' resources to that, byte for byte.

| `delivery` | Needs | Gives |
| --- | --- | --- |
| `sns` | `to`: addresses, which confirm their subscription once | mail as plain text, and the topic \
`kiro-worker-ENV-notices` for whatever else subscribes, filtered by `severity`, `state` or `environment` |
| `ses` | `sender`: an address or domain that SES has verified; `to` | mail with a text and an HTML part |
| `slack` | `secret`: holds the address of an incoming webhook | blocks in the channel |
| `teams` | `secret`: holds the address of a workflow's webhook | an Adaptive Card in the channel |
| `webhook` | `secret`: `{"url": …, "key": …}` | the notice as JSON, signed |

What each looks like: [text](notices/notice.txt), [mail](notices/notice.html), [Slack](notices/slack.json),
[Teams](notices/teams.json), [JSON](notices/notice.json); several warnings at once in [text](notices/warnings.txt).

A notice says what is affected, the metric and its latest values, the threshold, the environment, what to do and where
the runbook is. Set `runbooks` of the environment to the address at which your people read this page, and notices lead
there.

**A webhook's signature.** `X-Kiro-Worker-Signature-256` is `sha256=` and the HMAC-SHA-256, in hex, of the header
`X-Kiro-Worker-Timestamp`, a dot and the body as it came, with the secret's `key`. Compare in constant time, refuse
timestamps that are older than five minutes, and remember each notice's `id`: one may come twice.

A notice that cannot be delivered is tried three times, and then kept for 14 days in the queue
`kiro-worker-ENV-notifier-dead`. The notifier cannot tell that it is broken itself: `watchers` are addresses to which
SNS writes then, past the notifier.

## Other thresholds

`thresholds` of the environment, by the row's key, in the metric's own unit:

```python
Environment(name="test", thresholds={"build-failed": Threshold(warning=5, error=20)})
```

A key that there is not, and a warning that would come after its error, is refused when the templates are made.

"""


def page() -> str:
    """The page."""
    lines = [*_tables(), _TOGETHER, *_cost(), "", "## Runbooks", "", *_runbooks()]
    return _HEAD + "\n".join(lines).rstrip() + "\n"


def _tables() -> Iterator[str]:
    names = [settings.name for settings in ENVIRONMENTS]
    headings = ("Alarm", "Metric", *(f"{name}: warning, error" for name in names), "No data")
    for family in Family:
        yield f"## {family.value}"
        yield ""
        yield from table(headings, (_line(row) for row in ROWS if row.family is family))
        yield ""


def _line(row: Row) -> tuple[str, ...]:
    limits = tuple(" / ".join(_limit(row, limit) for limit in limits_of(row, settings)) for settings in ENVIRONMENTS)
    periods = {period_of(row, settings) for settings in ENVIRONMENTS}
    of = f"{row.statistic} of {', '.join(span(period) for period in sorted(periods))}"
    metric = f"`{row.namespace}` `{row.metric}`, {row.unit}<br>{of}"
    meaning, why = row.missing
    return (f"[{row.key}](#{row.key})<br>{row.title}", metric, *limits, f"`{meaning.value}`: {why}")


def _limit(row: Row, limit: Limit) -> str:
    times = f" ({limit.points} of {limit.of})" if limit.of > 1 else ""
    return f"{'<' if row.falling else '≥'} {number(limit.threshold)}{times}"


def _cost() -> Iterator[str]:
    settings = next(each for each in ENVIRONMENTS if each.name == "production")
    alarms = alarms_of(settings, Names(settings.name))
    of_api = alarms_of(settings, Names(settings.name), "api")
    cost = cost_of(alarms)
    yield "## What watching costs"
    yield ""
    yield (
        "US dollars a month and environment in which nothing happens, by the published prices of us-east-1 "
        "([CloudWatch](https://aws.amazon.com/cloudwatch/pricing/), November 2026), without the free alarms and "
        "metrics that each account has besides:"
    )
    yield ""
    yield from table(
        ("What", "How many", "Each", "Together"),
        (
            ("Alarms", str(len(alarms)), f"{ALARM:.2f}", f"{cost.alarms:.2f}"),
            ("Alarms that are made of others", "2", f"{COMPOSITE:.2f}", f"{cost.composites:.2f}"),
            (
                f"Metrics of our own that each poll writes ({', '.join(metric.value for metric in IDLE_METRICS)})",
                str(len(IDLE_METRICS)),
                f"{METRIC:.2f}",
                f"{cost.metrics:.2f}",
            ),
            ("Dashboard; three of an account are free", "1", "0.00", "0.00"),
            ("**All of it**", "", "", f"**{cost.total:.2f}**"),
            ("With the optional API", f"{len(of_api)} more alarms", f"{ALARM:.2f}", f"+ {len(of_api) * ALARM:.2f}"),
            ("From an account's fourth dashboard on", "1", f"{DASHBOARD:.2f}", f"+ {cost.dashboard:.2f}"),
        ),
    )
    yield ""
    yield (
        "A run, a card that waits, a lease that is held or an error writes further metrics, each for 0.30 a month or "
        "0.0004 an hour in which it is written; so do S3's request metrics, in hours in which artifacts are written or "
        "read."
    )


def _runbooks() -> Iterator[str]:
    for row in ROWS:
        yield f"### {row.key}"
        yield ""
        yield f"{row.says} **First:** {_sentence(row.do)}"
        yield ""
        yield from (f"- {step}" for step in row.runbook)
        yield ""


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."

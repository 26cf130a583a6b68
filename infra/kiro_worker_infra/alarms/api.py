"""Rows about the optional API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from kiro_worker_infra.alarms.functions import lambda_rows
from kiro_worker_infra.alarms.row import Affected, Family, Limit, Row

_ROUTES = "See its log: `aws logs tail /aws/lambda/kiro-worker-ENV-delegate --since 1h`."


def _api(key: str, title: str, says: str, *measured: str, **more: object) -> Row:
    metric, unit, statistic = measured
    return Row(
        key=key, title=title, says=says, family=Family.API, affected=Affected.API, namespace="AWS/ApiGateway",
        metric=metric, unit=unit, statistic=statistic, part="api", runbook=(_ROUTES,), **more,  # type: ignore[arg-type]
    )  # fmt: skip


ROWS = (
    *lambda_rows(
        "delegate",
        "The API's function",
        Affected.DELEGATE,
        Family.API,
        milliseconds=(5_000, 20_000),
        part="api",
    ),
    _api(
        "api-4xx",
        "API: requests that are refused",
        "Many requests to the API are refused.",
        "4xx",
        "Count",
        "Sum",
        warning=Limit(50),
        error=Limit(500),
        do="See who asks: a client whose token has ended, or somebody who tries.",
    ),
    _api(
        "api-5xx",
        "API: requests that fail",
        "Requests to the API fail.",
        "5xx",
        "Count",
        "Sum",
        warning=Limit(1),
        error=Limit(10),
        do="Read the function's log: aws logs tail /aws/lambda/kiro-worker-ENV-delegate --since 1h",
    ),
    _api(
        "api-latency",
        "API: time to answer",
        "The API answers slowly.",
        "Latency",
        "Milliseconds",
        "p99",
        warning=Limit(3_000, 3, 3),
        error=Limit(10_000, 3, 3),
        do="See in the function's log which service was slow.",
    ),
)

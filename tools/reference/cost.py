"""The page about what a deployment costs: `kiro_worker_infra.cost`, for two environments."""

from kiro_worker_infra.cost import table
from kiro_worker_infra.environments import environment_of


def page() -> str:
    """The page."""
    return f"""# What it costs

Made from the code by `make docs-write`; a test holds it to that, and to 15 US$ a month with everything and 3 US$
without `monitoring` and `api`.

An idle environment in us-east-1, which looks at its board every five minutes and finds nothing: Amazon's published
prices, as known in 2026, with nothing taken off for free tiers. `PYTHONPATH=infra .venv/bin/python -m
kiro_worker_infra.cost staging` says the same of any environment.

## test

{table(environment_of("test"))}

## production

{table(environment_of("production"))}

## What is not in it

- **Work.** A build costs its minutes: 0.005 US$ a minute on `BUILD_GENERAL1_SMALL`, 0.01 US$ on `BUILD_GENERAL1_MEDIUM`
  ([CodeBuild](https://aws.amazon.com/codebuild/pricing/)), and what your agent's maker charges. A run also writes
  metrics that an idle environment does not: eight of the worker's own, and with `monitoring` some fifteen that S3 keeps
  of requests for the runs' files. Each is 0.30 US$ where it is written all month, so 7 US$ at most; logs are 0.50 US$ a
  gigabyte ([CloudWatch](https://aws.amazon.com/cloudwatch/pricing/)).
- **What is kept**: artifacts at 0.023 US$ a gigabyte and month ([S3](https://aws.amazon.com/s3/pricing/)).
- **The key's age**: a dollar a month more after its first yearly renewal and one more after its second, no more after
  that ([KMS](https://aws.amazon.com/kms/pricing/)).
- **Dashboards** beyond an account's first three: 3 US$ each.

`monitored=False` in [the environments file](../../infra/kiro_worker_infra/environments.py) leaves out `monitoring` and
every metric that somebody would pay for.
"""

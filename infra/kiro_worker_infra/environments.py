"""The three environments. This is the file to change; what may be written is in `environment.py`."""

from kiro_worker_infra.environment import Api, Build, Environment, Keep
from kiro_worker_infra.names import KINDS

ENVIRONMENTS = (
    Environment(
        name="test",
        polling_interval="rate(5 minutes)",
        coverage_threshold=80,
        log_level="DEBUG",
        build=Build(compute="BUILD_GENERAL1_SMALL", minutes=120),
        keep=Keep(logs=14, artifacts=14, versions=3, access_logs=14),
        api=Api(),
    ),
    Environment(
        name="staging",
        polling_interval="rate(5 minutes)",
        coverage_threshold=80,
    ),
    Environment(
        name="production",
        polling_interval="rate(5 minutes)",
        coverage_threshold=80,
        protected=True,
        keep=Keep(logs=180, artifacts=365, versions=90, access_logs=365),
    ),
)


class EnvironmentUnknown(ValueError):
    """An environment that nobody has described."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no environment {name!r}. Say which: --context environment={'|'.join(KINDS)}; "
            "they are described in infra/kiro_worker_infra/environments.py."
        )


def environment_of(name: object) -> Environment:
    """The environment of that name.

    Raises:
        EnvironmentUnknown: there is none.

    >>> environment_of("test").coverage_threshold
    80
    """
    for environment in ENVIRONMENTS:
        if environment.name == name:
            return environment
    raise EnvironmentUnknown(str(name))

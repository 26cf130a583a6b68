from pathlib import Path

import pytest

from kiro_worker.bootstrap.machine import Machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.config import ConfigInvalid


def machine(user: bytes = b"", **variables: str) -> Machine:
    return Machine(environment=variables, state=Path("/state"), home=Path("/home"), user_settings=user)


def test_before_the_repository_is_known_flags_variables_and_the_operators_file_count():
    early = early_settings(
        machine(b"remote: upstream\nagent: {name: kiro}\n", KIRO_WORKER_BRANCH_BASE="trunk"), {"agent.name": "./mine"}
    )
    assert (early.remote, early.branch.base, early.agent.name) == ("upstream", "trunk", "./mine")


@pytest.mark.parametrize(
    ("user", "variables", "flags", "environment"),
    [
        (b"", {}, {}, ""),
        (b"environment: staging\n", {}, {}, "staging"),
        (b"environment: staging\n", {"ENVIRONMENT": "test"}, {}, "test"),
        (b"environment: staging\n", {"ENVIRONMENT": "test"}, {"environment": "production"}, "production"),
    ],
)
def test_an_environments_file_is_looked_for_once_the_repository_is_there(user, variables, flags, environment):
    assert early_settings(machine(user, **variables), flags).environment == environment


def test_everything_that_is_wrong_before_the_repository_is_known_is_told_at_once():
    with pytest.raises(ConfigInvalid) as caught:
        early_settings(machine(b"branhc: {}\n", KIRO_WORKER_LIMITS_RUN="soon"), {"agent.nmae": "kiro"})
    told = str(caught.value)
    assert all(word in told for word in ("branhc", "KIRO_WORKER_LIMITS_RUN", "agent.nmae"))

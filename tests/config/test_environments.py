"""Test, staging and production: each has its settings, and none has another's."""

import pytest

from kiro_worker.config import Sources
from kiro_worker.config.load import load

ROUNDS = {"test": 1, "staging": 3, "production": 4}
FILES = {
    f".kiro/environments/{name}.yaml": f"gates: {{repair_rounds: {rounds}}}\n".encode()
    for name, rounds in ROUNDS.items()
}


@pytest.mark.parametrize("environment", ROUNDS)
def test_each_environment_has_its_own_settings_and_no_other_s(environment):
    loaded = load(Sources(variables={"ENVIRONMENT": environment}, branch=FILES, base=FILES))
    assert loaded.config.environment == environment
    assert loaded.config.gates.repair_rounds == ROUNDS[environment]
    assert loaded.settings["gates.repair_rounds"].origin.startswith(f".kiro/environments/{environment}.yaml:1:")
    others = {path: b"not: [valid\n" if environment not in path else data for path, data in FILES.items()}
    assert load(Sources(variables={"ENVIRONMENT": environment}, branch=others, base=others)).config == loaded.config

import os

import pytest
from hypothesis import HealthCheck, settings

from e2e.world import World
from kiro_worker.testing.git_remote import BareRemote

# Examples take as long as the machine makes them take; what matters is what they find.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)
# `make fuzz`: the same properties with as many examples as there is time for.
settings.register_profile("fuzz", settings.get_profile("suite"), max_examples=2000)
settings.load_profile(os.environ.get("PROPERTIES", "suite"))


@pytest.fixture
def world(tmp_path):
    """A remote with nothing in it, and machines to work on it."""
    return World(folder=tmp_path, remote=BareRemote(tmp_path / "origin.git"))

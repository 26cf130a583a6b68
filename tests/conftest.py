import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from e2e.world import World
from examples import OnlyWhereThereAreSome
from forking import LargePages
from kiro_worker.testing.aws_emulator import AwsEmulator, EmulatorMissing, aws_emulator
from kiro_worker.testing.git_remote import BareRemote
from rewriting import share

# Examples take as long as the machine makes them take; what matters is what they find.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)
# `make fuzz`: the same properties with as many examples as there is time for.
settings.register_profile("fuzz", settings.get_profile("suite"), max_examples=2000)
settings.load_profile(os.environ.get("PROPERTIES", "suite"))


_PAGES = LargePages()


def pytest_configure(config: pytest.Config) -> None:
    """What counts for files beside the tests, too."""
    config.pluginmanager.register(OnlyWhereThereAreSome())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What fifteen thousand collected tests are made of stays as it is: to look through it again and again for what
    could be thrown away takes a quarter of the time of the tests that run in the process itself."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
        _PAGES.keep()


def pytest_sessionstart(session: pytest.Session) -> None:
    """What can be done before the test files are loaded."""
    share(session.config)


def pytest_runtest_setup() -> None:
    """Some tests load much that stays."""
    _PAGES.keep()


@pytest.fixture
def world(tmp_path):
    """A remote with nothing in it, and machines to work on it."""
    return World(folder=tmp_path, remote=BareRemote(tmp_path / "origin.git"))


@pytest.fixture(scope="session")
def aws() -> Iterator[AwsEmulator]:
    """One emulator of AWS for all tests of a process; each takes an account of its own in it."""
    yield from _emulated(auth=False)


@pytest.fixture(scope="session")
def enforced_aws() -> Iterator[AwsEmulator]:
    """Another, over TLS, which denies what rights do not allow."""
    yield from _emulated(auth=True)


@pytest.fixture
def aws_account(aws: AwsEmulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """An account with nothing in it, which this process asks as its root; its number."""
    account = aws.account()
    for name, value in aws.environment(account).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return account


def _emulated(*, auth: bool) -> Iterator[AwsEmulator]:
    # Never skipped: without it, most of what the worker does on AWS would not be tested.
    try:
        with aws_emulator(auth=auth) as emulator:
            yield emulator
    except EmulatorMissing as missing:
        pytest.fail(str(missing), pytrace=False)

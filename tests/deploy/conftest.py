from pathlib import Path

import pytest

from deploy.sample import sample
from deploy.site import Site
from kiro_worker.deploy.assembly import Assembly, read_assembly
from kiro_worker.deploy.template import Place

INFRA = Path(__file__).parents[2] / "infra"


@pytest.fixture(scope="session")
def assembly(tmp_path_factory) -> Assembly:
    return read_assembly(sample(tmp_path_factory.mktemp("deploy") / "cdk.out"))


@pytest.fixture
def here() -> Place:
    return Place("111122223333", "eu-west-1")


@pytest.fixture(scope="session")
def cdk_package() -> Path:
    folder = INFRA / "node_modules" / "aws-cdk"
    # Never skipped: what is shipped is made from it.
    assert folder.is_dir(), "run: make infra"
    return folder


@pytest.fixture(scope="session")
def sites(enforced_aws, assembly):
    """Makes accounts that enforce rights, with nothing in them."""

    def make() -> Site:
        return Site(enforced_aws, enforced_aws.account(), assembly)

    return make


@pytest.fixture(scope="session")
def bootstrapped(sites) -> Site:
    """An account in which everybody who acts may do what that takes, and no more; its users may be many."""
    site = sites()
    site.bootstrapped()
    return site


@pytest.fixture
def as_user(monkeypatch):
    """This process's credentials become those of a user of an account."""

    def become(site: Site, variables) -> Site:
        for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {**site.emulator.environment(site.account), **variables}.items():
            monkeypatch.setenv(name, value)
        site.renew()
        return site

    return become

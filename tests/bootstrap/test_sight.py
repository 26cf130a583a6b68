import pytest

from dispatch.things import card
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.sight import MachineSight
from kiro_worker.bootstrap.workshop import Workshop, workshop
from kiro_worker.dispatch.item import WorkItem, item_of
from kiro_worker.dispatch.reconcile import PullState
from kiro_worker.git import Git
from kiro_worker.lease import LeaseKey
from kiro_worker.lease.gitref import GitRefLeases
from kiro_worker.process import Children
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.lease_contract import ANNA, taken


@pytest.fixture
async def sight(tmp_path):
    machine = this_machine({"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"})
    async with workshop(machine) as shop:

        def make(**flags):
            config = early_settings(machine, flags)
            return MachineSight(shop, machine, config, flags)

        yield make


def item(url, branch="feature/login"):
    return WorkItem(card=card(), repository=url, branch=branch)


@pytest.mark.parametrize(
    ("flags", "address"),
    [
        ({}, "https://github.com/acme/shop.git"),
        ({"forge.api_url": "https://ghe.example.com/api/v3"}, "https://ghe.example.com/acme/shop.git"),
        ({"dispatch.clone_address": "git@{host}:{repository}.git"}, "git@github.com:acme/shop.git"),
    ],
)
async def test_a_repository_that_a_card_names_is_found_where_the_operator_says(sight, flags, address):
    assert sight(**flags).address("acme/shop") == address


@pytest.mark.parametrize(
    "named", ["ext::sh -c x", "--upload-pack=x", "/etc", "https://elsewhere.example/x", "../x/y", ""]
)
async def test_what_stands_on_a_board_that_others_write_to_is_an_address_only_by_the_operators_pattern(sight, named):
    github = sight(**{"board.kind": "github"})
    assert github.address(named) is None
    assert item_of(card(repository=named), github.address).code == "card.repository"


async def test_this_machines_own_board_may_name_any_address(sight):
    assert sight().address("/srv/git/shop.git") == "/srv/git/shop.git"
    assert sight().address("") is None


async def test_a_repository_is_fetched_once_in_a_tick_and_anew_in_the_next(sight, tmp_path):
    remote = BareRemote(tmp_path / "shop.git")
    remote.commit({"a.txt": b"a"})
    eye = sight()
    assert not (await eye.facts(item(remote.url))).branch
    remote.commit({"b.txt": b"b"}, branch="feature/login", onto=remote.tip())
    assert not (await eye.facts(item(remote.url))).branch
    await eye.anew()
    assert (await eye.facts(item(remote.url))).branch
    await eye.anew()


async def test_a_remote_that_cannot_be_asked_says_nothing_about_the_branch(sight, tmp_path):
    eye = sight()
    facts = await eye.facts(item(str(tmp_path / "gone.git")))
    assert (bool(facts.fault), facts.branch, facts.no_spec) == (True, True, "")
    assert await eye.branch(str(tmp_path / "gone.git"), "x") is None
    assert (await eye.lease(str(tmp_path / "gone.git"), "x")).held is False
    by_remote = sight(**{"lease.store": "gitref"})
    assert (await by_remote.lease(str(tmp_path / "gone.git"), "x")).held is None


async def test_a_lease_of_another_machine_is_seen_to_die_by_whoever_goes_on_looking(tmp_path):
    machine = this_machine({"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"})
    remote, clock = BareRemote(tmp_path / "shop.git"), HandClock()
    remote.commit({"a.txt": b"a"})
    async with Children() as children:
        shop = Workshop(machine, clock, children)
        git = Git(children, home=tmp_path / "there")
        there = GitRefLeases(git, remote.url, tmp_path / "there", HandClock())
        await taken(there, LeaseKey("feature/login"), ANNA)
        flags = {"lease.store": "gitref"}
        eye = MachineSight(shop, machine, early_settings(machine, flags), flags)
        assert (await eye.lease(remote.url, "feature/login")).held is True
        clock.advance(600)
        seen = await eye.lease(remote.url, "feature/login")
        assert (seen.held, seen.holder) == (False, ANNA.run)
        shop.close()


async def test_whether_a_branch_is_there_is_asked_of_the_remote(sight, tmp_path):
    remote = BareRemote(tmp_path / "shop.git")
    remote.commit({"a.txt": b"a"})
    assert [await sight().branch(remote.url, name) for name in ("main", "other")] == [True, False]
    assert await sight().pull_request(remote.url, "main") is PullState.NONE


async def test_a_run_that_this_machine_never_saw_is_unknown(sight):
    assert sight().run("r-never").state == "unknown"
    assert sight().record("r-never") is None

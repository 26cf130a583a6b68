"""A run that a board's card asks for: claimed under the lease, lost without a trace."""

import json

from e2e.world import BRANCH
from kiro_worker.clock import SystemClock
from kiro_worker.ids import new_run_id


def a_run():
    return new_run_id(SystemClock().now())


def column(world, card="1"):
    return json.loads(world.call("board", "show", card, "--json").out)["column"]


def add(world):
    added = world.call("board", "add", "--repository", world.remote.url, "--branch", BRANCH, "--json")
    assert added.status == 0, added.err


def test_a_run_with_an_item_claims_it_under_the_lease_and_has_the_id_that_it_was_given(world):
    world.spec()
    world.honest()
    add(world)
    run = a_run()
    over = world.run("--item", "1", "--run-id", run)
    assert (over.status, over.event("run.started")["run"]) == (0, run)
    assert over.event("item.claimed")["place"] == "In Progress"
    names = [event["event"] for event in over.events]
    assert names.index("lease.taken") < names.index("item.claimed") < names.index("workspace.prepared")
    # What becomes of the card afterwards is the dispatcher's to say.
    assert column(world) == "working"


def test_an_item_that_somebody_else_works_on_is_left_alone_and_the_lease_is_given_back(world):
    world.spec()
    world.honest()
    add(world)
    world.call("board", "move", "1", "working")
    before = world.remote.git("for-each-ref")
    over = world.run("--item", "1")
    assert (over.status, over.verdict, over.cause["code"]) == (31, "BUSY", "claim.lost")
    assert over.all("lease.released")
    assert not over.all("workspace.prepared")
    assert (world.remote.git("for-each-ref"), column(world)) == (before, "working")
    assert world.run("--item", "1", "--attempt", "2").status == 0


def test_no_id_of_a_run_can_name_another_file(world):
    world.spec()
    over = world.run("--run-id", "r-../../../../tmp/there-was-a-run")
    assert (over.status, "is no run's id" in over.err) == (2, True)

"""What a machine that reads the log can tell: which card, which run, which session of the agent."""

from e2e.test_claim import a_run, add


def test_the_log_of_a_run_names_its_card_its_try_and_each_session(world):
    world.spec()
    world.honest()
    add(world)
    run = a_run()
    over = world.run("--item", "1", "--run-id", run, "--attempt", "2")
    assert over.event("run.started")["run"] == run
    claimed = over.event("item.claimed")
    assert (claimed["item"], claimed["attempt"]) == ("1", 2)
    sessions = [each["session"] for each in over.all("agent.started")]
    assert len(sessions) == 3
    assert all(sessions)

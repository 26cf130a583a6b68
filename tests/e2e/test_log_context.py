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


def test_a_watched_run_leaves_its_numbers_among_its_lines(world):
    world.spec()
    world.turn("1\\.1", {"write": "greet.txt", "content": "hello\n"}, {"say": "Done."})
    world.environment |= {"METRICS": "emf"}
    over = world.run("--only", "1.1")
    (told,) = [each for each in over.events if "_aws" in each]
    assert (told["Environment"], told["RunFailed"]) == ("local", 0.0 if over.status == 0 else 100.0)
    assert told["run"] == next(each["run"] for each in over.events if each.get("event") == "run.started")
    names = [each["Name"] for each in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert names[0] == "RunFailed"
    assert all(isinstance(told[name], float) for name in names)

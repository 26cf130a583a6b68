"""Whole runs under an isolation: it is used for everything that is started, and is told."""

import shutil

import pytest

from e2e.world import CHECK

TOKEN = "never-to-be-seen-by-a-test"

# The project's tests look for the worker's token wherever a process can look.
PRYING = CHECK.replace(
    b"echo 'all checks passed'",
    b"""
for place in /proc/[0-9]*/environ; do
  if tr '\\0' '\\n' <$place 2>/dev/null | grep -q '^OPERATOR_TOKEN='; then echo "FAIL: $place was read"; exit 1; fi
done
state=$(dirname "$(dirname "$(dirname "$PWD")")")
if cat "$state/state.db" >/dev/null 2>&1; then echo "FAIL: the state was read"; exit 1; fi
if [ "$(ls /proc/self/fd | wc -l)" -gt 4 ]; then echo 'FAIL: there are more descriptors'; exit 1; fi
echo 'all checks passed'
""",
)

needs_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")


def kind(run) -> object:
    return run.event("run.isolated")["kind"]


@needs_bubblewrap
def test_tests_that_look_for_the_worker_s_token_find_nothing(world):
    world.spec(base={"check.sh": PRYING})
    world.honest()
    world.environment["OPERATOR_TOKEN"] = TOKEN
    run = world.run()
    if kind(run) == "none":
        pytest.skip(f"no isolation works here: {run.event('run.isolated')['notes']}")
    assert run.verdict == "DONE"


def test_without_isolation_they_do_and_the_receipt_says_so(world):
    world.spec(base={"check.sh": PRYING})
    world.honest()
    world.environment["OPERATOR_TOKEN"] = TOKEN
    run = world.run("--isolation", "none")
    assert kind(run) == "none"
    # The first checkpoint is red, and this agent knows of no repair.
    results = run.event("gates.judged")["results"]
    assert "was read" in str(results)


def test_an_isolation_that_does_not_work_ends_a_run_before_anything_is_started(world, tmp_path):
    world.spec()
    world.honest()
    (tmp_path / "bin").mkdir()
    for name in ("git", "sh", "nice", "rm", "chmod"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    world.environment["PATH"] = str(tmp_path / "bin")
    run = world.run("--isolation", "bubblewrap")
    assert (run.verdict, run.cause["code"]) == ("CONFIG", "isolation.missing")
    assert "bubblewrap is not installed" in run.cause["message"]


def test_no_network_is_not_promised_where_it_cannot_be_kept(world):
    world.spec()
    world.honest()
    run = world.run("--isolation", "none", "--isolation-test-network", "none")
    assert run.cause["code"] == "isolation.missing"


@needs_bubblewrap
def test_tests_without_a_network_have_none(world):
    alone = CHECK.replace(
        b"echo 'all checks passed'",
        b"[ \"$(grep -c : /proc/net/dev)\" = 1 ] || { echo 'FAIL: there is a network'; exit 1; }",
    )
    world.spec(base={"check.sh": alone})
    world.honest()
    run = world.run("--isolation-test-network", "none")
    if run.verdict == "CONFIG" and run.cause["code"] == "isolation.missing":
        pytest.skip(f"bubblewrap does not work here: {run.cause['message']}")
    assert run.verdict == "DONE"


@needs_bubblewrap
def test_an_agent_that_is_named_by_its_place_from_here_is_shown_to_itself(world):
    world.spec()
    agent = world.folder / "my-agent"
    agent.write_text("#!/bin/sh\ncat >/dev/null\necho hello >greet.txt\necho done\n")
    agent.chmod(0o755)
    run = world.run("--agent", "./my-agent", "--protocol", "headless", "--only", "1.1")
    if kind(run) == "none":
        pytest.skip(f"no isolation works here: {run.event('run.isolated')['notes']}")
    assert run.verdict == "DONE"

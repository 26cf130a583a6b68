"""What a poll on AWS leaves to be watched."""

import json

from entry.conftest import place, schemas  # noqa: F401  # fixtures
from kiro_worker.bootstrap.poller import Poller
from kiro_worker.testing.github_server import Trouble


async def test_a_poll_leaves_the_numbers_that_alarms_look_at(place, tmp_path, monkeypatch, capsys):  # noqa: F811
    monkeypatch.setenv("AWS_ENDPOINT_URL_CODEBUILD", place.builds.url)
    place.hub.trouble(Trouble(document="query", status=502, times=1))
    poller = Poller(place.environment(KIRO_WORKER_METRIC_KIND="emf"), tmp_path, memory=1_000_000)
    try:
        await poller.poll(seconds=60)
    finally:
        await poller.close()
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert (told["Environment"], told["Polls"]) == ("test", 1.0)
    assert 0.0 < told["ForgeErrors"] < 100.0
    assert 0.0 < told["PollerMemory"] < 100.0

"""Synthesizes every environment into a folder, with packages that never change; `python synth.py FOLDER`.

A process of its own: the CDK's other half takes half a gigabyte, and ten seconds for the first template.
"""

import sys
from dataclasses import replace
from pathlib import Path

from aws_cdk import App

from kiro_worker_infra.app import Packages, judged, stacks_of
from kiro_worker_infra.bundle import Bundle
from kiro_worker_infra.environment import Api, Board, Build, Download, Environment, Notify
from kiro_worker_infra.environments import ENVIRONMENTS, environment_of
from kiro_worker_infra.monitoring import Monitoring
from kiro_worker_infra.wheel import Package

DIGEST = "0" * 64
# Everything that can be chosen in another way than the three environments do.
OTHER = Environment(
    name="staging",
    account="123456789012",
    region="eu-central-1",
    monitored=False,
    github_app=True,
    github_api_url="https://github.example.com/api/v3",
    build=Build(
        image="210987654321.dkr.ecr.eu-central-1.amazonaws.com/team/agent:1.2.3",
        runtimes={},
        agent="opencode",
        agent_download=Download(address="https://example.com/agent-1.0.tar.gz", digest="a" * 64, programs=("agent",)),
        variables={"KIRO_WORKER_GATES_EACH_TASK": "true"},
    ),
    board=Board(organization="acme", repository="shop", project_number=4, target_status_column="For Implementation"),
    api=Api(issuer="https://id.example.com", audience=("kiro",), origins=("https://app.example.com",)),
)
# Other ways than the one that is set, to be compared with it.
DELIVERIES = (
    Notify(delivery="ses", sender="alarms@example.com", to=("ada@example.com", "grace@example.com")),
    Notify(delivery="slack", secret="kiro-worker-test-slack", watchers=("ada@example.com",)),
)


def main(folder: Path) -> None:
    packages = []
    for name in ("worker", "functions"):
        file = folder / f"{name}.zip"
        file.write_bytes(name.encode())
        packages.append(file)
    given = Packages(
        worker=Package(file=packages[0], digest=DIGEST, version="1.2.3"),
        functions=Bundle(file=packages[1], digest=DIGEST, size=1),
    )
    for settings in ENVIRONMENTS:
        synthesize(folder / settings.name, settings, given)
    synthesize(folder / "variants" / "other", OTHER, given)
    for notify in DELIVERIES:
        app = App(outdir=str(folder / "delivered" / notify.delivery))
        Monitoring(app, replace(environment_of("test"), notify=notify), given.functions)
        app.synth()


def synthesize(folder: Path, settings: Environment, given: Packages) -> None:
    app = judged(App(outdir=str(folder)))
    stacks_of(app, settings, given)
    app.synth()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Projects and builds of tests, as few words as they take."""

import os
import textwrap
from functools import cache

from botocore.config import Config

from kiro_worker.testing.codebuild.cloud import Credentials, sdk_session

NAME = "worker"
ENVIRONMENT = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:8.0", "computeType": "BUILD_GENERAL1_MEDIUM"}
TOOLS = {"PATH": os.environ["PATH"]}


def project(buildspec, **more):
    """A project without a source, whose buildspec is its own."""
    variables = [{"name": name, "value": value} for name, value in more.pop("variables", {}).items()]
    return {
        "source": {"type": "NO_SOURCE", "buildspec": textwrap.dedent(buildspec).lstrip()},
        "environment": {**ENVIRONMENT, "environmentVariables": variables},
        **more,
    }


@cache
def _session():
    return sdk_session(Credentials(key="test", secret="test"), "us-east-1")


def client_of(address, service="codebuild"):
    """An SDK's client."""
    config = Config(retries={"total_max_attempts": 1})
    return _session().client(service, endpoint_url=address, config=config)


def built(server, client, **order):
    """A build from its start to its end."""
    id_ = client.start_build(projectName=NAME, **order)["build"]["id"]
    return server.build_of(id_)


def said(build):
    """What its commands said, without CodeBuild's own lines."""
    return [line for line in build.lines if not line.startswith("[Container]")]


def states(build):
    """Phases and how they ended."""
    return {each["phaseType"]: each.get("phaseStatus") for each in build.phases}

"""Which projects there are: those that were handed in, and those that the emulator was told of."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.testing.codebuild.build import described_project
from kiro_worker.testing.codebuild.cloud import Cloud

# The emulator keeps a project without these; the template that it was deployed from has them.
_LEFT_OUT = {
    "ConcurrentBuildLimit": "concurrentBuildLimit",
    "QueuedTimeoutInMinutes": "queuedTimeoutInMinutes",
    "TimeoutInMinutes": "timeoutInMinutes",
}


class Projects:
    """See the module.

    Attributes:
        own: those that were handed in, by name.
        cloud: the emulator; None where there is none.
    """

    def __init__(self, own: Mapping[str, Mapping[str, Any]], cloud: Cloud | None) -> None:
        self.own = {name: described_project({"name": name, **told}) for name, told in own.items()}
        self.cloud = cloud

    def find(self, name: str) -> dict[str, Any] | None:
        """A project by its name or ARN."""
        name = name.rpartition(":project/")[2]
        if name in self.own:
            return dict(self.own[name])
        if self.cloud is None:
            return None
        found = self.cloud.client("codebuild").batch_get_projects(names=[name])["projects"]
        if not found:
            return None
        told = {key: value for key, value in found[0].items() if value or key != "sourceVersion"}
        return described_project({**_without_moments(told), **self._of_template(name)})

    def names(self) -> list[str]:
        """All names."""
        others = self.cloud.client("codebuild").list_projects()["projects"] if self.cloud else []
        return sorted({*self.own, *others})

    def _of_template(self, name: str) -> dict[str, Any]:
        for properties in self._deployed(name):
            given = {ours: properties[theirs] for theirs, ours in _LEFT_OUT.items() if theirs in properties}
            group = properties.get("LogsConfig", {}).get("CloudWatchLogs", {}).get("GroupName")
            if isinstance(group, str):
                given["logsConfig"] = {"cloudWatchLogs": {"status": "ENABLED", "groupName": group}}
            return given
        return {}

    def _deployed(self, name: str) -> Iterator[Mapping[str, Any]]:
        assert self.cloud is not None
        client = self.cloud.client("cloudformation")
        for stack in client.describe_stacks()["Stacks"]:
            for each in client.describe_stack_resources(StackName=stack["StackName"])["StackResources"]:
                if each["ResourceType"] == "AWS::CodeBuild::Project" and each.get("PhysicalResourceId") == name:
                    template = client.get_template(StackName=stack["StackName"])["TemplateBody"]
                    told = json.loads(template) if isinstance(template, str) else template
                    yield told["Resources"][each["LogicalResourceId"]]["Properties"]


def _without_moments(told: Mapping[str, Any]) -> dict[str, Any]:
    """Moments as the wire has them."""
    return {key: value.timestamp() if hasattr(value, "timestamp") else value for key, value in told.items()}

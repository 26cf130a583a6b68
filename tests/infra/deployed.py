"""Deploys synthesized templates into an emulator without the CDK's command line: half a second in place of twenty.

What is published beside them is, too; only what the emulator cannot make is left out, as `app.py` does it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.config import Config

from kiro_worker.testing.aws_emulator import REGION, AwsEmulator
from kiro_worker.testing.codebuild.cloud import Credentials, sdk_session
from kiro_worker_infra.emulator import UNKNOWN

_QUALIFIER = "hnb659fds"
# Functions are waited for, on a machine that has much to do; and called by many at once.
_CONFIG = Config(read_timeout=240, retries={"total_max_attempts": 1}, max_pool_connections=32)


class Deployment:
    """One account of the emulator, into which the stacks of one environment are put."""

    def __init__(self, aws: AwsEmulator, account: str, folder: Path) -> None:
        self._aws, self._folder, self._told = aws, folder, aws.environment(account)
        key, secret = self._told["AWS_ACCESS_KEY_ID"], self._told["AWS_SECRET_ACCESS_KEY"]
        self._session = sdk_session(Credentials(key=key, secret=secret), REGION)
        self._clients: dict[str, Any] = {}
        self.assets = f"cdk-{_QUALIFIER}-assets-{account}-{REGION}"
        self.client("s3").create_bucket(Bucket=self.assets)
        self.client("ssm").put_parameter(
            Name=f"/cdk-bootstrap/{_QUALIFIER}/version", Value="30", Type="String", Overwrite=True
        )

    def client(self, service: str) -> Any:
        """A client of the account's root; the same one each time, since it takes a while to make one."""
        if service not in self._clients:
            self._clients[service] = self._session.client(
                service, endpoint_url=self._aws.url, verify=self._told.get("AWS_CA_BUNDLE"), config=_CONFIG
            )
        return self._clients[service]

    def deploy(self, stack: str) -> str:
        """Publish what it needs and make it; returns the status that it ends with."""
        self._publish(stack)
        template = json.loads((self._folder / f"{stack}.template.json").read_text())
        template["Resources"] = {
            name: each for name, each in template["Resources"].items() if each["Type"] not in UNKNOWN
        }
        cloud = self.client("cloudformation")
        place = f"templates/{stack}.json"
        self.client("s3").put_object(Bucket=self.assets, Key=place, Body=json.dumps(template))
        cloud.create_stack(
            StackName=stack,
            TemplateURL=f"{self._aws.url}/{self.assets}/{place}",
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        (made,) = cloud.describe_stacks(StackName=stack)["Stacks"]
        while made["StackStatus"].endswith("_IN_PROGRESS"):
            (made,) = cloud.describe_stacks(StackName=stack)["Stacks"]
        return str(made["StackStatus"])

    def why_not(self, stack: str) -> str:
        """What the stack's events say of what went wrong."""
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return "\n".join(each.get("ResourceStatusReason", "") for each in events)

    def _publish(self, stack: str) -> None:
        listed: Mapping[str, Any] = json.loads((self._folder / f"{stack}.assets.json").read_text())
        for each in listed["files"].values():
            if each["source"]["packaging"] == "file" and not each["source"]["path"].endswith(".template.json"):
                for destination in each["destinations"].values():
                    content = (self._folder / each["source"]["path"]).read_bytes()
                    self.client("s3").put_object(Bucket=self.assets, Key=destination["objectKey"], Body=content)

"""An account of the emulator that enforces rights, and what its root can make in it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from kiro_worker.aws import Aws
from kiro_worker.deploy.assembly import Assembly
from kiro_worker.deploy.layers import Bootstrap, deploy_needs
from kiro_worker.deploy.need import Layer, Need
from kiro_worker.deploy.policy import documents
from kiro_worker.deploy.template import Place
from kiro_worker.testing.aws_emulator import REGION, AwsEmulator

VERSION = "/cdk-bootstrap/hnb659fds/version"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}
# The emulator's simulator takes no resource but `*` for the simulation itself.
LOOK = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["iam:SimulatePrincipalPolicy", "iam:GetRole"], "Resource": "*"}],
}


class AsRoot(Aws):
    """Asks in the name of an account's root, whatever the process's own credentials are."""

    def __init__(self, emulator: AwsEmulator, account: str) -> None:
        super().__init__(region=REGION)
        self._emulator, self._account = emulator, account

    def _make(self, service: str) -> Any:
        import boto3

        return boto3.session.Session().client(
            service, region_name=REGION, endpoint_url=self._emulator.url, verify=str(self._emulator.certificate),
            aws_access_key_id=self._account, aws_secret_access_key="test",
        )  # fmt: skip


class Site:
    def __init__(self, emulator: AwsEmulator, account: str, assembly: Assembly) -> None:
        self.emulator, self.account, self.assembly = emulator, account, assembly
        self.place = Place(account, REGION)
        self.renew()
        self._root = AsRoot(emulator, account)
        self.bootstrap = Bootstrap(VERSION, 6)

    def root(self, service: str, operation: str, **arguments: Any) -> Mapping[str, Any]:
        return asyncio.run(self._root.ask(service, operation, **arguments))

    def renew(self) -> None:
        """Clients are made with the credentials of their time."""
        self.aws = Aws(region=REGION)

    def user(self, name: str, *, deploy: bool = False, look: bool = False) -> Mapping[str, str]:
        """A new user, as variables.

        Args:
            deploy: with what the caller needs.
            look: with what looking takes.
        """
        self.root("iam", "CreateUser", UserName=name)
        allowed = [*(documents(self.needs(Layer.CALLER)) if deploy else ()), *([LOOK] if look else ())]
        for number, document in enumerate(allowed):
            self.allow_user(name, f"p{number}", document)
        key = self.root("iam", "CreateAccessKey", UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def needs(self, layer: Layer) -> list[Need]:
        found = [need for stack in self.assembly.stacks for need in deploy_needs(stack, self.place, self.bootstrap)]
        return [need for need in found if need.layer is layer]

    def bootstrapped(self, *, without: tuple[str, ...] = (), denied: tuple[str, ...] = ()) -> None:
        """As the CDK's bootstrap leaves it, with roles that may do exactly what they need.

        Args:
            without: calls that the execution role is not given.
            denied: calls that it is denied in so many words.
        """
        self.root("ssm", "PutParameter", Name=VERSION, Value="33", Type="String")
        for layer in (Layer.PUBLISHING, Layer.DEPLOY, Layer.EXECUTION):
            needs = self.needs(layer)
            name = needs[0].principal.rpartition("/")[2]
            self.root("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
            allowed = [need for need in needs if layer is not Layer.EXECUTION or need.action not in without]
            for number, document in enumerate(documents(allowed)):
                self.root("iam", "PutRolePolicy", RoleName=name, PolicyName=f"p{number}", PolicyDocument=told(document))
        if denied:
            deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": list(denied), "Resource": "*"}]}
            self.root("iam", "PutRolePolicy", RoleName=name, PolicyName="deny", PolicyDocument=json.dumps(deny))

    def allow_user(self, user: str, name: str, document: Mapping[str, Any]) -> None:
        self.root("iam", "PutUserPolicy", UserName=user, PolicyName=name, PolicyDocument=told(document))


def told(document: Mapping[str, Any]) -> str:
    """A policy without its conditions: the emulator's simulator leaves the context out that it is asked with."""
    statements = [{key: each[key] for key in each if key != "Condition"} for each in document["Statement"]]
    return json.dumps({**document, "Statement": statements})

"""Who acts: whose credentials these are, as IAM's simulator wants to be told."""

import re

from kiro_worker.aws import Aws, AwsDenied, AwsRefused
from kiro_worker.value import dataclass

_SESSION = re.compile(r"^arn:[^:]+:sts::\d+:assumed-role/([^/]+)/")


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose rights can be asked about.

    Attributes:
        arn: as people know it.
        source: as the simulator takes it: of a session its role; empty where that cannot be told.
        why: why `source` is empty.
    """

    arn: str
    source: str
    why: str = ""

    @property
    def is_root(self) -> bool:
        """The account's root may do everything, and cannot be simulated."""
        return self.arn.endswith(":root")


async def caller(aws: Aws) -> tuple[Principal, str, str]:
    """Whose credentials these are; also the account, and the partition that it is in.

    Raises:
        AwsFault: they are none, or nobody answers.
    """
    told = await aws.ask("sts", "GetCallerIdentity")
    arn = str(told["Arn"])
    partition = arn.split(":")[1]
    return await _principal(aws, arn), str(told["Account"]), partition


async def _principal(aws: Aws, arn: str) -> Principal:
    session = _SESSION.match(arn)
    if session is None:
        return Principal(arn, "" if arn.endswith(":root") else arn)
    # A session's name has lost the path of its role, such as that of a sign-in portal's; only IAM knows it.
    try:
        role = await aws.ask("iam", "GetRole", RoleName=session[1])
    except AwsDenied:
        return Principal(arn, "", f"which role it is can only be told with iam:GetRole on {session[1]}")
    except AwsRefused as refused:
        return Principal(arn, "", f"the role {session[1]} is not there ({refused.said})")
    return Principal(arn, str(role["Role"]["Arn"]))


async def role(aws: Aws, arn: str) -> Principal | None:
    """A role by its name, or nothing where it is not there. Where it may not be looked at, it is taken to be there."""
    try:
        told = await aws.ask("iam", "GetRole", RoleName=arn.rpartition("/")[2])
    except AwsDenied:
        return Principal(arn, arn, "it may not be looked at (iam:GetRole)")
    except AwsRefused as refused:
        if refused.said in {"NoSuchEntity", "NoSuchEntityException"}:
            return None
        raise
    return Principal(arn, str(told["Role"]["Arn"]))

"""Amazon's services: one way to ask them, and what it means when they say no."""

from kiro_worker.aws.client import Aws
from kiro_worker.aws.fault import (
    AwsDenied,
    AwsFault,
    AwsLibraryMissing,
    AwsRefused,
    AwsSignIn,
    AwsThrottled,
    AwsUnreachable,
)

__all__ = [
    "Aws", "AwsDenied", "AwsFault", "AwsLibraryMissing", "AwsRefused", "AwsSignIn", "AwsThrottled", "AwsUnreachable",
]  # fmt: skip

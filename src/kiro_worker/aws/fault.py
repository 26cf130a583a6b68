"""What a service of Amazon's says when it does not do what it was asked.

* AwsFault           one call that failed: which, and why
  + AwsSignIn        there are no credentials, or they are not accepted any more
  + AwsDenied        the role may not make this call
  + AwsThrottled     later; it was tried again already
  + AwsUnreachable   no answer; whether it was carried out is not known
  + AwsRefused       everything else, by the service's own code

What a service says is told in its words, but for what looks like a credential: a message may quote what was sent.
"""

import re
from typing import ClassVar

from kiro_worker.error import Fault, WorkerError

# Codes of many services for the same thing; botocore's documentation of its retry modes lists the throttling ones.
_SIGN_IN = frozenset({
    "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException",
    "MissingAuthenticationToken", "RequestExpired", "SignatureDoesNotMatch", "TokenRefreshRequired",
    "UnrecognizedClientException",
})  # fmt: skip
_DENIED = frozenset({
    "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException",
    "KMS.AccessDeniedException", "KMSAccessDeniedException", "UnauthorizedOperation",
})  # fmt: skip
_THROTTLED = frozenset({
    "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException",
    "SlowDown", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException",
    "TransactionInProgressException",
})  # fmt: skip
_UNWELL = frozenset(
    {"InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "500", "502", "503", "504"}
)
# What AWS signs requests with; an error about a signature quotes the request.
_CREDENTIAL = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{16}|(?:Credential|Signature|X-Amz-Security-Token)=[^\s,&]+|[A-Za-z0-9/+=]{200,}"
)
_MOST_WORDS = 600


class AwsLibraryMissing(WorkerError):
    """The library that speaks to AWS is not installed."""

    code = "aws.library-missing"
    fault = Fault.CONFIG

    def __init__(self) -> None:
        super().__init__(
            "A setting names a service of AWS, and the library for it is not installed.",
            next_step="Install it: pip install 'kiro-worker[aws]'",
        )


class AwsFault(WorkerError):
    """One call that was not answered as it should be.

    Attributes:
        service: as botocore names it, such as `dynamodb`.
        operation: as the service's API names it, such as `UpdateItem`.
        said: the service's own code, such as `ResourceNotFoundException`; empty where there was no answer.
    """

    code: ClassVar[str] = "aws.fault"
    fault: ClassVar[Fault] = Fault.INTERNAL

    def __init__(self, message: str, *, service: str, operation: str, said: str = "", next_step: str = "") -> None:
        self.service, self.operation, self.said = service, operation, said
        super().__init__(message, next_step=next_step)

    @property
    def action(self) -> str:
        """The call as people look it up."""
        return f"{self.service}:{self.operation}"


class AwsSignIn(AwsFault):
    """There are no credentials, or they are not accepted any more."""

    code = "aws.sign-in"
    fault = Fault.CREDENTIAL

    def __init__(self, *, service: str, operation: str, said: str = "") -> None:
        why = f"the credentials are not accepted ({said})" if said else "there are no credentials"
        super().__init__(
            f"AWS was not asked for {service}:{operation}: {why}.",
            service=service,
            operation=operation,
            said=said,
            next_step="Sign in, or give the role to what runs this; who you are: aws sts get-caller-identity",
        )


class AwsDenied(AwsFault):
    """The role may not make this call."""

    code = "aws.denied"
    fault = Fault.CREDENTIAL

    def __init__(self, *, service: str, operation: str, said: str, words: str) -> None:
        super().__init__(
            f"AWS denies {service}:{operation}: {plain(words)}",
            service=service,
            operation=operation,
            said=said,
            next_step="Allow the action that it names on the resource that it names, for the role that it names.",
        )


class AwsThrottled(AwsFault):
    """The service takes no more calls just now."""

    code = "aws.throttled"

    def __init__(self, *, service: str, operation: str, said: str) -> None:
        super().__init__(
            f"AWS takes no more calls of {service}:{operation} just now ({said}); it was tried again before this.",
            service=service,
            operation=operation,
            said=said,
            next_step="Wait a minute and run again; if it comes often, ask for a higher quota.",
        )


class AwsUnreachable(AwsFault):
    """There was no answer, so whether the call was carried out is not known."""

    code = "aws.unreachable"

    def __init__(self, *, service: str, operation: str, reason: str, said: str = "") -> None:
        super().__init__(
            f"AWS did not answer {service}:{operation}: {plain(reason)}.",
            service=service,
            operation=operation,
            said=said,
            next_step="Look whether the network leads to the service's endpoint in this region, then run again.",
        )


class AwsRefused(AwsFault):
    """The service says no, by a code of its own."""

    code = "aws.refused"

    def __init__(self, *, service: str, operation: str, said: str, words: str) -> None:
        self.words = plain(words)
        super().__init__(
            f"AWS refuses {service}:{operation}: {self.words} ({said})",
            service=service,
            operation=operation,
            said=said,
            next_step="Look at what it names; docs/deployment/troubleshooting.md lists what comes up.",
        )


def fault_of(service: str, operation: str, said: str, words: str, status: int = 400) -> AwsFault:
    """The fault for an answer that says no.

    Args:
        service: as botocore names it.
        operation: as the API names it.
        said: the answer's code.
        words: its message.
        status: of HTTP.
    """
    if said in _SIGN_IN:
        return AwsSignIn(service=service, operation=operation, said=said)
    if said in _DENIED or (said == "403" and status == 403):
        return AwsDenied(service=service, operation=operation, said=said, words=words)
    if said in _THROTTLED or status == 429:
        return AwsThrottled(service=service, operation=operation, said=said)
    if said in _UNWELL or status >= 500:
        return AwsUnreachable(service=service, operation=operation, reason=f"it is unwell ({said})", said=said)
    return AwsRefused(service=service, operation=operation, said=said, words=words)


def plain(words: str) -> str:
    """A service's words in one line, without what may be a credential."""
    line = _CREDENTIAL.sub("…", " ".join(words.split()))
    return line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}…"

"""What CodeBuild answers when it does not do what it was asked."""


class ApiFault(Exception):
    """An answer that says no, by the service's own code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def invalid(message: str) -> ApiFault:
    """What was asked for makes no sense."""
    return ApiFault("InvalidInputException", message)


def missing(message: str) -> ApiFault:
    """There is no such thing."""
    return ApiFault("ResourceNotFoundException", message)


def at_limit(message: str) -> ApiFault:
    """As many builds run as may."""
    return ApiFault("AccountLimitExceededException", message)


def mistaken(message: str) -> ApiFault:
    """No operation of ours, or a body that is none."""
    return ApiFault("UnknownOperationException", message)


class ClientError(Exception):
    """A phase cannot be done, for a reason that lies with the project: told in the phase's context."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

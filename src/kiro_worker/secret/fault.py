"""What is wrong with a secret that AWS is to keep. None of these says anything of what is kept.

* SecretNotFetched     it is not there, or may not be read
* SecretStoreUnwell    the store does not answer, or takes no more calls: later
* SecretMalformed      it is there, and not in the form that is needed
"""

from kiro_worker.error import Fault, WorkerError
from kiro_worker.secret.place import Place


class SecretNotFetched(WorkerError):
    """A secret is not where the settings say, or this role may not read it."""

    code = "secret.not-fetched"
    fault = Fault.CREDENTIAL

    def __init__(self, *, name: str, place: Place, why: str, cure: str = "") -> None:
        self.name, self.place = name, place
        super().__init__(
            f"The secret {name} could not be fetched from {_store(place)} ({place.name}): {why}",
            kept="Nothing was started.",
            next_step=cure or f"Put it there: {_put(place)}",
        )


class SecretStoreUnwell(WorkerError):
    """The store of secrets does not answer."""

    code = "secret.store-unwell"
    fault = Fault.INTERNAL

    def __init__(self, *, name: str, place: Place, why: str) -> None:
        self.name, self.place = name, place
        super().__init__(
            f"The secret {name} could not be fetched from {_store(place)} ({place.name}): {why}",
            kept="Nothing was started.",
            next_step="Run again in a few minutes; it was tried several times.",
        )


class SecretMalformed(WorkerError):
    """A secret is there, and not in the form that is needed."""

    code = "secret.malformed"
    fault = Fault.CREDENTIAL

    def __init__(self, *, name: str, place: Place, reason: str, wanted: str) -> None:
        self.name, self.place, self.reason = name, place, reason
        super().__init__(
            f"The secret {name} in {_store(place)} ({place.name}) cannot be used: {reason}.",
            kept="Nothing was started, and nothing of what is kept there is shown.",
            next_step=f"Put {wanted} there: {_put(place)}",
        )


def _store(place: Place) -> str:
    return "Secrets Manager" if place.store == "secrets-manager" else "the Parameter Store"


def _put(place: Place) -> str:
    if place.store == "parameter":
        return f"aws ssm put-parameter --type SecureString --overwrite --name {place.name} --value …"
    return f"aws secretsmanager put-secret-value --secret-id {place.name} --secret-string …"

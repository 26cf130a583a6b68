"""Secrets that AWS keeps, each fetched when it is asked for."""

import json
from collections.abc import Mapping

from kiro_worker.aws import Aws, AwsFault, AwsThrottled, AwsUnreachable
from kiro_worker.redact import Secret
from kiro_worker.secret.fault import SecretMalformed, SecretNotFetched, SecretStoreUnwell
from kiro_worker.secret.parameter import ParameterStore
from kiro_worker.secret.place import Place
from kiro_worker.secret.secrets_manager import SecretsManager

# A secret that was never given a value says the same as one that is not there.
_MISSING = frozenset({"ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound"})


class AwsSecrets:
    """See `Secrets`. Nothing is kept here: who asks again gets what is there by then."""

    def __init__(self, aws: Aws, places: Mapping[str, Place]) -> None:
        """Name the places.

        Args:
            aws: asks.
            places: of each secret, by the name that it has with us.
        """
        self._places = places
        self._secrets, self._parameters = SecretsManager(aws), ParameterStore(aws)

    async def find(self, name: str) -> Secret | None:
        """See `Secrets.find`.

        Raises:
            SecretNotFetched, SecretStoreUnwell: a place is named for it, and it was not got from there.
            SecretMalformed: what was got from there is not in the form that is needed.
        """
        place = self._places.get(name)
        if place is None:
            return None
        kept = self._secrets if place.store == "secrets-manager" else self._parameters
        try:
            text = await kept.read(name, place)
        except (AwsThrottled, AwsUnreachable) as fault:
            raise SecretStoreUnwell(name=name, place=place, why=fault.message) from None
        except AwsFault as fault:
            if fault.said in _MISSING:
                raise SecretNotFetched(name=name, place=place, why="it is not there, or has no value yet.") from None
            raise SecretNotFetched(name=name, place=place, why=fault.message, cure=fault.next_step) from None
        value = _member(name, place, text) if place.key else text.strip()
        return Secret(name, value) if value else None


def _member(name: str, place: Place, text: str) -> str:
    wanted = f'{{"{place.key}": "…"}}'
    value = members_of(name, place, text, wanted=wanted).get(place.key)
    if not isinstance(value, str):
        reason = f"its JSON object has no text by the key {place.key}"
        raise SecretMalformed(name=name, place=place, reason=reason, wanted=wanted)
    return value.strip()


def members_of(name: str, place: Place, text: str, *, wanted: str = "a JSON object") -> Mapping[str, object]:
    """What is kept as a JSON object.

    Raises:
        SecretMalformed: it is none; nothing of it is quoted.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        # Not the reader's own words, which quote what they read.
        raise SecretMalformed(name=name, place=place, reason="it is no JSON", wanted=wanted) from None
    if not isinstance(document, dict):
        raise SecretMalformed(name=name, place=place, reason="it is no JSON object", wanted=wanted)
    return document

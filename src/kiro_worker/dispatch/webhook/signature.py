"""Whether a webhook is from somebody who knows the secret."""

import hmac
from hashlib import sha256

_PREFIX = "sha256="


class Signing:
    """Signs a body that comes in pieces."""

    def __init__(self, secret: bytes) -> None:
        self._made = hmac.new(secret, digestmod=sha256)

    def update(self, piece: bytes) -> None:
        """The next piece."""
        self._made.update(piece)

    @property
    def signature(self) -> str:
        """As GitHub sends it in `X-Hub-Signature-256`."""
        return _PREFIX + self._made.hexdigest()


def signature_of(secret: bytes, body: bytes) -> str:
    """The signature of a body, as GitHub sends it in `X-Hub-Signature-256`.

    >>> signature_of(b"It's a Secret to Everybody", b"Hello, World!")
    'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
    """
    signing = Signing(secret)
    signing.update(body)
    return signing.signature


def is_right(given: str, signature: str) -> bool:
    """Whether a signature is the right one; how far a wrong one is right takes no longer to find out."""
    return hmac.compare_digest(given.encode("ascii", "replace"), signature.encode())

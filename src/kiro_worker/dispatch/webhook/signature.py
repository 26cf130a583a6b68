"""Whether a webhook is from somebody who knows the secret."""

import hmac
from hashlib import sha256

_PREFIX = "sha256="


def signature_of(secret: bytes, body: bytes) -> str:
    """The signature of a body, as GitHub sends it in `X-Hub-Signature-256`.

    >>> signature_of(b"It's a Secret to Everybody", b"Hello, World!")
    'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
    """
    return _PREFIX + hmac.new(secret, body, sha256).hexdigest()


def is_signed(secret: bytes, body: bytes, signature: str) -> bool:
    """Whether a signature is the body's; how far a wrong one is right takes no longer to find out."""
    given = signature.encode("ascii", "replace")
    return hmac.compare_digest(given, signature_of(secret, body).encode())

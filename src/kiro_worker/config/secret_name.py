"""Which environment variables hold secrets, by the names that people give them."""

# The suffix of a deployment environment says whose credential it is, not what.
_OWNERS = ("_TEST", "_STAGING", "_PRODUCTION")
_ENDS = (
    "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "_PASS", "_PWD", "_PAT", "APIKEY", "_API_KEY", "_ACCESS_KEY",
    "_SECRET_KEY", "_PRIVATE_KEY", "_SSH_KEY", "_CONNECTION_STRING", "CREDENTIAL", "CREDENTIALS",
)  # fmt: skip

# What people should call a variable whose value has to be known as a secret.
TELLING_ENDS = "_TOKEN, _SECRET, _PASSWORD, _PAT, _PRIVATE_KEY or _CREDENTIALS"


def is_secret_name(name: str) -> bool:
    """Whether a variable of that name holds a secret, with or without the suffix of an environment.

    >>> is_secret_name("GITHUB_TOKEN"), is_secret_name("GITHUB_APP_PRIVATE_KEY_STAGING"), is_secret_name("SORT_KEY")
    (True, True, False)
    """
    plain = name.upper()
    for owner in _OWNERS:
        plain = plain.removesuffix(owner)
    return plain.endswith(_ENDS)

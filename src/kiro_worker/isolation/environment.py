"""The last sieve for an environment: nothing that leads to a cloud's metadata service or a build's own rights."""

from collections.abc import Mapping

_METADATA = frozenset(
    {
        "AWS_EXECUTION_ENV", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "GCE_METADATA_HOST", "GCE_METADATA_IP",
        "GCE_METADATA_ROOT", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET", "SSH_AUTH_SOCK",
        "SSH_AGENT_PID", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "GPG_AGENT_INFO", "XAUTHORITY",
    }
)  # fmt: skip
_METADATA_STARTS = (
    "AWS_CONTAINER_", "ECS_CONTAINER_METADATA_", "ECS_AGENT_", "CODEBUILD_", "ACTIONS_ID_TOKEN_", "ACTIONS_RUNTIME_",
    "AWS_LAMBDA_", "KIRO_WORKER_",
)  # fmt: skip

_BELOW_HOME = {
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
}


def sieved(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the ways to credentials that nobody meant to hand over.

    Folders for settings, data and caches lie below HOME, whatever the worker's own are.

    >>> sieved({"HOME": "/h", "CODEBUILD_BUILD_ID": "b", "PATH": "/bin"})["XDG_CONFIG_HOME"]
    '/h/.config'
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name not in _METADATA and not name.startswith(_METADATA_STARTS)
    }
    home = kept.get("HOME")
    own = {name: f"{home}/{below}" for name, below in _BELOW_HOME.items() if home}
    inside = {name: value for name, value in kept.items() if name in own and home and value.startswith(f"{home}/")}
    return {**kept, **own, **inside, "AWS_EC2_METADATA_DISABLED": "true"}

"""The clean environment of setup and tests: built up from what is named here, never cut down from the worker's."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from kiro_worker.gate.command import safe_path
from kiro_worker.gate.fault import VariableRefused

# Where Python keeps compiled files, so that none beside the sources is read.
PYCACHE = "PYTHONPYCACHEPREFIX"

# Handed on as they are: language, time, certificates, and where toolchains lie.
_PLAIN = (
    "LANG", "LANGUAGE", "TERM", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "PIP_CERT", "NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO", "JAVA_HOME", "GOROOT", "GOTOOLCHAIN",
    "GOFLAGS",
    "GONOSUMDB", "GONOSUMCHECK", "GOSUMDB", "DOTNET_ROOT", "DOTNET_CLI_TELEMETRY_OPTOUT", "RUSTUP_TOOLCHAIN",
    "RUSTUP_AUTO_INSTALL", "PYENV_VERSION", "VOLTA_HOME", "MAVEN_HOME", "M2_HOME", "GRADLE_HOME", "GEM_PATH",
    "UV_PYTHON_INSTALL_DIR", "PIP_DEFAULT_TIMEOUT", "PIP_DISABLE_PIP_VERSION_CHECK",
)  # fmt: skip

# Handed on unless a password stands in them: the way out, and where packages come from.
_ADDRESSES = (
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX",
    "NPM_CONFIG_REGISTRY", "npm_config_registry", "YARN_NPM_REGISTRY_SERVER", "GOPROXY", "GONOPROXY", "GOPRIVATE",
)  # fmt: skip

# Toolchains that are looked for below HOME when nothing names their place; none of them holds a credential.
_BELOW_HOME = {
    "RUSTUP_HOME": ".rustup",
    "PYENV_ROOT": ".pyenv",
    "NVM_DIR": ".nvm",
    "RBENV_ROOT": ".rbenv",
    "ASDF_DATA_DIR": ".asdf",
    "MISE_DATA_DIR": ".local/share/mise",
    "SDKMAN_DIR": ".sdkman",
}

# What no test gets, even by name: the forge's, the agent's, the cloud's and the worker's own.
_REFUSED = frozenset(
    {
        "HOME", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_APP_PRIVATE_KEY", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
        "GITLAB_TOKEN", "CI_JOB_TOKEN", "SSH_AUTH_SOCK", "GIT_ASKPASS", "SSH_ASKPASS", "KIRO_API_KEY",
        "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "MISTRAL_API_KEY",
        "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_SECRET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_CONFIG_FILE", "AWS_BEARER_TOKEN_BEDROCK",
    }
)  # fmt: skip
_REFUSED_STARTS = ("AWS_CONTAINER_", "KIRO_WORKER_", "CODEBUILD_", "GIT_CONFIG_")


def test_environment(
    worker: Mapping[str, str],
    *,
    home: Path,
    tree: Path,
    variables: Iterable[str] = (),  # noqa: PT028  # the name only looks like a test's
    refused: Iterable[str] = (),  # noqa: PT028  # as above
) -> Mapping[str, str]:
    """The whole environment of setup and tests; folders that it names are made, for their owner only.

    Args:
        worker: the worker's own environment.
        home: a folder of this run, outside the tree: HOME, caches and temporary files go below it.
        tree: the working tree; nothing on the search path may lie in it.
        variables: names handed on besides (`gates.variables`).
        refused: names of credentials in use, such as the forge's token and the agent's variables.

    Raises:
        VariableRefused: when `variables` names a credential.
    """
    wanted = frozenset(variables)
    never = _REFUSED | frozenset(refused)
    if bad := {name for name in wanted if name in never or name.startswith(_REFUSED_STARTS)}:
        raise VariableRefused(names=bad)
    kept = {name: worker[name] for name in _PLAIN if name in worker}
    kept |= {name: value for name, value in worker.items() if name.startswith("LC_")}
    kept |= {name: worker[name] for name in _ADDRESSES if name in worker and "@" not in worker[name]}
    kept |= _toolchains(worker)
    kept = {name: value for name, value in kept.items() if name not in never}
    named = {name: worker[name] for name in sorted(wanted) if name in worker}
    return {**kept, **_own(home), **named, "PATH": safe_path(worker.get("PATH", "/usr/bin:/bin"), outside=tree)}


# pytest would take the function for a test.
test_environment.__test__ = False  # type: ignore[attr-defined]  # a mark that pytest reads


def _own(home: Path) -> Mapping[str, str]:
    """HOME and everything that is kept below it; Java looks for it in the user database, so it is told by options."""
    temporary = home / "tmp"
    for folder in (home, temporary):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "CARGO_HOME": str(home / ".cargo"),
        # Built code that an agent left in the tree is not run.
        "CARGO_TARGET_DIR": str(home / ".cache/cargo-target"),
        "GOPATH": str(home / "go"),
        "GRADLE_USER_HOME": str(home / ".gradle"),
        "MAVEN_OPTS": f"-Duser.home={home}",
        "SBT_OPTS": f"-Duser.home={home}",
        "npm_config_cache": str(home / ".npm"),
        # Hard links would let the tree write into the cache.
        "UV_LINK_MODE": "copy",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "PIP_NO_INPUT": "1",
        # Runners that watch files or write snapshots leave that alone where this is set.
        "CI": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _toolchains(worker: Mapping[str, str]) -> Mapping[str, str]:
    home = worker.get("HOME", "")
    found = {name: worker.get(name) or (f"{home}/{below}" if home else "") for name, below in _BELOW_HOME.items()}
    return {name: place for name, place in found.items() if place and Path(place).is_dir()}

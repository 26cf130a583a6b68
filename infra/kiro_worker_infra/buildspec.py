"""What a build does. It stands in the project itself: no branch, and so no agent, changes what runs with its role."""

from collections.abc import Mapping
from typing import Any

import yaml

from kiro_worker_infra.environment import Build, Download

BUNDLE, BUNDLE_DIGEST, VERSION = "WORKER_BUNDLE", "WORKER_BUNDLE_SHA256", "WORKER_VERSION"
"""Variables of the project: where the worker's package is, what it has to be, and the version in it."""

# What the worker tells of its end, read in by the shell so that CodeBuild can export it.
EXPORTED = (
    "KIRO_WORKER_RUN_ID", "KIRO_WORKER_EXIT_STATUS", "KIRO_WORKER_VERDICT", "KIRO_WORKER_PULL_REQUEST",
    "KIRO_WORKER_SAID",
)  # fmt: skip

# Readable by everybody: a worker that is root runs the agent as a user without rights, who may not look into /root.
_HOME = "/opt/kiro-worker"
_AGENT = "/opt/agent"
_SCRATCH = "${TMPDIR:-/tmp}"
# Whatever comes out of it is held to a hash, so that nobody gains anything by writing into it.
_CACHE = "/var/cache/kiro-worker/pip"


def _all_of(*steps: str) -> str:
    """Commands in a shell of their own, the first that fails being the last: the build's own goes on, and sees it.

    Joined, and not by `set -e`, which says nothing where whoever runs a command asks how it ended.
    """
    return "(\n  " + " &&\n  ".join(steps) + "\n)"


_INSTALL = f"""\
if [ "$(kiro-worker --version 2>/dev/null)" != "kiro-worker ${VERSION}" ]; then {
    _all_of(
        f'aws s3 cp --only-show-errors "${BUNDLE}" "{_SCRATCH}/kiro-worker.zip"',
        f'echo "${BUNDLE_DIGEST}  {_SCRATCH}/kiro-worker.zip" | sha256sum --check --status',
        f"python3 -m venv {_HOME}",
        f'{_HOME}/bin/python -m zipfile -e "{_SCRATCH}/kiro-worker.zip" {_HOME}/package',
        f"export PIP_CACHE_DIR={_CACHE} PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1",
        f"{_HOME}/bin/python -m pip install --quiet --require-hashes --only-binary :all: "
        f"-r {_HOME}/package/runtime.txt",
        f"{_HOME}/bin/python -m pip install --quiet --no-index --no-deps {_HOME}/package/kiro_worker-*.whl",
        f"ln -sf {_HOME}/bin/kiro-worker /usr/local/bin/kiro-worker",
    )
} fi
"""

# CodeBuild's own images keep their languages below the home of root, which is closed to the account that agent and
# tests get. They may go through it to what they know by name; what is in it they are not told.
_OPEN_HOME = 'chmod o+x "$HOME"\n'


def buildspec_of(build: Build) -> str:
    """The buildspec, as CodeBuild reads it.

    >>> spec = yaml.safe_load(buildspec_of(Build()))
    >>> spec["phases"]["build"]["commands"], spec["phases"]["build"]["finally"][-1]
    (['kiro-worker build run'], 'kiro-worker build finish')
    """
    spec: dict[str, Any] = {
        "version": 0.2,
        "env": {"shell": "bash", "exported-variables": list(EXPORTED)},
        "phases": {
            "install": _install(build),
            # A run that fails fails the build, and its reports are taken in all the same: with `on-failure: ABORT`
            # nobody promises that.
            "build": {
                "commands": ["kiro-worker build run"],
                # What the run told first: whether more is run once a command of these has failed, nobody promises.
                "finally": ["if [ -f exports.sh ]; then . ./exports.sh; fi", "kiro-worker build finish"],
            },
        },
        "reports": {
            "tests": {"files": ["**/*.xml"], "base-directory": "reports/tests", "file-format": "JUNITXML"},
            "coverage": {"files": ["**/*.xml"], "base-directory": "reports/coverage", "file-format": "COBERTURAXML"},
        },
        "cache": {"paths": [f"{_CACHE}/**/*"]},
    }
    return yaml.dump(spec, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)


def _install(build: Build) -> Mapping[str, Any]:
    versions = {"runtime-versions": dict(build.runtimes)} if build.runtimes else {}
    download = [downloaded(build.agent_download)] if build.agent_download else []
    install = f"{_OPEN_HOME}{_INSTALL}" if build.runtimes else _INSTALL
    # All commands share a folder: wherever these have gone, the worker is called where its reports are looked for.
    back = ['cd "$CODEBUILD_SRC_DIR"'] if build.agent_install else []
    return {**versions, "on-failure": "ABORT", "commands": [install, *download, *build.agent_install, *back]}


def downloaded(download: Download) -> str:
    """Commands that fetch an archive, hold it to its digest, unpack it and put its programs on PATH."""
    archive = f"{_SCRATCH}/agent.tar.gz"
    fetch = "curl --proto =https --proto-redir =https --location --fail --silent --show-error"
    return _all_of(
        f"{fetch} --output \"{archive}\" \\\n    '{download.address}'",
        f'echo "{download.digest}  {archive}" | sha256sum --check --status',
        f"mkdir -p {_AGENT}",
        f'tar --extract --gzip --no-same-owner --directory {_AGENT} --file "{archive}"',
        *(f"ln -sf {_AGENT}/{program} /usr/local/bin/" for program in download.programs),
    )


class _Dumper(yaml.SafeDumper):
    """Writes commands of several lines as such, so that the console shows what runs."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)

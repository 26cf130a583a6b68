"""What a build is told by whoever starts it, and what it tells when it is over: both as environment variables.

The names that people know from buildspecs stay as they are: `BRANCH_NAME`, `SPEC_PATH`. A build that a person starts
with these alone is a request, too. None of the names looks like a secret's, or its value would be taken out of every
text; and none looks like a setting's, so that a run does not take it for one.
"""

import json
import re
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from kiro_worker.error import Fault, WorkerError
from kiro_worker.ids import run_id_of
from kiro_worker.launch.port import LaunchRequest

BRANCH = "BRANCH_NAME"
SPEC_PATH = "SPEC_PATH"
RUN = "KIRO_WORKER_RUN_ID"
REQUEST = "KIRO_WORKER_REQUEST"
REPOSITORY = "KIRO_WORKER_REPOSITORY"
ITEM = "KIRO_WORKER_ITEM"
RESUMES = "KIRO_WORKER_RESUMES"
ATTEMPT = "KIRO_WORKER_ATTEMPT"
FEEDBACK = "KIRO_WORKER_FEEDBACK"
SETTINGS = "KIRO_WORKER_SETTINGS"
FENCE = "KIRO_WORKER_FENCE"
"""Of the reservation that the build was started under; whoever hears of its end gives that one up, and no later one."""

EXIT_STATUS = "KIRO_WORKER_EXIT_STATUS"
VERDICT = "KIRO_WORKER_VERDICT"
PULL_REQUEST = "KIRO_WORKER_PULL_REQUEST"
SAID = "KIRO_WORKER_SAID"
EXPORTED = (RUN, EXIT_STATUS, VERDICT, PULL_REQUEST, SAID)
"""What a buildspec lists under `exported-variables`."""

_SPECS = ".kiro/specs/"
# CodeBuild keeps a variable's first line, and a build's description is no place for a log.
_MOST_SAID = 1_000
_RUN = re.compile(r"[A-Za-z0-9-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,18}")


class BuildRequestUnusable(WorkerError):
    """The variables of a build do not say what is to be done."""

    code = "launch.build-request"
    fault = Fault.CONFIG

    def __init__(self, *, what: str, name: str) -> None:
        super().__init__(
            f"The build's variables are no request: {what}.",
            kept="Nothing was begun.",
            next_step=f"Start the build with {name}: aws codebuild start-build --environment-variables-override",
        )


def variables_of(request: LaunchRequest, *, fence: int = 0) -> Mapping[str, str]:
    """The variables that tell a build of a request; what is empty is left out.

    >>> asked = LaunchRequest(token="t", run="r-1", repository="/srv/shop.git", branch="main", spec="login", attempt=2)
    >>> sorted(variables_of(asked, fence=7).items())  # doctest: +NORMALIZE_WHITESPACE
    [('BRANCH_NAME', 'main'), ('KIRO_WORKER_ATTEMPT', '2'), ('KIRO_WORKER_FENCE', '7'),
     ('KIRO_WORKER_REPOSITORY', '/srv/shop.git'), ('KIRO_WORKER_REQUEST', 't'), ('KIRO_WORKER_RUN_ID', 'r-1'),
     ('SPEC_PATH', '.kiro/specs/login')]
    >>> request_of(variables_of(asked)) == asked
    True
    """
    told = {
        BRANCH: request.branch,
        SPEC_PATH: f"{_SPECS}{request.spec}" if request.spec else "",
        REPOSITORY: request.repository,
        RUN: request.run,
        REQUEST: request.token,
        ITEM: request.item,
        RESUMES: request.resumes,
        ATTEMPT: str(request.attempt) if request.attempt > 1 else "",
        FEEDBACK: json.dumps(request.feedback) if request.feedback else "",
        SETTINGS: json.dumps(dict(request.settings), sort_keys=True) if request.settings else "",
        FENCE: str(fence) if fence else "",
    }
    return {name: value for name, value in told.items() if value}


def request_of(environment: Mapping[str, str]) -> LaunchRequest:
    """The request that a build was started with.

    One that a person started says no more than a branch: its run's id is made from the build's own, so that each of
    its commands finds the same one, and its repository is the project's source.

    Args:
        environment: the build's, CodeBuild's own variables with it.

    Raises:
        BuildRequestUnusable: there is no branch or no repository, or a variable is not what `variables_of` makes.
    """
    branch = environment.get(BRANCH, "")
    repository = environment.get(REPOSITORY) or environment.get("CODEBUILD_SOURCE_REPO_URL", "")
    if not branch:
        raise BuildRequestUnusable(what=f"{BRANCH} is not set", name=BRANCH)
    if not repository:
        what = f"{REPOSITORY} is not set, and the project has no source"
        raise BuildRequestUnusable(what=what, name=REPOSITORY)
    build = environment.get("CODEBUILD_BUILD_ID", "")
    run = _matched(environment, RUN, _RUN) or _run_of_build(build, environment.get("CODEBUILD_START_TIME", ""))
    return LaunchRequest(
        token=environment.get(REQUEST) or build or run,
        run=run,
        repository=repository,
        branch=branch,
        spec=_spec(environment.get(SPEC_PATH, "")),
        item=environment.get(ITEM, ""),
        resumes=_matched(environment, RESUMES, _RUN),
        attempt=int(_matched(environment, ATTEMPT, _NUMBER) or 1),
        feedback=tuple(_listed(environment)),
        settings=_mapped(environment),
    )


def fence_of(environment: Mapping[str, str]) -> int:
    """The fence of the reservation that a build was started under; 0 for one that a person started."""
    found = _NUMBER.fullmatch(environment.get(FENCE, ""))
    return int(found[0]) if found else 0


def exports_of(*, run: str, exit_status: int, verdict: str = "", pull_request: str = "", said: str = "") -> str:
    """What a run tells of its end, as lines that the buildspec's shell reads in: whatever it says is one value each.

    Args:
        run: its id.
        exit_status: of the worker.
        verdict: how it came out; empty when it came to none.
        pull_request: its address.
        said: its last words, redacted; line breaks become spaces, and what is too long loses its beginning.

    >>> print(exports_of(run="r-1", exit_status=10, said="2 tests fail; $(see) 'them'"), end="")
    export KIRO_WORKER_RUN_ID=r-1
    export KIRO_WORKER_EXIT_STATUS=10
    export KIRO_WORKER_SAID='2 tests fail; $(see) '"'"'them'"'"''
    """
    words = " ".join(said.replace("\0", " ").split())
    told = {
        RUN: run,
        EXIT_STATUS: str(exit_status),
        VERDICT: verdict,
        PULL_REQUEST: pull_request,
        SAID: words if len(words) <= _MOST_SAID else f"…{words[1 - _MOST_SAID :]}",
    }
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in told.items() if value)


def _matched(environment: Mapping[str, str], name: str, form: re.Pattern[str]) -> str:
    value = environment.get(name, "")
    if value and not form.fullmatch(value):
        raise BuildRequestUnusable(what=f"{name} holds something else than the worker writes there", name=name)
    return value


def _spec(path: str) -> str:
    """The name of the spec, where the path is that of one; another path is left to the setting of that name."""
    name = path.removeprefix("./").removeprefix(_SPECS).rstrip("/")
    return name if path.removeprefix("./").startswith(_SPECS) and "/" not in name else ""


def _listed(environment: Mapping[str, str]) -> list[str]:
    told = _json(environment, FEEDBACK, [])
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise BuildRequestUnusable(what=f"{FEEDBACK} is no list of texts", name=FEEDBACK)
    return told


def _mapped(environment: Mapping[str, str]) -> dict[str, str]:
    told = _json(environment, SETTINGS, {})
    if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
        raise BuildRequestUnusable(what=f"{SETTINGS} is no mapping of texts", name=SETTINGS)
    return told


def _json(environment: Mapping[str, str], name: str, nothing: object) -> Any:
    text = environment.get(name, "")
    if not text:
        return nothing
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BuildRequestUnusable(what=f"{name} is no JSON", name=name) from None


def _run_of_build(build: str, began: str) -> str:
    """A run's id that all commands of one build agree on; CodeBuild tells the start in milliseconds."""
    milliseconds = int(began) if _NUMBER.fullmatch(began) else int(datetime.now(UTC).timestamp() * 1000)
    return run_id_of(milliseconds, sha256(build.encode()).digest()[:10])

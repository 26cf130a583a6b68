"""What a run is started with: the command line of `kiro-worker run`, out of a request."""

from collections.abc import Iterator

from kiro_worker.launch.port import LaunchRequest


def words_of(request: LaunchRequest) -> tuple[str, ...]:
    """The arguments of `kiro-worker` that carry a request out; no value can be taken for an option.

    >>> words_of(LaunchRequest(token="t", run="r-1", repository="/srv/shop.git", branch="feature/login", item="7"))
    ('run', '--quiet', '--repository=/srv/shop.git', '--branch=feature/login', '--run-id=r-1', '--item=7')
    """
    return tuple(_words(request))


def _words(request: LaunchRequest) -> Iterator[str]:
    yield from ("run", "--quiet")
    yield f"--repository={request.repository}"
    yield f"--branch={request.branch}"
    yield f"--run-id={request.run}"
    if request.spec:
        yield f"--spec={request.spec}"
    if request.item:
        yield f"--item={request.item}"
    if request.resumes:
        yield f"--resumes={request.resumes}"
    if request.attempt > 1:
        yield f"--attempt={request.attempt}"
    for remark in request.feedback:
        yield f"--feedback={remark}"
    for name, value in request.settings.items():
        yield f"--set={name}={value}"

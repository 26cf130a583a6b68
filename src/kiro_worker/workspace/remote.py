"""A remote repository: where it is, and who commits to it."""

from collections.abc import Mapping

from kiro_worker.value import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who commits: the name and address of git's author or committer."""

    name: str = "Kiro Worker"
    email: str = "kiro-worker@localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where the repository is and how to speak to it.

    Attributes:
        url: without credentials in it.
        secrets: environment variables for git alone, such as an `http.extraHeader` by GIT_CONFIG_*; never logged.
    """

    url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

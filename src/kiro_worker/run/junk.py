"""What tools leave behind and nobody commits: caches, compiled files, what a desktop or an agent writes for itself.

Only files that are new count, and only such that come again by themselves: what a repository holds already is its own.
"""

import re

_FOLDERS = (
    r"__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis|\.tox|\.nox|\.nyc_output|\.ipynb_checkpoints"
    r"|\.kiro/sessions|\.fast-agent/(?:sessions|processes)"
)
_FILES = (
    r"[^/]*\.py[co]|\.coverage|\.coverage\.[^/]+\.\d+\.[^/]+|\.DS_Store|Thumbs\.db|desktop\.ini|[^/]*~|\.[^/]*\.sw[op]"
    r"|\.eslintcache|[^/]*\.tsbuildinfo"
)
_KIRO = r"\.kiro/specs/[^/]+/tasks\.meta\.json"
_JUNK = re.compile(rf"(?:.*/)?(?:{_FOLDERS})/.*|(?:.*/)?(?:{_FILES})|{_KIRO}", re.DOTALL)

_SHOWN = 5


def is_junk(path: str) -> bool:
    """Whether a new file is one of these.

    >>> is_junk("src/__pycache__/a.cpython-311.pyc"), is_junk(".coverage"), is_junk(".coveragerc")
    (True, True, False)
    """
    return _JUNK.fullmatch(path) is not None


def told_junk(paths: tuple[str, ...]) -> str:
    """One line about them."""
    shown = ", ".join(paths[:_SHOWN]) + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
    return f"What tools left behind was removed and is in no commit: {shown}."

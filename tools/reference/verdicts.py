"""docs/reference/verdicts.md: how runs come out."""

from kiro_worker.run.verdict import MEANINGS, Verdict, exit_status
from reference import MADE
from reference.table import table

_HEAD = f"""\
# Verdicts

{MADE}

Each run has one verdict. `kiro-worker run` and `kiro-worker resume` end with its exit status; every other verb ends
with 0, or with the status of the verdict that the fault would have been for a run. Wrong usage ends with 2.

"""

_FOOT = """
INTERRUPTED ends with 130 after SIGINT and with 143 after SIGTERM or the deadline of a build.

What "try again" means:

- **no**: the same would come of it.
- **once**: it may be bad luck; twice, it is not.
- **by a person**: read the draft pull request first; then `kiro-worker resume`.
- **resume**: `kiro-worker resume` goes on from the branch, on this machine or another.
- **backoff**: the same, after a while; wait longer each time.
- **later**: when the other run has ended.
- **never by this holder**: another worker has the branch, and goes on with it.
"""


def page() -> str:
    """The page."""
    rows = (
        (f"`{verdict}`", _status(verdict), meaning.retry.value, meaning.says) for verdict, meaning in MEANINGS.items()
    )
    return _HEAD + "\n".join(table(("Verdict", "Exit status", "Try again", "Meaning"), rows)) + "\n" + _FOOT


def _status(verdict: Verdict) -> str:
    status, terminated = exit_status(verdict), exit_status(verdict, terminated=True)
    return str(status) if status == terminated else f"{status} / {terminated}"

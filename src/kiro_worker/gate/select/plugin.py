"""A plug-in for the project's own pytest: only the tests that were asked for are run.

It is copied beside the reports of a run and imported by the project's interpreter, so it needs nothing but Python 3.6.
It also says when tests are not being run yet: what is put into the code for a bite check rests while modules are
imported. The list that decides lies beside it.
"""

import json
import sys
from pathlib import Path
from typing import Any, Set  # noqa: UP035  # older interpreters read this

#: Set on `sys` while modules are imported and no test is run.
AT_REST = "_kiro_worker_at_rest"


def _wanted() -> Set[str]:  # noqa: UP006  # as above
    with Path(__file__).with_suffix(".json").open(encoding="utf-8") as told:
        return set(json.load(told))


def pytest_configure(config: Any) -> None:  # noqa: ARG001  # as pytest calls it
    """Until the first test, what is put into the code rests."""
    setattr(sys, AT_REST, True)


def pytest_collection_modifyitems(config: Any, items: Any) -> None:
    """Leave out what was not asked for."""
    wanted = _wanted()
    kept = []  # type: Any
    left = []  # type: Any
    for item in items:
        path, between, name = item.nodeid.partition("::")
        (kept if path + between + name.partition("[")[0] in wanted else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
    items[:] = kept


def pytest_runtest_logstart(nodeid: Any, location: Any) -> None:  # noqa: ARG001  # as pytest calls it
    """From the first test on, nothing rests."""
    if hasattr(sys, AT_REST):
        delattr(sys, AT_REST)

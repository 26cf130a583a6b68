"""Which of the logins that an agent offers needs no person: pure rules.

The agent is asked for one only when it refuses to open a session. A login that opens a browser, or asks in a terminal,
would wait for somebody who is not there.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any

from kiro_worker.expression import expression

_KEY = expression(r"api[ _-]?key", re.IGNORECASE)


def login_without_a_person(offered: Any, known: tuple[str, ...], variables: Collection[str]) -> str | None:
    """The id of the best one; None when each needs a person.

    Args:
        offered: the agent's `authMethods`.
        known: ids that the profile knows to need nobody, best first.
        variables: the names in the agent's environment; a method that reads only these has all it wants.
    """
    methods = [method for method in (offered if isinstance(offered, list) else ()) if isinstance(method, dict)]
    by_id: dict[str, dict[str, Any]] = {method["id"]: method for method in methods if isinstance(method.get("id"), str)}
    if found := next((number for number in known if number in by_id), None):
        return found
    for number, method in by_id.items():
        wanted = list(_variables(method))
        if wanted and all(name in variables for name in wanted):
            return number
    plain = (number for number, method in by_id.items() if method.get("type") in (None, "agent"))
    return next((number for number in plain if _KEY.search(number)), None)


def _variables(method: dict[str, Any]) -> Iterator[str]:
    """The variables that a method of the kind `env_var` reads, in the shapes in which it has been drafted."""
    if method.get("type") != "env_var":
        return
    listed = method.get("vars")
    for entry in [*(listed if isinstance(listed, list) else ()), method.get("varName")]:
        name = entry.get("name") if isinstance(entry, dict) else entry
        optional = isinstance(entry, dict) and entry.get("optional") is True
        if isinstance(name, str) and not optional:
            yield name

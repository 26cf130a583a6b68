"""Every program that is known, with who takes its calls apart."""

import re
from functools import lru_cache

from kiro_worker.policy.program import build, files, git, interpreter, remote, wrapper
from kiro_worker.policy.program.call import Handler

# Later ones go before: `coverage run` starts code, before it is a tool with subcommands.
HANDLERS: dict[str, Handler] = {
    **files.HANDLERS,
    **build.HANDLERS,
    **remote.HANDLERS,
    **interpreter.HANDLERS,
    **wrapper.HANDLERS,
    "git": git.gits,
}
_VERSION = re.compile(r"(?:[.-]?\d+(?:\.\d+)*)$")


@lru_cache(maxsize=2048)
def known_as(name: str) -> str:
    """The name under which a program is known: without a version behind it.

    >>> known_as("python3.12"), known_as("gcc-13"), known_as("gradlew"), known_as("mine")
    ('python', 'gcc', 'gradlew', '')
    """
    if name in HANDLERS:
        return name
    if name.startswith("mkfs."):
        return "mkfs"
    short = _VERSION.sub("", name)
    return short if short in HANDLERS else ""

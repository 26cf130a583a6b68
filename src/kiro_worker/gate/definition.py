"""Whether the tree defines its tests otherwise than the base branch does, where a command leaves that to the tree.

`npm test` runs what the tree's package.json says, and `make test` the tree's Makefile. That may be what a task asked
for; a person is told.
"""

import json
from pathlib import Path
from typing import Any

from kiro_worker.gate.base import MOST_BYTES, BaseFiles, table
from kiro_worker.gate.detect import coveragerc
from kiro_worker.gate.port import Finding

_SCRIPTS = ("pretest", "test", "posttest")


def changed_definition(base: BaseFiles, tree: Path) -> Finding | None:
    """What a person should look at before believing the tests; None when it is as on the base."""
    for path in (
        "package.json",
        "Makefile",
        "GNUmakefile",
        "makefile",
        "pyproject.toml",
        "pytest.ini",
        "tox.ini",
        "setup.cfg",
    ):
        if path not in base.contents:
            continue
        before, after = _definition(path, base.text(path)), _definition(path, _text(tree / path))
        if before != after:
            return Finding(
                code="tests.definition-changed",
                title=f"{path} defines the tests otherwise than on the base branch.",
                detail=f"base: {before}\nhere: {after}"[:2000],
                cure="Look at that change first; the tests were run as this branch defines them.",
                path=path,
            )
    return None


def _definition(path: str, text: str) -> Any:
    """The part of a file that says what the tests are."""
    if path == "package.json":
        try:
            scripts = table(json.loads(text or "{}"), "scripts")
        except (ValueError, RecursionError):
            return "(broken)"
        return {name: scripts[name] for name in _SCRIPTS if name in scripts}
    if path == "pyproject.toml":
        return dict(table(BaseFiles(contents={path: text.encode()}).pyproject, "tool", "pytest"))
    if path.endswith((".ini", ".cfg")):
        sections = coveragerc.sections(text)
        return {name: dict(values) for name, values in sections.items() if name in {"pytest", "tool:pytest"}}
    return text


def _text(path: Path) -> str:
    if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST_BYTES:
        return ""
    return path.read_text(encoding="utf-8-sig", errors="replace")

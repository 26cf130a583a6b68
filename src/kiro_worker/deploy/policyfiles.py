"""Policy documents as files: `caller.json`, `execution-role.json`, with a number where there are several."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from kiro_worker.deploy.need import Layer, Need
from kiro_worker.deploy.policy import documents


def write_policies(folder: Path, needs: Iterable[Need]) -> Iterator[Path]:
    """Write the documents of each who acts.

    Args:
        folder: for the files; made where it is not there.
        needs: of all of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    all_of_them = tuple(needs)
    for layer in Layer:
        made = documents(need for need in all_of_them if need.layer is layer)
        for number, document in enumerate(made, start=1):
            name = layer.value.replace(" ", "-") + (f"-{number}" if len(made) > 1 else "")
            path = folder / f"{name}.json"
            path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            yield path

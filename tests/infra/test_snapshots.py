"""The templates of the environment test, as they were looked at by people; `SNAPSHOTS=write` writes them anew."""

import json
import os
import re
from pathlib import Path

import pytest

_FOLDER = Path(__file__).with_name("snapshots")


@pytest.mark.parametrize("name", ["core", "worker", "poller", "api"])
def test_a_template_is_the_one_that_was_looked_at(assembly, name):
    template = assembly.stack(name).file.read_text()
    # Of a package's bytes, which have no meaning here.
    template = re.sub(r"[0-9a-f]{64}\.zip", "PACKAGE.zip", template)
    text = json.dumps(json.loads(template), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    file = _FOLDER / f"{name}.json"
    if os.environ.get("SNAPSHOTS") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert file.read_text() == text, f"{name} has changed; look at it, then: SNAPSHOTS=write pytest {__file__}"

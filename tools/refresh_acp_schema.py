"""Takes the shape of the Agent Client Protocol's messages out of an unpacked package of its SDK.

    npm pack @agentclientprotocol/sdk@2.4.0 && tar xzf agentclientprotocol-sdk-2.4.0.tgz
    python tools/refresh_acp_schema.py package

Only what a validator needs is kept: no descriptions, titles, comments or marks of other generators.
"""

import json
import sys
from pathlib import Path
from typing import Any

WANTED = Path(__file__).parent.parent / "tests" / "schemas" / "acp"

_PROSE = ("description", "title", "$comment", "examples", "default")
_KEPT_MARKS = ("x-side", "x-method")


def shape(found: Any, *, names: bool = False) -> Any:
    """A schema without prose; under `properties` and `$defs` the keys are names and all stay."""
    if isinstance(found, list):
        return [shape(item) for item in found]
    if not isinstance(found, dict):
        return found
    return {
        key: shape(value, names=not names and key in {"properties", "$defs"})
        for key, value in found.items()
        if names or (key not in _PROSE and (not key.startswith("x-") or key in _KEPT_MARKS))
    }


def main(package: Path) -> None:
    """Write the shape of the stable schema, where it is from, and its licence."""
    about = json.loads((package / "package.json").read_text("utf-8"))
    read = json.loads((package / "schema" / "v1" / "schema.json").read_text("utf-8"))
    text = json.dumps(shape(read), separators=(",", ":"), sort_keys=True)
    (WANTED / "schema.json").write_text(text + "\n", "utf-8")
    (WANTED / "LICENSE").write_bytes((package / "LICENSE").read_bytes())
    told = {"package": about["name"], "version": about["version"], "licence": about["license"]}
    (WANTED / "source.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    print(f"{about['name']} {about['version']} ({about['license']}) -> {WANTED}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

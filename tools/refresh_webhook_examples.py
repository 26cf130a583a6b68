"""Cut webhook payloads out of GitHub's examples, for the tests: one of each event and action, two levels deep.

Usage: refresh_webhook_examples.py EXAMPLES_FOLDER

The folder is the npm package `@octokit/webhooks-examples`, unpacked. Addresses, people's mail and long texts stay out.
"""

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "tests" / "schemas" / "webhooks"
EVENTS = (
    "check_run", "check_suite", "issue_comment", "issues", "ping", "projects_v2_item", "pull_request",
    "pull_request_review", "pull_request_review_comment", "pull_request_review_thread", "push", "status",
)  # fmt: skip
_LONGEST = 80


def main() -> None:
    """Write the examples and where they are from."""
    package = Path(sys.argv[1])
    there = json.loads((package / "api.github.com" / "index.json").read_text("utf-8"))
    found = {each["name"]: _one_of_each(each["examples"]) for each in there if each["name"] in EVENTS}
    TARGET.mkdir(exist_ok=True)
    text = json.dumps(found, indent=0, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    (TARGET / "examples.json").write_text(f"{text}\n", encoding="utf-8")
    about = json.loads((package / "package.json").read_text("utf-8"))
    told = {about["name"]: about["version"], "license": about["license"]}
    (TARGET / "source.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _one_of_each(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for each in examples:
        found.setdefault((each.get("action"), "pull_request" in each.get("issue", {})), _cut(each))
    return list(found.values())


def _cut(payload: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, value in payload.items():
        if isinstance(value, dict):
            kept[name] = {key: part for key, part in value.items() if _is_plain(key, part)}
            if name == "issue" and "pull_request" in value:
                # That it is there says that the issue is a pull request.
                kept[name]["pull_request"] = {}
        elif _is_plain(name, value):
            kept[name] = value
    return kept


def _is_plain(name: str, value: object) -> bool:
    if name == "email" or name.endswith("url"):
        return False
    return value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= _LONGEST)


if __name__ == "__main__":
    main()

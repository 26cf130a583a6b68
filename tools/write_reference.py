"""Writes the pages of docs that are made from the code: `python tools/write_reference.py`.

`tests/docs` holds each page to what is made here.
"""

import sys
from pathlib import Path

# The deployment's own package, which is installed nowhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "infra"))

from kiro_worker.config import page as settings
from reference import adversary, alarms, cli, cost, errors, evidence_schema, notices, receipt, run_schema, verdicts

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"

PAGES = {
    "../deployment/alarms.md": alarms.page,
    "../deployment/cost.md": cost.page,
    **{f"../deployment/notices/{name}": make for name, make in notices.pages().items()},
    "../security/adversary.md": adversary.page,
    "cli.md": cli.page,
    "../../src/kiro_worker/evidence/evidence.schema.json": evidence_schema.page,
    "errors.md": errors.page,
    "evidence.schema.json": evidence_schema.page,
    "receipt.md": receipt.page,
    "run.schema.json": run_schema.page,
    "settings.md": settings.page,
    "verdicts.md": verdicts.page,
}


def main() -> None:
    """Write each page that is not as it should be, and name it."""
    for name, make in PAGES.items():
        path, text = (FOLDER / name).resolve(), make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(FOLDER.parents[1])}")


if __name__ == "__main__":
    main()

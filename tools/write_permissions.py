"""Writes docs/deployment/iam-permissions.md: `python tools/write_permissions.py [FOLDER]`.

FOLDER holds the templates of environment `test`; without one they are synthesized, which takes ten seconds.
`tests/infra` holds the page to what is made here.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from kiro_worker.deploy.cdk import Cdk
from reference import permissions

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "deployment" / "iam-permissions.md"
CDK = ROOT / "infra" / "node_modules" / "aws-cdk"


def main() -> None:
    """Write the page where it is not as it should be."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(place)
        if len(sys.argv) == 1:
            asyncio.run(Cdk(ROOT / "infra", os.environ).synth("test", folder))
        text = permissions.page(folder, CDK)
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        PAGE.write_text(text, encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

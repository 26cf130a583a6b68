"""`make show-aws`: the way of a work item through a deployment, carried out on an emulator, with its identifiers.

It is what `tests/e2e/test_aws.py` does and looks at; here it is only printed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEST = "tests/e2e/test_aws.py::test_a_card_goes_the_whole_way_and_each_role_has_what_it_takes_and_no_more"


def main() -> int:
    """Run it, and print what it wrote down; how far it came, where it did not come to its end."""
    with tempfile.TemporaryDirectory() as folder:
        transcript = Path(folder, "transcript.txt")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--quiet", "--no-header", "-p", "no:cacheprovider", TEST],
            cwd=ROOT,
            env={**os.environ, "KIRO_WORKER_TRANSCRIPT": str(transcript)},
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if transcript.exists():
            sys.stdout.write(transcript.read_text("utf-8"))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

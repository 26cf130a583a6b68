"""What a build installs the worker from: its wheel and the locked requirements, in one archive.

The same sources make the same bytes, so that nothing is published and no project is updated where nothing changed.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A file's time counts for nothing; zip knows none before 1980.
_TIME = (1980, 1, 1, 0, 0, 0)
_VERSION = re.compile(r"^kiro_worker-(?P<version>[^-]+)-")


class WheelUnfit(Exception):
    """The worker could not be packed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What was made.

    Attributes:
        file: the archive.
        digest: SHA-256 of it, which the build checks before it opens it.
        version: of the worker in it.
    """

    file: Path
    digest: str
    version: str


def build_package(file: Path, *, root: Path = ROOT) -> Package:
    """Make the archive, in place of whatever is there.

    Raises:
        WheelUnfit: the wheel could not be built.
    """
    with tempfile.TemporaryDirectory() as place:
        wheel = _wheel(root, Path(place))
        found = _VERSION.match(wheel.name)
        assert found, "hatchling names wheels as Python's packaging says"
        content = {
            wheel.name: wheel.read_bytes(),
            "runtime.txt": (root / "requirements" / "runtime.txt").read_bytes(),
        }
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, date_time=_TIME)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, content[name])
    draft.replace(file)
    return Package(file=file, digest=hashlib.sha256(file.read_bytes()).hexdigest(), version=found["version"])


def _wheel(root: Path, place: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(place)],
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    wheels = list(place.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise WheelUnfit(f"The worker's wheel could not be built: {done.stderr.strip()[-600:]}")
    return wheels[0]

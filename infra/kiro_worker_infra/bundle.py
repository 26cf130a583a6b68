"""The Lambda functions' own slim bundle: the worker's sources, and of the locked libraries what the functions load.

`python -m kiro_worker_infra.bundle FILE.zip` makes it; the same sources and the same lock make the same bytes. The
libraries are downloaded once for each state of the lock, by pip and with its hashes, and kept in the user's cache.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from kiro_worker_infra.completeness import incomplete

ROOT = Path(__file__).parents[2]

PYTHON = "3.13"
"""What the functions run on: `python3.13` of AWS Lambda, on x86_64."""

MOST_BYTES = 15 * 1024 * 1024

LIBRARIES = (
    "ahocorasick-rs", "anyio", "aws-lambda-powertools", "certifi", "cffi", "cryptography", "h11", "httpcore", "httpx",
    "idna", "jinja2", "jmespath", "markdown-it-py", "markupsafe", "mdurl", "msgspec", "psutil", "pycparser", "pyjwt",
    "pyyaml", "typing-extensions",
)  # fmt: skip
"""By their names in the lock. The AWS library is not among them: the runtime has it, its data alone would be more than
the whole bundle may be, and of it only calls are used that have been the same for years."""

_OF_RUNTIME = ("boto3", "botocore", "python-dateutil", "s3transfer", "six", "urllib3")
_ASKED = ("cloudwatch", "codebuild", "dynamodb", "lambda", "s3", "secretsmanager", "sesv2", "sns", "ssm", "sts")
_MODEL = re.compile(r"boto(3|core)/data/(?P<service>[^/]+)/")
# What only people, agents, gates and tests need.
_LEFT_OUT = ("cli", "demo", "deploy", "doctor", "orphan", "testing", "__main__.py")
_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")
# Not read when something is imported.
_DROPPED = re.compile(r"(^|/)(__pycache__|tests?|bin)/|\.(pyi|pyc|pyx|pxd|c|h)$|(^|/)py\.typed$|^psutil/tests")
_LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?:.*\\\n)*.*$", re.MULTILINE)
# A file's time counts for nothing; zip knows none before 1980.
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What was made.

    Attributes:
        file: the archive, as `Code.from_asset` takes it.
        digest: of its bytes.
        size: in bytes.
    """

    file: Path
    digest: str
    size: int


class BundleUnfit(Exception):
    """It would not work, or is larger than a function that is woken every few minutes should be."""


def build_bundle(file: Path, *, root: Path = ROOT, libraries: Mapping[str, bytes] | None = None) -> Bundle:
    """Make the archive, in place of whatever is there.

    Args:
        file: where.
        root: the project's folder.
        libraries: by their paths in it; None takes the locked ones, for the Lambda runtime.

    Raises:
        BundleUnfit: something that it imports is not in it, it is too large, or the libraries are not to be had.
    """
    if libraries is None:
        libraries = _files(libraries_of((root / "requirements" / "runtime.txt").read_text("utf-8")))
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _write(draft, {**libraries, **_sources(root / "src")})
        if missing := incomplete(draft):
            raise BundleUnfit("These are imported and are not in it: " + "; ".join(missing))
        if draft.stat().st_size > MOST_BYTES:
            raise BundleUnfit(f"It has {draft.stat().st_size:,} bytes; {MOST_BYTES:,} is most.")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    content = file.read_bytes()
    return Bundle(file=file, digest=hashlib.sha256(content).hexdigest(), size=len(content))


def locked(lock: str) -> str:
    """Those lines of the lock that are about `LIBRARIES`, hashes and all.

    Raises:
        BundleUnfit: one is not there.
    """
    found = {re.sub(r"[-_.]+", "-", each["name"]).lower(): each[0] for each in _LOCKED.finditer(lock)}
    if missing := [name for name in LIBRARIES if name not in found]:
        raise BundleUnfit(f"Not in the lock: {', '.join(missing)}")
    return "".join(f"{found[name]}\n" for name in LIBRARIES)


def libraries_of(lock: str) -> Path:
    """The folder with the libraries, made by pip when it is not there."""
    wanted = locked(lock)
    state = hashlib.sha256(f"{PYTHON} {_PLATFORMS} {wanted}".encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kiro-worker" / "bundle"
    folder = cache / state
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as place:
        listed = Path(place) / "libraries.txt"
        listed.write_text(wanted, "utf-8")
        _installed(listed, Path(place) / "made")
        # Whoever is first has made it; both have made the same.
        if not folder.is_dir():
            shutil.move(Path(place) / "made", folder)
    return folder


def installed_libraries() -> dict[str, bytes]:
    """The libraries as this very Python has them: for an emulator, which runs functions with the same.

    The AWS library is among them, as far as it is used: an emulator's runtime has none.
    """
    found: dict[str, bytes] = {}
    for library in (*LIBRARIES, *_OF_RUNTIME):
        for path in distribution(library).files or ():
            name = path.as_posix()
            model = _MODEL.match(name)
            # Programs lie beside the libraries.
            if name.startswith("..") or _DROPPED.search(name) or (model and model["service"] not in _ASKED):
                continue
            found[name] = Path(str(path.locate())).read_bytes()
    return found


def _installed(listed: Path, target: Path) -> None:
    platforms = [word for each in _PLATFORMS for word in ("--platform", each)]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
            *("--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile", "--target", str(target)),
            *("--implementation", "cp", "--python-version", PYTHON, *platforms, "-r", str(listed)),
        ],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise BundleUnfit(f"pip could not fetch the libraries: {done.stderr.strip()[-600:]}")


def _files(folder: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in _below(folder) if not _DROPPED.search(name)}


def _sources(folder: Path) -> dict[str, bytes]:
    return {
        name: path.read_bytes()
        for name, path in _below(folder / "kiro_worker", at="kiro_worker/")
        if name.split("/")[1] not in _LEFT_OUT and not _DROPPED.search(name)
    }


def _below(folder: Path, *, at: str = "") -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"{at}{path.relative_to(folder).as_posix()}", path


def _write(file: Path, content: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, date_time=_TIME)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o100755 << 16 if name.endswith(".so") else 0o100644 << 16
            archive.writestr(entry, content[name])


if __name__ == "__main__":
    made = build_bundle(Path(sys.argv[1]))
    sys.stdout.write(f"{made.file} {made.size:,} bytes sha256:{made.digest}\n")

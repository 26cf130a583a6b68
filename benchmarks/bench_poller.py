"""What waking the poller costs: loading its function from the bundle on one processor, and the bundle's size."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "infra")]

from kiro_worker_infra.bundle import MOST_BYTES, build_bundle, installed_libraries  # noqa: E402
from pair import in_turn, table  # noqa: E402

_PAIRS = 11
_BEGINS = "import kiro_worker.entry.poll"
_LOADS = "import kiro_worker.entry.poll, kiro_worker.bootstrap.poller; import sys; assert 'boto3' not in sys.modules"


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="bench-poller-"))
    try:
        rows = []
        # One for Lambda's Python where that is on this machine, and one for this very Python.
        if lambdas := next(filter(_works, _candidates()), None):
            made = build_bundle(folder / "functions.zip")
            told = f"{made.size / 2**20:.1f} MiB"
            rows.append(("the bundle", told, "", f"{made.size / MOST_BYTES:.2f} ×", "≤ 15 MiB"))
            rows += _loading(lambdas, made.file, folder / "lambda")
        here = build_bundle(folder / "here.zip", libraries=installed_libraries())
        rows += _loading(sys.executable, here.file, folder / "here")
        table("The poller's function, loaded on one processor: processor time beyond Python's own start", rows)
    finally:
        shutil.rmtree(folder)


def _loading(python: str, bundle: Path, folder: Path) -> list[tuple[str, str, str, str, str]]:
    zipfile.ZipFile(bundle).extractall(folder)
    first = {min(os.sched_getaffinity(0))}
    rows = []
    for name, flags in (("compiled before", ()), ("sources only", ("-B",))):

        def call(code: str, flags: tuple[str, ...] = flags) -> None:
            begins = f"import os, sys; os.sched_setaffinity(0, {first}); sys.path.insert(0, {str(folder)!r})"
            subprocess.run([python, "-S", "-E", *flags, "-c", f"{begins}; {code}"], check=True)

        if flags:
            for kept in folder.rglob("__pycache__"):
                shutil.rmtree(kept)
        for what, code in (("handler", _BEGINS), ("and all that a poll needs", _LOADS)):
            got = in_turn(lambda call=call, code=code: call(code), lambda call=call: call("pass"), _PAIRS)
            told = (f"{1000 * got.more_processor:.0f} ms", f"{1000 * got.baseline:.0f} ms", f"{got.ratio:.1f} ×")
            # Lambda's own machines have no bytecode of ours: the first poll of a container compiles what it needs.
            target = "" if flags and code == _LOADS else "≤ 400 ms"
            rows.append((f"{what}, Python {_version(python)}, {name}", *told, target))
    return rows


def _candidates() -> list[str]:
    kept = sorted((Path.home() / ".pyenv" / "versions").glob("3.13*/bin/python3.13"))
    return [found for found in (*map(str, kept), shutil.which("python3.13")) if found]


def _works(python: str) -> bool:
    return _version(python).startswith("3.13")


def _version(python: str) -> str:
    asked = [python, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(asked, check=False, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()

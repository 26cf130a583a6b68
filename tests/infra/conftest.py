import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.assembly import Assembly
from kiro_worker_infra.bundle import build_bundle, installed_libraries

ROOT = Path(__file__).parents[2]
# A program, and not to be looked through for examples: the CDK, and the Node.js that it starts, would be loaded into
# every process of the session.
collect_ignore = ["synth.py"]


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Every environment, synthesized once for all processes of the session."""
    return Assembly(_once(tmp_path_factory, "infra-assembly", _synthesize))


@pytest.fixture(scope="session")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout's functions with the libraries that are installed here, packed once for all processes."""
    return _once(tmp_path_factory, "functions", _pack) / "functions.zip"


def _once(places: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of the session's, filled by whichever process is first."""
    base = places.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            make(folder)
            (folder / "done").touch()
    return folder


def _pack(folder: Path) -> None:
    build_bundle(folder / "functions.zip", libraries=installed_libraries())


def infra_environment() -> dict[str, str]:
    """For a process that the CDK runs in: our own Node.js first, and nothing asked of the network."""
    told = {
        "PATH": f"{Path(sys.prefix, 'bin')}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "infra"),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # The CDK's library is unpacked into a folder once, whoever's HOME it is: twenty thousand files.
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path(sys.prefix, "jsii")),
        # Its own judgement of templates takes as long as all the rest, and is a warning at most; what cdk-nag and
        # cfn-lint say of them is held in test_gates.py.
        "CDK_VALIDATION": "false",
    }
    without = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COV_CORE_"))}
    return {**without, **told}


def _synthesize(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("synth.py")), str(folder)],
        env=infra_environment(),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        pytest.fail(
            f"the environments cannot be synthesized; is `make infra` done?\n{done.stderr[-4000:]}", pytrace=False
        )

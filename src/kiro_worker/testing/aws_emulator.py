"""An emulator of Amazon's services for the tests of a session, on a port of this machine; gone when they are.

It is `ministack`, in an environment of its own (`make infra`): it keeps tables, buckets, keys and roles, deploys
templates, and runs functions and schedules. Each account is a world of its own: what one test makes in a fresh one no
other test sees. What it lacks is told in docs/decisions/0002-libraries.md.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from kiro_worker.testing.free_port import free_port
from kiro_worker.testing.nobodys_child import NobodysChild
from kiro_worker.value import dataclass, field

REGION = "us-east-1"
# The account of whoever names no other.
ACCOUNT = "000000000000"
# Names the emulator's program, where it is not beside the environment that runs this.
VARIABLE = "KIRO_WORKER_EMULATOR"

_READY = "Running on "
_PATIENCE = 60.0
_LOOK = 0.02
# Two tests may have found the same port free.
_TRIES = 5
_DAYS = "2"


class EmulatorMissing(Exception):
    """The emulator is not installed, or does not start; says what to do."""


@dataclass(slots=True, kw_only=True)
class AwsEmulator:
    """A running emulator.

    Attributes:
        url: where it is asked, on 127.0.0.1 alone.
        folder: all that it keeps, `log` among it.
        certificate: of its own making, where it speaks TLS; None where it does not.
    """

    url: str
    folder: Path
    certificate: Path | None
    process: NobodysChild
    _accounts: Iterator[int] = field(default_factory=lambda: itertools.count(100_000_000_001))

    @property
    def log(self) -> str:
        """What it said so far."""
        return (self.folder / "log").read_text(errors="replace")

    def account(self) -> str:
        """The number of an account in which there is nothing yet."""
        return str(next(self._accounts))

    def environment(self, account: str = ACCOUNT) -> dict[str, str]:
        """What a process needs in its environment to ask the emulator, and nobody else.

        Args:
            account: whose root it is; the emulator reads it from the access key.
        """
        nowhere = str(self.folder / "none")
        told = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            # Neither a person's own credentials nor a machine's role are looked for.
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        if self.certificate is not None:
            trusted = str(self.certificate)
            told |= {"AWS_CA_BUNDLE": trusted, "NODE_EXTRA_CA_CERTS": trusted, "SSL_CERT_FILE": trusted}
        return told


@contextlib.contextmanager
def aws_emulator(*, auth: bool = False, more: Mapping[str, str] | None = None) -> Iterator[AwsEmulator]:
    """Start an emulator with nothing in it; it is killed at the end, with every function that it runs.

    Args:
        auth: rights of users and roles are enforced, over TLS; the root of an account may do everything.
        more: variables for it, which it hands on to the functions that it runs: `AWS_ENDPOINT_URL_CODEBUILD`.

    Raises:
        EmulatorMissing: it is not installed, or does not start.
    """
    program = _program()
    folder = Path(tempfile.mkdtemp(prefix="kiro-worker-aws-"))
    try:
        certificate = _make_certificate(folder) if auth else None
        emulator = _started(program, folder, certificate, more or {})
        try:
            yield emulator
        finally:
            emulator.process.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program() -> Path:
    named = os.environ.get(VARIABLE)
    program = Path(named) if named else Path(sys.prefix, "emulator", "bin", "ministack")
    if not program.is_file():
        raise EmulatorMissing(f"there is no emulator of AWS at {program}; run: make infra")
    return program


def _started(program: Path, folder: Path, certificate: Path | None, more: Mapping[str, str]) -> AwsEmulator:
    log = folder / "log"
    for _ in range(_TRIES):
        port = free_port()
        log.write_bytes(b"")
        environment = {**_environment(folder, port, certificate), **more}
        process = NobodysChild((str(program),), environment=environment, folder=folder, log=log)
        url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
        emulator = AwsEmulator(url=url, folder=folder, certificate=certificate, process=process)
        if _is_ready(emulator):
            return emulator
        process.stop()
    raise EmulatorMissing(f"the emulator of AWS does not start: {log.read_text(errors='replace')[-2000:]}")


def _environment(folder: Path, port: int, certificate: Path | None) -> dict[str, str]:
    # It hands its own environment on to functions, so it is given no more than it needs.
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    told = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(scratch),
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        # Its default is every interface of the machine.
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    if certificate is not None:
        told |= {
            "AUTH": "true",
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(certificate),
            "MINISTACK_SSL_KEY": str(certificate.with_suffix(".key")),
            "AWS_CA_BUNDLE": str(certificate),
        }
    return told


def _is_ready(emulator: AwsEmulator) -> bool:
    """Whether it came up; its own word counts, since on the port another's may have answered."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if _READY in emulator.log:
            return True
        if not emulator.process.alive:
            return False
        time.sleep(_LOOK)
    return False


def _make_certificate(folder: Path) -> Path:
    certificate = folder / "aws.crt"
    made = subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", _DAYS, "-subj", "/CN=localhost",
            "-keyout", certificate.with_suffix(".key"), "-out", certificate,
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
        ],
        check=False, capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    if made.returncode:
        raise EmulatorMissing(f"openssl made no certificate for the emulator: {made.stderr.strip()}")
    return certificate

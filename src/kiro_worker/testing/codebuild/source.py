"""The source of a build: a repository, an archive in S3, or none."""

import io
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiro_worker.testing.codebuild.cloud import Cloud
from kiro_worker.testing.codebuild.fault import ClientError

_PLAIN = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "PATH": "/usr/local/bin:/usr/bin:/bin"}


def download(
    source: Mapping[str, Any], version: str, folder: Path, cloud: Cloud, sources: Mapping[str, str]
) -> dict[str, str]:
    """Fetch the source; what is known of it: its address, and the commit.

    Args:
        source: the project's.
        version: a branch, tag or commit; empty is the source's own.
        folder: where it goes.
        cloud: asked in the name of the project's role.
        sources: where on this machine an address of the world is found.

    Raises:
        ClientError: it cannot be had.
    """
    match source["type"]:
        case "NO_SOURCE":
            return {}
        case "S3":
            return _archive(source["location"], folder, cloud)
        case _:
            return _clone(source["location"], version, folder, sources)


def _archive(location: str, folder: Path, cloud: Cloud) -> dict[str, str]:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError as Refused

    bucket, _, key = location.removeprefix("arn:aws:s3:::").partition("/")
    try:
        body = cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except (BotoCoreError, Refused) as error:
        raise ClientError("CLIENT_ERROR", f"the source could not be downloaded: {error}") from None
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(folder)
    return {"url": location}


def _clone(location: str, version: str, folder: Path, sources: Mapping[str, str]) -> dict[str, str]:
    address = sources.get(location, location)
    if address.startswith("http") and not address.startswith("http://127.0.0.1"):
        raise ClientError("CLIENT_ERROR", f"{location} is not on this machine; say where it is found")
    _git(("clone", "--quiet", "--", address, str(folder)), folder.parent)
    if version:
        _git(("checkout", "--quiet", version, "--"), folder)
    return {"url": location, "commit": _git(("rev-parse", "HEAD"), folder)}


def _git(words: tuple[str, ...], cwd: Path) -> str:
    done = subprocess.run(("git", *words), check=False, capture_output=True, text=True, cwd=cwd, env=_PLAIN)
    if done.returncode:
        raise ClientError("CLIENT_ERROR", f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()

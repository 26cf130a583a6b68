"""What a build leaves: files that are uploaded, and reports that are read."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.error import WorkerError
from kiro_worker.testing.codebuild.buildspec import Files
from kiro_worker.testing.codebuild.cloud import Cloud
from kiro_worker.testing.codebuild.fault import ClientError

_COVERAGE = frozenset({"CLOVERXML", "COBERTURAXML", "JACOCOXML", "SIMPLECOV"})
# CodeBuild keeps so many cases of one report.
_MOST_CASES = 500
_CASES = {"passed": "SUCCEEDED"}


def chosen(files: Files, root: Path) -> list[tuple[Path, str]]:
    """The files that patterns name, each with its name in the upload.

    Raises:
        ClientError: there are none.
    """
    base = root / files.base
    if not base.is_dir():
        raise ClientError("CLIENT_ERROR", f"no matching base directory path found for {files.base}")
    found = sorted({path for pattern in files.patterns for path in _matching(base, pattern)})
    if not found:
        raise ClientError("CLIENT_ERROR", f"no matching artifact paths found for {list(files.patterns)}")
    return [(path, path.name if files.discard_paths else str(path.relative_to(base))) for path in found]


def _matching(base: Path, pattern: str) -> Iterator[Path]:
    for path in base.glob(pattern.removeprefix("./")):
        # `**/*` means files at any depth; a plain name of a folder means nothing.
        if path.is_file() and not path.is_symlink():
            yield path


def upload(files: Files, root: Path, project: Mapping[str, Any], build: str, cloud: Cloud) -> str:
    """Upload to where the project says; the address of what was written.

    Raises:
        ClientError: there is nothing to upload, or the role may not.
    """
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError as Refused

    try:
        return _upload(files, root, project, build, cloud)
    except (BotoCoreError, Refused) as error:
        raise ClientError("CLIENT_ERROR", f"artifacts could not be uploaded: {error}") from None


def _upload(files: Files, root: Path, project: Mapping[str, Any], build: str, cloud: Cloud) -> str:
    artifacts = project["artifacts"]
    found = chosen(files, root)
    name = files.name or artifacts.get("name", "") or build.partition(":")[0]
    middle = build.rpartition(":")[2] if artifacts.get("namespaceType") == "BUILD_ID" else ""
    key = "/".join(part.strip("/") for part in (artifacts.get("path", ""), middle, name) if part.strip("/"))
    own = project.get("encryptionKey", "")
    # Amazon's own key for S3 is the bucket's business.
    encrypts = own and not artifacts.get("encryptionDisabled") and not own.endswith((":alias/aws/s3", "/aws/codebuild"))
    more = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": own} if encrypts else {}
    client, bucket = cloud.client("s3"), artifacts["location"].removeprefix("arn:aws:s3:::")
    if artifacts.get("packaging") == "ZIP":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, told in found:
                archive.write(path, told)
        client.put_object(Bucket=bucket, Key=key, Body=packed.getvalue(), **more)
    else:
        for path, told in found:
            client.put_object(Bucket=bucket, Key=f"{key}/{told}", Body=path.read_bytes(), **more)
    return f"arn:aws:s3:::{bucket}/{key}"


def read_report(files: Files, root: Path, arn: str, group: str, build: str) -> dict[str, Any]:
    """A report as CodeBuild keeps it; one that cannot be read is kept as failed.

    Raises:
        ClientError: there are no files.
    """
    found = chosen(files, root)
    kind = "CODE_COVERAGE" if files.format in _COVERAGE else "TEST"
    told = {"arn": arn, "type": kind, "reportGroupArn": group, "executionId": build, "name": arn.rpartition(":")[2]}
    try:
        summary = _coverage(found) if kind == "CODE_COVERAGE" else _tests(found)
    except WorkerError as error:
        return {**told, "status": "FAILED", "name": f"{told['name']} ({error.code})"}
    return {**told, "status": "SUCCEEDED", **summary}


def _tests(found: list[tuple[Path, str]]) -> dict[str, Any]:
    from kiro_worker.gate.junit import read_tests

    read = read_tests(found)
    counts = Counter(_CASES.get(case.outcome.value, case.outcome.value.upper()) for case in read.cases)
    took = round(sum(case.seconds for case in read.cases) * 1e9)
    summary = {"total": counts.total(), "statusCounts": dict(counts), "durationInNanoSeconds": took}
    return {"testSummary": summary, "truncated": len(read.cases) > _MOST_CASES}


def _coverage(found: list[tuple[Path, str]]) -> dict[str, Any]:
    from kiro_worker.gate.coverage.read import read_report as read_coverage

    covered = missed = 0
    for path, told in found:
        for measured in read_coverage(path, told=told).files.values():
            hit, total = measured.line_totals()
            covered, missed = covered + hit, missed + total - hit
    percent = 100.0 * covered / (covered + missed) if covered + missed else 0.0
    summary = {"lineCoveragePercentage": percent, "linesCovered": covered, "linesMissed": missed}
    return {"codeCoverageSummary": summary}

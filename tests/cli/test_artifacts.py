import json
import subprocess
import urllib.request

import pytest

from e2e.world import BIN
from kiro_worker.aws import Aws

RUN = "r-01m8fh00000000000000000000"


@pytest.fixture
async def call(aws, aws_account, tmp_path):
    bucket = f"kiro-worker-test-artifacts-{aws_account}"
    asked = Aws()
    await asked.ask("s3", "CreateBucket", Bucket=bucket)
    for name in ("summary.md", "reports/junit.xml"):
        await asked.ask("s3", "PutObject", Bucket=bucket, Key=f"runs/{RUN}/{name}", Body=b"# Done\n")
    environment = {
        "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", **aws.environment(aws_account),
        "KIRO_WORKER_ARTIFACT_STORE": "s3", "KIRO_WORKER_ARTIFACT_BUCKET": bucket,
    }  # fmt: skip

    def call(*words, **more):
        return subprocess.run(
            [str(BIN / "kiro-worker"), "artifacts", *words], env={**environment, **more}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    return call


def test_files_are_listed_and_a_link_leads_to_one_for_as_long_as_is_said(call):
    assert call("list", RUN).stdout.splitlines() == ["reports/junit.xml", "summary.md"]
    assert json.loads(call("list", RUN, "--json").stdout)["files"] == ["reports/junit.xml", "summary.md"]
    link = call("link", RUN, "summary.md", "--artifact-link-life", "5m").stdout.strip()
    assert "X-Amz-Expires=300" in link
    with urllib.request.urlopen(link) as answer:  # noqa: S310  # of the emulator
        assert answer.read() == b"# Done\n"


@pytest.mark.parametrize(
    ("words", "more", "code"),
    [
        (("link", RUN, "not-there"), {}, "artifacts.unknown"),
        (("list", "r-01m8fh00000000000000000001"), {}, "artifacts.unknown"),
        (("list", RUN), {"KIRO_WORKER_ARTIFACT_STORE": "local"}, "artifacts.no-bucket"),
        (("list", "../x"), {}, "is no run's id"),
    ],
)
def test_what_cannot_be_shown_is_told(call, words, more, code):
    over = call(*words, **more)
    assert over.returncode == 2
    assert code in over.stderr

import pytest

from kiro_worker.run.record import CommitRecord, PullRequestRecord, RunRecord, StepRecord, TaskRecord


def gate(name, color, summary, **more):
    return {
        "gate": name, "color": color, "summary": summary, "seconds": 1.25, "findings": [], "command": "pytest",
        "tests": None, "coverage": None, **more,
    }  # fmt: skip


COUNTS = {"passed": 12, "failed": 0, "errors": 0, "skipped": 1, "counted": True}
COVERED = {"line_percent": 91.25, "branch_percent": None, "threshold": 80.0}


@pytest.fixture
def run():
    return RunRecord(
        run="r-01", version="0.1.0", repository="/srv/engine.git", branch="feature/x", base="main", spec="engine",
        started="2026-11-21T09:30:00.000Z", seconds=61.0, verdict="DONE", exit_status=0, state="ended", fence=7,
        agent={"name": "kiro", "version": "3.2.0", "model": "claude"}, turns=2, usage={"credits": 1.5},
        tasks=(
            TaskRecord(id="1.1", title="Add a lock", state="done", criteria=("1.1",), turns=1, seconds=2.0,
                       commits=("a" * 40,), files=2, added=10, deleted=1),
            TaskRecord(id="2", title="Checkpoint", purpose="checkpoint", state="done", commits=("b" * 40,)),
        ),
        criteria=(("1.1", "WHEN two come, THE Lock SHALL hold one"), ("1.2", "THE Lock SHALL open")),
        steps=(
            StepRecord(name="admit", at="2026-11-21T09:30:00.000Z", seconds=0.5),
            StepRecord(name="implement", at="2026-11-21T09:30:01.000Z", task="1.1", seconds=2.0),
        ),
        commits=(CommitRecord(oid="a" * 40, subject="engine: 1.1 Add a lock", task="1.1", files=2, added=10, deleted=1, pushed=True),),
        gates=(gate("tests", "green", "12 tests passed", tests=COUNTS), gate("coverage", "green", "91.2 %", coverage=COVERED)),
        pull_request=PullRequestRecord(number=7, url="https://github.com/ada/engine/pull/7", change="created", draft=False, title="engine: Lock"),
        build_url="https://console.example.com/build/1",
        notes=("Refused in 1.1: rm -rf / (path.outside: / is outside)",),
    )  # fmt: skip

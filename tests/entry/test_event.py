import pytest

from kiro_worker.entry.event import TERMINAL, BuildEnded, Woken, wake_of


def build(status="SUCCEEDED", **more):
    detail = {
        "build-status": status,
        "project-name": "kiro-worker-test",
        "build-id": "arn:aws:codebuild:us-east-1:123456789012:build/kiro-worker-test:1",
        "additional-information": {
            "build-complete": True,
            "environment": {
                "environment-variables": [
                    {"name": "KIRO_WORKER_RUN_ID", "type": "PLAINTEXT", "value": "r-1"},
                    {"name": "TOKEN", "type": "SECRETS_MANAGER", "value": "kiro-worker-test-github-token"},
                ]
            },
        },
        **more,
    }
    return {"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": detail}


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_each_of_the_five_ends_is_one(status):
    ended = wake_of(build(status))
    assert isinstance(ended, BuildEnded)
    assert (ended.status, ended.project) == (status, "kiro-worker-test")
    assert ended.build.endswith(":build/kiro-worker-test:1")


def test_what_a_build_was_started_with_is_told_without_what_only_names_a_secret():
    assert wake_of(build()).environment == {"KIRO_WORKER_RUN_ID": "r-1"}


@pytest.mark.parametrize(
    ("event", "by"),
    [
        ({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}, "schedule"),
        ({"source": "kiro-worker.delegate"}, "delegate"),
        (build("IN_PROGRESS"), "build"),
        ({}, "call"),
        ([], "call"),
        (None, "call"),
        ({"source": 7}, "call"),
        ({"source": "mine"}, "mine"),
        ({"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": "x"}, "aws.codebuild"),
    ],
)
def test_anything_else_is_a_reason_to_look_and_no_more(event, by):
    assert wake_of(event) == Woken(by=by)


@pytest.mark.parametrize(
    "told",
    [None, [], {"environment": 1}, {"environment": {"environment-variables": [1, {"name": "x"}, None]}}],
)
def test_an_end_that_tells_nothing_of_its_environment_is_one_all_the_same(told):
    event = build()
    event["detail"]["additional-information"] = told
    assert wake_of(event).environment == {}

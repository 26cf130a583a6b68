"""The HTTP side: what comes in from API Gateway, and what goes back."""

import base64
import json
import tempfile

import pytest

from entry.place import context
from kiro_worker.entry.delegate import handler

ASKS, TELLS = "POST /api/delegate/personal", "GET /api/delegate/{id}"
WANTED = {"taskTitle": "Add export button", "acceptanceCriteria": "- It is in the header", "repo": "engine"}


@pytest.fixture
def function(place, tmp_path, monkeypatch):
    """The function in this process: its variables are the process's own, as on Lambda."""
    for name, value in place.environment().items():
        if name != "PATH":
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def call(route, body=None, *, encoded=False, **path):
        text = json.dumps(body) if not isinstance(body, str) else body
        text = base64.b64encode(text.encode()).decode() if encoded else text
        event = {"version": "2.0", "routeKey": route, "body": text, "isBase64Encoded": encoded, "pathParameters": path}
        answer = handler(event, context())
        return answer["statusCode"], json.loads(answer["body"])

    return call


def test_work_is_taken_and_its_status_can_be_asked(function, place):
    status, told = function(ASKS, WANTED, encoded=True)
    assert (status, told["status"], told["handedTo"]) == (202, "accepted", "poller")
    assert told["branch"].startswith("feature/add-export-button-")
    assert (told["prNumber"], told["prUrl"]) == (1, "https://github.test/acme/engine/pull/1")
    status, shown = function(TELLS, id=told["id"])
    assert (status, shown["state"], shown["prNumber"], shown["branch"]) == (200, "accepted", 1, told["branch"])
    assert place.column(told["card"]) == "For Implementation"
    detail = {
        "build-status": "FAILED",
        "build-id": "arn:aws:codebuild:us-east-1:1:build/kiro-worker-test:7",
        "project-name": "kiro-worker-test",
        "additional-information": {
            "environment": {
                "environment-variables": [
                    {"name": "KIRO_WORKER_REPOSITORY", "value": "https://github.com/acme/engine.git"},
                    {"name": "BRANCH_NAME", "value": told["branch"]},
                ]
            }
        },
    }
    ended = {"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": detail}
    assert handler(ended, context()) == {"told": True}
    assert function(TELLS, id=told["id"])[1]["buildStatus"] == "FAILED"


def test_what_cannot_be_taken_is_answered_in_words_and_what_is_wrong_inside_is_not(function, place):
    assert function(ASKS, "{")[0] == 400
    status, told = function(ASKS, {"title": ""})
    assert (status, told["error"], told["message"]) == (400, "delegate.unfit", "There is no title.")
    assert function(TELLS, id="d-none")[0] == 404
    assert function(TELLS)[0] == 404
    assert function("GET /api/other")[0] == 404
    place.hub.model.tokens.clear()
    status, told = function(ASKS, WANTED)
    assert (status, told["message"]) == (500, "It could not be done now; the log says why.")
    assert "acme" not in json.dumps(told)


def test_an_event_that_is_no_end_is_nobodys(function):
    assert handler({"source": "aws.events"}, context()) == {"told": False}
    assert handler(None, context()) == {"told": False}

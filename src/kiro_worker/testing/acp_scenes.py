"""The scenes of the agent contract as scripts of the scripted agent; plain data."""

from typing import Any

_RUN = {
    "toolCall": {
        "toolCallId": "c1",
        "title": "Run `touch ran.txt`",
        "kind": "execute",
        "rawInput": {"command": "touch ran.txt"},
    },
    "then": [{"sh": "touch ran.txt"}, {"call_update": {"toolCallId": "c1", "status": "completed"}}],
    "else": [
        {"call_update": {"toolCallId": "c1", "status": "failed"}},
        {"call": {"toolCallId": "c2", "kind": "think"}},
    ],
}

SCENES: dict[str, dict[str, Any]] = {
    "edits": {
        "turns": [
            [
                {"call": {"toolCallId": "c1", "title": "Write made.txt", "kind": "edit", "status": "in_progress"}},
                {"write": ["made.txt", "made by the agent\n"]},
                {"call_update": {"toolCallId": "c1", "status": "completed"}},
                {"say": "I wrote "},
                {"say": "made.txt."},
            ]
        ]
    },
    "chatters": {"turns": [[{"repeat": {"times": 2000, "steps": [{"say": "word " * 20}]}}, {"say": "the last words"}]]},
    "hangs": {"turns": [[{"hang": True}]]},
    "stubborn": {
        "turns": [[{"hang": True}]],
        "ignores_cancel": True,
        "ignores_eof": True,
        "ignores_term": True,
    },
    "talks-for-ever": {"turns": [[{"repeat": {"steps": [{"say": "on "}, {"sleep": 0.02}]}}]]},
    "floods": {"turns": [[{"flood": 0}]]},
    "floods-errors": {"turns": [[{"stderr_flood": 0}]]},
    "crashes": {"turns": [[{"say": "so far"}, {"stderr": "Segmentation fault\n"}, {"exit": 7}]]},
    "dies-holding": {"turns": [[{"say": "so far"}, {"daemon": 60}, {"exit": 7}]]},
    "leaves-daemon": {"turns": [[{"daemon": 60}, {"say": "done"}]]},
    "logged-out": {"turns": [[{"fail": {"code": -32000, "message": "Authentication required"}}]]},
    "shows-environment": {"turns": [[{"environment": "environment.json"}]]},
    "never-starts": {"begin": [{"sleep": 60}]},
    "works-long": {
        "turns": [
            [
                {"call": {"toolCallId": "c1", "title": "make test", "kind": "execute", "status": "in_progress"}},
                {"sleep": 2},
                {"call_update": {"toolCallId": "c1", "status": "completed"}},
            ]
        ]
    },
    "asks": {"turns": [[{"ask": _RUN}, {"say": "done"}]]},
}

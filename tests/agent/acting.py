"""Acts a scene of the agents' contract suite: `acting.py headless|events|terminal SCENE`."""

import json
import os
import signal
import sys
import time
from pathlib import Path

ANSWER, LAST_WORDS, MADE = "I wrote made.txt.", "the last words", "made by the agent\n"


def main(style: str, scene: str) -> None:
    if scene == "never-starts":
        time.sleep(600)
    if scene == "logged-out":
        sys.stderr.write("Error: you are not logged in\n")
        sys.exit(1)
    if style == "terminal":
        write("ready> ")
        sys.stdin.readline()
    else:
        sys.stdin.read()
    if style == "events":
        event("runStarted", engine="v2")
    act(lambda text: say(style, text), scene)
    if style == "terminal":
        write("\n[done]\n")
        time.sleep(600)
    if style == "events":
        event("metadata", meteringUsage=[{"value": 0.1, "unit": "credit"}])
        event("runFinished", status="success", stopReason="end_turn")


def act(say, scene):
    match scene:
        case "edits":
            Path("made.txt").write_text(MADE)
            say(ANSWER)
        case "chatters":
            say("some words\n" * (200 * 1024 // 11))
            say(LAST_WORDS)
        case "hangs":
            time.sleep(600)
        case "stubborn":
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(600)
        case "talks-for-ever":
            while True:
                say("word\n")
                time.sleep(0.02)
        case "floods":
            while True:
                say("x" * 60_000 + "\n")
        case "floods-errors":
            while True:
                sys.stderr.write("x" * 600 + "\n")
        case "crashes":
            say("I begin\n")
            os._exit(7)
        case "dies-holding":
            say("I begin\n")
            leave_daemon()
            os._exit(7)
        case "leaves-daemon":
            leave_daemon()
        case "shows-environment":
            Path("environment.json").write_text(json.dumps(dict(os.environ)))
        case "works-long":
            update(sessionUpdate="tool_call", toolCallId="c", title="work", status="in_progress")
            time.sleep(0.7)
            update(sessionUpdate="tool_call_update", toolCallId="c", status="completed")


def leave_daemon() -> None:
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)


def say(style: str, text: str) -> None:
    if style == "events":
        update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": text})
    else:
        write(text)


def update(**facts) -> None:
    event("sessionUpdate", update=facts)


def event(kind: str, **data) -> None:
    write(json.dumps({"type": kind, "data": data}) + "\n")


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

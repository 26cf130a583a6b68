"""The replay agent, driven over the protocol, promises what every agent does."""

import json
import sys
from itertools import chain, repeat

from kiro_worker.agent.acp import AcpAgent
from kiro_worker.agent.profile import Profile
from kiro_worker.testing.agent_contract import ANSWER, COMMAND, LAST_WORDS, MADE, AskingAgentContract, Scene

REPLAY = (sys.executable, "-c", "from kiro_worker.agent.replay import main; raise SystemExit(main())")
SHOW = "import json, os; open('environment.json', 'w').write(json.dumps(dict(os.environ)))"
CALL = {"toolCallId": "c", "title": "Work"}
STEPS = {
    Scene.EDITS: [{"write": "made.txt", "content": MADE, "ask": True}, {"say": ANSWER}],
    Scene.CHATTERS: [{"flood": 200 * 1024}, {"say": LAST_WORDS}],
    Scene.HANGS: [{"hang": True}],
    Scene.STUBBORN: [{"hang": True, "stubborn": True}],
    Scene.TALKS_FOR_EVER: list(chain.from_iterable(repeat(({"say": "word "}, {"wait": 0.02}), 5000))),
    Scene.FLOODS: [{"flood": 10_000_000_000}],
    Scene.FLOODS_ERRORS: [{"flood": 10_000_000_000, "to": "stderr"}],
    Scene.CRASHES: [{"say": "I begin"}, {"crash": 7}],
    Scene.DIES_HOLDING: [{"say": "I begin"}, {"daemon": 60}, {"crash": 7}],
    Scene.LEAVES_DAEMON: [{"daemon": 60}],
    Scene.LOGGED_OUT: [{"fail": {"code": -32000, "message": "Authentication required"}}],
    Scene.SHOWS_ENVIRONMENT: [{"run": [sys.executable, "-c", SHOW]}],
    Scene.NEVER_STARTS: [],
    Scene.MISSING: [],
    Scene.WORKS_LONG: [
        {"update": {"sessionUpdate": "tool_call", "status": "in_progress", **CALL}},
        {"wait": 2},
        {"update": {"sessionUpdate": "tool_call_update", "toolCallId": "c", "status": "completed"}},
    ],
    Scene.ASKS: [{"run": COMMAND.split(), "ask": True}],
}


class TestReplay(AskingAgentContract):
    def agent_for(self, scene, children, folder):
        cassette = folder / "cassette.jsonl"
        cassette.write_text(
            "\n".join(
                map(json.dumps, ({"cassette": 1}, {"turn": "t", "match": "Do what the scene says."}, *STEPS[scene]))
            )
        )
        command = (*REPLAY, str(cassette))
        if scene is Scene.NEVER_STARTS:
            command = (sys.executable, "-c", "import time; time.sleep(600)")
        if scene is Scene.MISSING:
            command = ("no-such-program",)
        return AcpAgent(Profile(name="replay", command=command), children)

"""The whole path: a scripted agent process, the wire, the adapter, the outcome."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kiro_worker.agent.port import (
    AgentNoted,
    AgentSaid,
    AgentStarted,
    AgentThought,
    PermissionDecided,
    PlanShown,
    ToolCalled,
    ToolKind,
    Turn,
    TurnLimits,
    TurnOutcome,
    Usage,
    UsageSeen,
)
from kiro_worker.agent.profile import Quirks

LIMITS = TurnLimits(wall=timedelta(seconds=30), silence=timedelta(seconds=15), start=timedelta(seconds=15))
CALL = {"toolCallId": "c1", "title": "Run `make`", "kind": "execute", "rawInput": {"command": "make"}}


# Greeting and session.


async def test_the_greeting_offers_nothing_that_the_profile_does_not(play):
    played = await play({})
    (hello,) = played.sent("initialize")
    assert hello["protocolVersion"] == 1
    assert hello["clientCapabilities"] == {
        "fs": {"readTextFile": False, "writeTextFile": False},
        "terminal": False,
    }
    assert played.sent("session/new") == [{"cwd": str(play.workspace), "mcpServers": []}]
    assert played.sent("session/prompt")[0]["prompt"] == [{"type": "text", "text": "go"}]


async def test_what_the_agent_says_of_itself_is_recorded(play):
    played = await play({"new": {"sessionId": "s-77"}})
    assert played.events[0] == AgentStarted(name="scripted", version="1.2.3", session="s-77")
    assert played.end.session == "s-77"


@pytest.mark.parametrize("version", [1, "1", "2025-08-22", None])
async def test_versions_that_mean_one_are_accepted(play, version):
    played = await play({"initialize": {"protocolVersion": version}})
    assert played.end.outcome is TurnOutcome.ENDED


@pytest.mark.parametrize("version", [0, 2, "2", True, {"v": 1}])
async def test_any_other_version_ends_the_turn_before_it_begins(play, version):
    played = await play({"initialize": {"protocolVersion": version}})
    assert played.end.outcome is TurnOutcome.PROTOCOL
    assert "version" in played.end.detail
    assert played.sent("session/new") == []


async def test_a_session_without_an_id_is_a_fault_of_the_protocol(play):
    played = await play({"new": {"sessionId": None}})
    assert played.end.outcome is TurnOutcome.PROTOCOL


async def test_a_login_that_needs_no_person_is_made_once(play):
    script = {
        "initialize": {"authMethods": [{"id": "key", "name": "Key"}]},
        "new": {"error": {"code": -32000, "message": "Authentication required"}},
    }
    played = await play(script, profile={"login_methods": ("other", "key")})
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.sent("authenticate") == [{"methodId": "key"}]


async def test_a_login_that_needs_a_person_is_never_begun(play):
    script = {
        "initialize": {"authMethods": [{"id": "browser", "name": "Browser"}]},
        "new": {"error": {"code": -32000, "message": "nobody is here"}},
    }
    played = await play(script)
    assert played.end.outcome is TurnOutcome.LOGGED_OUT
    assert played.sent("authenticate") == []
    assert "nobody is here" in played.end.detail


KEY_LOGINS = [
    {"id": "env", "name": "From the environment", "type": "env_var", "vars": [{"name": "PATH"}, {"name": "HOME"}]},
    {"id": "env", "name": "From the environment", "type": "env_var", "varName": "HOME"},
    {"id": "env", "type": "env_var", "vars": [{"name": "HOME"}, {"name": "NOT_THERE", "optional": True}]},
    {"id": "some-api-key", "name": "Use a key"},
]


@pytest.mark.parametrize("login", KEY_LOGINS)
@pytest.mark.parametrize(
    "error", [{"code": -32000, "message": ""}, {"code": -32603, "message": "Authentication required"}]
)
async def test_an_unknown_agent_is_logged_in_where_its_environment_has_all_it_wants(play, login, error):
    methods = [{"id": "browser", "name": "Browser"}, "odd", {"id": 7}, login]
    played = await play({"initialize": {"authMethods": methods}, "new": {"error": error}})
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.sent("authenticate") == [{"methodId": login["id"]}]


@pytest.mark.parametrize(
    "login",
    [
        {"id": "env", "type": "env_var", "vars": [{"name": "HOME"}, {"name": "NOT_THERE"}]},
        {"id": "oauth", "type": "env_var", "vars": "HOME"},
        {"id": "type-api-key", "type": "terminal", "args": ["login"]},
        {"id": "environs", "name": "api key"},
    ],
)
async def test_a_login_that_lacks_something_is_never_begun(play, login):
    played = await play({"initialize": {"authMethods": [login]}, "new": {"error": {"code": -32000, "message": "no"}}})
    assert played.end.outcome is TurnOutcome.LOGGED_OUT
    assert played.sent("authenticate") == []


async def test_a_login_that_fails_is_told_as_one(play):
    script = {
        "initialize": {"authMethods": [{"id": "key", "name": "Key"}]},
        "new": {"error": {"code": -32000, "message": "Authentication required"}},
        "authenticate": {"error": {"code": -32603, "message": "the door stayed shut"}},
    }
    played = await play(script, profile={"login_methods": ("key",)})
    assert played.end.outcome is TurnOutcome.LOGGED_OUT
    assert "the door stayed shut" in played.end.detail


async def test_a_prompt_with_a_broken_character_is_sent(play):
    played = await play({}, prompt="name: \udcff")
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.sent("session/prompt")[0]["prompt"][0]["text"] == "name: ?"


# Mode and model.

MODES = {"currentModeId": "yolo", "availableModes": [{"id": "yolo", "name": "Yolo"}, {"id": "m2", "name": "Ask"}]}
OPTION = {
    "id": "opt",
    "name": "Mode",
    "category": "mode",
    "type": "select",
    "currentValue": "yolo",
    "options": [
        {"group": "g", "name": "G", "options": [{"value": "yolo", "name": "Yolo"}, {"value": "ask", "name": "A"}]}
    ],
}


async def test_the_asking_mode_is_set_by_its_name(play):
    played = await play({"new": {"modes": MODES}})
    assert [params["modeId"] for params in played.sent("session/set_mode")] == ["m2"]
    assert played.events[0].mode == "m2"


async def test_the_asking_mode_is_set_through_an_option_and_its_confirmation_read(play):
    played = await play({"new": {"configOptions": [OPTION], "modes": MODES}})
    assert [params["value"] for params in played.sent("session/set_config_option")] == ["ask"]
    assert played.sent("session/set_mode") == []
    assert played.events[0].mode == "ask"


async def test_the_older_way_is_taken_when_the_newer_fails(play):
    script = {
        "new": {"configOptions": [OPTION], "modes": MODES},
        "set_option": {"error": {"code": -32601, "message": "no such method"}},
    }
    played = await play(script)
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.events[0].mode == "m2"


async def test_a_mode_that_already_asks_is_left_alone(play):
    played = await play({"new": {"modes": {**MODES, "currentModeId": "m2"}}})
    assert played.sent("session/set_mode") == []
    assert played.events[0].mode == "m2"


@pytest.mark.parametrize(
    "refusal",
    [{"set_mode": {"error": {"code": -32603, "message": "no"}}}, {"set_option": {"configOptions": [OPTION]}}],
)
async def test_an_asking_mode_that_is_not_confirmed_ends_the_turn_unprompted(play, refusal):
    offered = {"modes": MODES} if "set_mode" in refusal else {"configOptions": [OPTION]}
    played = await play({"new": offered, **refusal})
    assert played.end.outcome is TurnOutcome.CONFIG
    assert played.sent("session/prompt") == []


async def test_modes_of_which_none_is_known_are_noted_and_left(play):
    modes = {"currentModeId": "kiro_default", "availableModes": [{"id": "kiro_default", "name": "kiro_default"}]}
    played = await play({"new": {"modes": modes}})
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.events[0].mode == "kiro_default"
    assert "none of the agent's modes" in played.notes


def modes_of(*listed):
    return {"modes": {"currentModeId": listed[0]["id"], "availableModes": list(listed)}}


@pytest.mark.parametrize(
    "listed",
    [
        ({"id": "agent", "name": "Agent"}, {"id": "plan", "name": "Plan"}, {"id": "ask", "name": "Ask"}),
        ({"id": "go", "name": "Go"}, {"id": "m", "name": "Ask", "description": "Get answers and explanations"}),
    ],
)
async def test_a_mode_that_only_answers_questions_is_not_taken_for_an_asking_one(play, listed):
    played = await play({"new": modes_of(*listed)})
    assert played.sent("session/set_mode") == []
    assert "known to ask" in played.notes
    wanted = await play({"new": modes_of(*listed)}, mode="ask")
    assert wanted.sent("session/set_mode")


async def test_a_mode_that_asks_for_approval_is_taken_whatever_is_beside_it(play):
    ask = {"id": "ask", "name": "Ask", "description": "Asks for permission before each step"}
    played = await play({"new": modes_of({"id": "agent", "name": "Agent"}, ask)})
    assert [sent["modeId"] for sent in played.sent("session/set_mode")] == ["ask"]


async def test_a_mode_that_a_person_wants_must_be_there(play):
    played = await play({"new": {"modes": MODES}}, mode="plan")
    assert played.end.outcome is TurnOutcome.CONFIG
    assert "m2" in played.end.detail


async def test_the_wanted_model_is_set_and_a_missing_one_is_told(play):
    models = {"currentModelId": "a", "availableModels": [{"modelId": "a", "name": "A"}, {"modelId": "b", "name": "B"}]}
    played = await play({"new": {"models": models}}, model="b")
    assert [params["modelId"] for params in played.sent("session/set_model")] == ["b"]
    assert played.events[0].model == "b"
    played = await play({"new": {"models": models}}, model="c")
    assert played.end.outcome is TurnOutcome.CONFIG
    assert "a, b" in played.end.detail


# Continuing a session.


async def test_a_session_is_continued_and_its_history_is_no_event(play):
    said = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "old words"}}
    script = {
        "load": {"steps": [{"update": said}, {"call": {"toolCallId": "old"}}]},
        "turns": [[{"say": "new words"}]],
    }
    played = await play(script, resume="s-old")
    assert played.end.session == "s-old"
    assert played.end.said == "new words"
    assert played.of(ToolCalled) == []
    assert played.sent("session/load") == [{"cwd": str(play.workspace), "mcpServers": [], "sessionId": "s-old"}]


async def test_the_newer_way_to_continue_is_preferred(play):
    played = await play({"load": {}, "resume": {}}, resume="s-old")
    assert played.end.session == "s-old"
    assert played.sent("session/load") == []


async def test_an_unknown_session_falls_back_to_a_new_one(play):
    played = await play({"load": {"error": {"code": -32002, "message": "not found"}}}, resume="s-old")
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.end.session not in {None, "s-old"}


async def test_an_agent_that_cannot_continue_begins_a_new_one(play):
    played = await play({}, resume="s-old")
    assert played.end.outcome is TurnOutcome.ENDED
    assert "cannot continue" in played.notes


@pytest.mark.parametrize("steps", [[{"exit": 0}], [{"sleep": 60}]])
async def test_an_agent_that_dies_or_hangs_over_an_old_session_is_started_anew(play, steps):
    limits = replace(LIMITS, start=timedelta(seconds=6))
    played = await play({"load": {"steps": steps}}, resume="s-old", limits=limits)
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.end.session != "s-old"
    assert [type(event) for event in played.events].count(AgentStarted) == 1


# What is heard.


async def test_every_kind_of_update_becomes_its_event(play):
    content = [{"type": "content", "content": {"type": "text", "text": "12 passed"}}]
    entries = [{"content": "first", "priority": "high", "status": "completed"}]
    script = {
        "turns": [
            [
                {"think": "hm"},
                {"update": {"sessionUpdate": "plan", "entries": entries}},
                {"call": {"toolCallId": "c1", "title": "make", "kind": "execute", "status": "in_progress"}},
                {"call_update": {"toolCallId": "c1", "status": "completed", "content": content}},
                {"update": {"sessionUpdate": "notice", "severity": "warning", "title": "slow", "description": "net"}},
                {"update": {"sessionUpdate": "current_mode_update", "currentModeId": "plan"}},
                {"update": {"sessionUpdate": "something_new", "x": 1}},
                {"say": "done"},
            ]
        ]
    }
    played = await play(script)
    assert played.of(AgentThought) == [AgentThought("hm")]
    assert played.of(PlanShown) == [PlanShown((("first", "completed"),))]
    assert played.of(ToolCalled) == [
        ToolCalled(call="c1", title="make", kind=ToolKind.EXECUTE, status="in_progress"),
        ToolCalled(call="c1", title="make", kind=ToolKind.EXECUTE, status="completed", output="12 passed"),
    ]
    assert "warning: slow: net" in played.notes
    assert "mode is now plan" in played.notes
    assert played.end.said == "done"


async def test_what_comes_before_the_session_is_heard_after_the_start(play):
    early = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "early"}}
    send = {"method": "session/update", "params": {"sessionId": "unknown yet", "update": early}}
    played = await play({"new": {"steps": [{"send": send}]}})
    assert [type(event) for event in played.events] == [AgentStarted, AgentSaid]


async def test_what_comes_after_the_answer_is_heard(play):
    played = await play({"turns": [[{"say": "a"}, {"late": {"steps": [{"sleep": 0.05}, {"say": "b"}]}}]]})
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.end.said == "ab"


async def test_a_session_that_the_agent_made_itself_thinks_but_does_not_answer(play):
    played = await play({"turns": [[{"child_says": "sub"}, {"say": "main"}]]})
    assert played.end.said == "main"
    assert played.of(AgentThought) == [AgentThought("sub")]


async def test_standard_error_is_noted_by_the_line(play):
    played = await play({"turns": [[{"stderr": "first\nsecond\n"}, {"sleep": 0.05}]]})
    assert {"first", "second"} <= {event.text for event in played.of(AgentNoted)}


async def test_twenty_megabytes_in_a_line_are_heard(play):
    text = {"type": "text", "text": "x"}
    update = {"sessionUpdate": "agent_message_chunk", "content": text}
    script = {"turns": [[{"say": "a"}, {"repeat": {"times": 1, "steps": [{"update": update}]}}]]}
    text["text"] = "y" * 20_000_000
    played = await play(script)
    assert played.end.outcome is TurnOutcome.ENDED
    assert [len(event.text) for event in played.of(AgentSaid)] == [1, 20_000_000]
    assert len(played.end.said) <= 64 * 1024


# Garbage on the wire.

GARBAGE = ["42", "null", '["a"]', '"x"', "not json", "\xff\xfe", '{"id":[1],"result":{}}', "[" * 100_000, '{"id":true}']


async def test_garbage_on_the_wire_costs_nothing_but_a_note(play):
    script = {
        "initialize": {"steps": [{"raw": line} for line in GARBAGE]},
        "turns": [[*({"raw": line} for line in GARBAGE), {"say": "still here"}]],
    }
    played = await play(script)
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.end.said == "still here"
    assert "not json" in played.notes


async def test_nothing_but_garbage_is_a_fault_of_the_protocol(play):
    played = await play({"begin": [{"raw": "Welcome!"}, {"exit": 0}]})
    assert played.end.outcome is TurnOutcome.PROTOCOL
    assert "Welcome!" in played.end.detail


async def test_an_update_of_the_wrong_shape_is_noted(play):
    bad = {"method": "session/update", "params": {"sessionId": "s", "update": "words"}}
    odd = {
        "sessionUpdate": "agent_message_chunk",
        "content": [{"type": "text", "text": "li"}, {"type": "text", "text": "st"}],
    }
    played = await play({"turns": [[{"send": bad}, {"send": {"method": "session/update"}}, {"update": odd}]]})
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.end.said == "li\nst"


async def test_an_unknown_request_is_answered_with_method_not_found(play):
    script = {"turns": [[{"request": {"method": "craft/drainMidTurnQueue", "save": "answer.json"}}, {"say": "on"}]]}
    played = await play(script)
    assert '"code": -32601' in (play.workspace / "answer.json").read_text()
    assert played.end.said == "on"


async def test_files_and_terminals_that_were_not_offered_are_refused(play):
    script = {
        "turns": [
            [{"request": {"method": "fs/write_text_file", "params": {"path": "x", "content": "y"}, "save": "a.json"}}]
        ]
    }
    await play(script)
    assert '"code": -32601' in (play.workspace / "a.json").read_text()


# How it ends.


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("end_turn", TurnOutcome.ENDED),
        ("refusal", TurnOutcome.REFUSED),
        ("max_tokens", TurnOutcome.CUT_SHORT),
        ("max_turn_requests", TurnOutcome.CUT_SHORT),
        ("cancelled", TurnOutcome.CANCELLED),
        ("paused_by_moon", TurnOutcome.ENDED),
        ({}, TurnOutcome.ENDED),
        ({"stopReason": 7}, TurnOutcome.ENDED),
    ],
)
async def test_each_stop_reason_has_its_outcome(play, reason, outcome):
    assert (await play({"turns": [[{"end": reason}]]})).end.outcome is outcome


async def test_an_answer_that_is_no_object_still_ends_the_turn(play):
    played = await play({"turns": [[{"say": "x"}, {"end": [1, 2]}]]})
    assert played.end.outcome is TurnOutcome.ENDED
    assert "without saying why" in played.notes


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ({"code": -32000, "message": "Authentication required"}, TurnOutcome.LOGGED_OUT),
        ({"code": 401, "message": "bad key"}, TurnOutcome.LOGGED_OUT),
        ({"code": -31002, "message": "rejected"}, TurnOutcome.LOGGED_OUT),
        ({"code": 429, "message": "slow down"}, TurnOutcome.THROTTLED),
        (
            {"code": -32603, "message": "Internal error", "data": {"details": "Rate limit reached"}},
            TurnOutcome.THROTTLED,
        ),
        ({"code": -32603, "message": "The monthly usage limit has been reached"}, TurnOutcome.EXHAUSTED),
        ({"code": -32603, "message": "Model x not found"}, TurnOutcome.CONFIG),
        ({"code": -32603, "message": "Internal error"}, TurnOutcome.CRASHED),
        ({"code": -32602, "message": "Invalid params"}, TurnOutcome.PROTOCOL),
        ({"code": "-32603", "message": None}, TurnOutcome.CRASHED),
        ("just words", TurnOutcome.CRASHED),
        (17, TurnOutcome.CRASHED),
    ],
)
async def test_each_error_has_its_outcome(play, error, outcome):
    assert (await play({"turns": [[{"fail": error}]]})).end.outcome is outcome


async def test_words_that_came_outside_the_protocol_explain_an_error(play):
    limited = {"method": "_kiro.dev/error/rate_limit", "params": {"message": "The request was throttled"}}
    failed = {"fail": {"code": -32603, "message": "Internal error"}}
    played = await play({"turns": [[{"send": limited}, failed]]})
    assert played.end.outcome is TurnOutcome.THROTTLED
    assert "throttled" in played.notes


async def test_an_agent_that_wants_a_token_of_the_client_is_logged_out(play):
    asks = {"request": {"method": "_kiro/auth/getAccessToken"}}
    played = await play({"turns": [[asks, {"fail": {"code": -32603, "message": "Internal error"}}]]})
    assert played.end.outcome is TurnOutcome.LOGGED_OUT


async def test_a_refusal_that_tells_of_a_fault_is_that_fault(play):
    played = await play({"turns": [[{"say": "Error: 429 Too Many Requests"}, {"end": "refusal"}]]})
    assert played.end.outcome is TurnOutcome.THROTTLED


async def test_what_an_agent_says_of_its_refusal_cannot_pass_for_the_worker_s_words(play):
    played = await play({"turns": [[{"say": "All gates are green."}, {"end": "refusal"}]]})
    assert played.end.detail == "It refused to go on, and said: All gates are green."
    assert (await play({"turns": [[{"end": "refusal"}]]})).end.detail == "It refused to go on."


async def test_an_exit_is_classified_by_its_last_words(play):
    script = {"begin": [{"stderr": "You are not logged in. Please run: kiro-cli login\n"}, {"exit": 1}]}
    played = await play(script)
    assert played.end.outcome is TurnOutcome.LOGGED_OUT
    assert "kiro-cli login" in played.end.detail


async def test_an_answer_whose_line_never_ended_counts(play):
    last = '{"jsonrpc":"2.0","id":3,"result":{"stopReason":"end_turn"}}'
    played = await play({"turns": [[{"say": "x"}, {"sh": f"printf %s '{last}'"}, {"exit": 0}]]})
    assert played.end.outcome is TurnOutcome.ENDED


async def test_an_answer_of_the_wrong_shape_is_a_fault_of_the_protocol(play):
    script = {"new": {"steps": [{"raw": '{"jsonrpc":"2.0","id":2,"result":["s-1"]}'}]}}
    played = await play(script)
    assert played.end.outcome is TurnOutcome.PROTOCOL
    assert "session/new" in played.notes


async def test_an_agent_that_asks_without_reading_the_answers_is_ended(play):
    (play.workspace / "big.txt").write_text("x" * 30_000_000)
    params = {"sessionId": "s-1", "path": str(play.workspace / "big.txt")}
    asks = [{"send": {"id": n, "method": "fs/read_text_file", "params": params}} for n in range(4)]
    script = {"turns": [[*asks, {"hang": True}]], "deaf": True}
    played = await play(script, profile={"offers_files": True})
    assert played.end.outcome is TurnOutcome.PROTOCOL
    assert "without reading" in played.end.detail


async def test_of_a_flood_of_notes_only_the_beginning_is_handed_on(play):
    played = await play({"turns": [[{"stderr": "again\n" * 5000}, {"sleep": 0.1}]]})
    assert len(played.of(AgentNoted)) == 1000
    assert "left out" in played.notes


async def test_an_exit_before_a_word_is_not_started(play):
    assert (await play({"begin": [{"exit": 0}]})).end.outcome is TurnOutcome.NOT_STARTED


async def test_a_command_that_may_not_speak_the_protocol_at_all_is_told_with_what_to_do_then(play):
    limits = replace(LIMITS, start=timedelta(seconds=0.3))
    silent = (await play({"begin": [{"sleep": 60}]}, limits=limits)).end
    ended = (await play({"begin": [{"exit": 0}]})).end
    assert "--protocol headless" in silent.detail
    assert ended.detail.count("--protocol headless") == 1
    # One that spoke does speak it.
    spoke = (await play({"new": {"steps": [{"sleep": 60}]}}, limits=limits)).end
    assert (spoke.outcome, "--protocol" in spoke.detail) == (TurnOutcome.NOT_STARTED, False)


async def test_a_program_that_a_signal_ends_before_a_word_has_crashed(play):
    # So shells and isolation tools tell of it.
    end = (await play({"begin": [{"exit": 137}]})).end
    assert end.outcome is TurnOutcome.CRASHED
    assert end.detail.startswith("The agent ended by signal 9 (SIGKILL), told as status 137 before it said anything")


async def test_an_exit_with_status_zero_in_the_turn_is_a_crash(play):
    assert (await play({"turns": [[{"say": "all done"}, {"exit": 0}]]})).end.outcome is TurnOutcome.CRASHED


async def test_the_answer_written_right_before_an_exit_counts(play):
    played = await play({"turns": [[{"say": "x"}, {"late": {"steps": [{"exit": 3}]}}]]})
    assert played.end.outcome is TurnOutcome.ENDED


async def test_an_agent_that_closes_its_output_is_noticed(play):
    script = {"turns": [[{"say": "x"}, {"close_output": True}, {"sleep": 60}]]}
    assert (await play(script)).end.outcome is TurnOutcome.CRASHED


async def test_an_agent_that_ignores_the_end_of_input_is_ended_by_signal(play):
    assert (await play({"ignores_eof": True})).end.outcome is TurnOutcome.ENDED


async def test_a_start_that_hangs_is_not_started_whichever_limit_ends_it(play):
    limits = replace(LIMITS, silence=timedelta(seconds=0.4), start=timedelta(seconds=60))
    end = (await play({"new": {"steps": [{"sleep": 60}]}}, limits=limits)).end
    assert end.outcome is TurnOutcome.NOT_STARTED
    assert end.detail.startswith("The agent took no prompt, and sent no message for 0.4 s (limits.silence")
    # Once it took one, it is silent.
    end = (await play({"turns": [[{"sleep": 60}]]}, limits=limits)).end
    assert (end.outcome, end.detail) == (TurnOutcome.SILENT, "The agent sent no message for 0.4 s.")


async def test_a_start_that_takes_too_long_is_not_started(play):
    limits = replace(LIMITS, start=timedelta(seconds=0.5))
    played = await play({"new": {"steps": [{"sleep": 60}]}}, limits=limits)
    assert played.end.outcome is TurnOutcome.NOT_STARTED
    assert "0.5 s" in played.end.detail


async def test_the_wall_may_be_nearer_than_every_other_limit(play):
    limits = TurnLimits(wall=timedelta(seconds=0.4), silence=timedelta(hours=1), start=timedelta(hours=1))
    assert (await play({"turns": [[{"hang": True}]]}, limits=limits)).end.outcome is TurnOutcome.TIMED_OUT


async def test_silence_asks_the_agent_to_cancel_first(play):
    limits = replace(LIMITS, silence=timedelta(seconds=1))
    played = await play({"turns": [[{"hang": True}]]}, limits=limits)
    assert played.end.outcome is TurnOutcome.SILENT
    assert len(played.sent("session/cancel")) == 1
    assert [message["result"] for sender, message in played.wire if sender == "agent" and "result" in message][-1] == {
        "stopReason": "cancelled"
    }


async def test_noise_and_errors_are_no_sign_of_life(play):
    limits = replace(LIMITS, silence=timedelta(seconds=1))
    noise = [{"stderr": "retrying\n"}, {"raw": "tick"}, {"sleep": 0.05}]
    played = await play({"turns": [[{"repeat": {"steps": noise}}]]}, limits=limits)
    assert played.end.outcome is TurnOutcome.SILENT


async def test_what_was_said_of_faults_is_told_with_the_silence(play):
    limits = replace(LIMITS, silence=timedelta(seconds=1))
    played = await play({"turns": [[{"stderr": "retrying in 600 s\n"}, {"hang": True}]]}, limits=limits)
    assert played.end.outcome is TurnOutcome.SILENT
    assert "retrying in 600 s" in played.end.detail


async def test_a_rejected_call_that_stays_pending_is_silence(play):
    limits = replace(LIMITS, silence=timedelta(seconds=1))
    ask = {
        "toolCall": {**CALL, "status": "pending"},
        "else": [{"call_update": {"toolCallId": "c1", "status": "pending"}}, {"hang": True}],
    }
    played = await play({"turns": [[{"call": CALL}, {"ask": ask}]]}, permit=play.reject, limits=limits)
    assert played.end.outcome is TurnOutcome.SILENT


async def test_calls_that_are_never_closed_do_not_hide_silence(play):
    limits = replace(LIMITS, silence=timedelta(seconds=1))
    script = {"turns": [[{"call": CALL}, {"say": "done with that"}, {"hang": True}]]}
    played = await play(script, profile={"quirks": Quirks(calls_stay_open=True)}, limits=limits)
    assert played.end.outcome is TurnOutcome.SILENT


async def test_a_text_after_which_no_answer_comes_ends_the_turn(play):
    mark = "Tool uses were interrupted, waiting for the next user prompt"
    script = {"turns": [[{"say": mark}, {"hang": True}]]}
    played = await play(script, profile={"quirks": Quirks(over_texts=(mark,))})
    assert played.end.outcome is TurnOutcome.REFUSED
    assert played.end.detail == f"It refused to go on, and said: {mark}"


async def test_an_agent_that_is_not_what_was_asked_for_is_stopped(play):
    send = {"method": "_kiro.dev/agent/not_found", "params": {"requestedAgent": "mine", "fallbackAgent": "default"}}
    played = await play({"turns": [[{"send": send}, {"hang": True}]]})
    assert played.end.outcome is TurnOutcome.CONFIG
    assert "mine" in played.end.detail


# Permission.


def asking(**fields):
    return {"turns": [[{"call": CALL}, {"ask": {"toolCall": {"toolCallId": "c1"}, **fields}}, {"say": "after"}]]}


async def test_a_bare_request_is_joined_with_what_was_said_before(play):
    played = await play(asking())
    assert played.asked[0].command == "make"
    assert played.asked[0].kind is ToolKind.EXECUTE
    assert played.decided == [True]


async def test_a_request_of_another_session_is_answered_too(play):
    played = await play(asking(sessionId="child"))
    assert played.decided == [True]
    assert played.end.said == "after"


def chosen(played):
    return [
        message["result"]["outcome"]
        for sender, message in played.wire
        if sender == "client" and "outcome" in (message.get("result") or {})
    ]


async def test_the_single_approval_is_chosen_by_kind_whatever_its_id(play):
    options = [
        {"optionId": "allow_once", "name": "Once", "kind": "allow_always"},
        {"id": "weird", "label": "Yes", "kind": "allow_once"},
        {"optionId": "no", "name": "No", "kind": "reject_once"},
    ]
    played = await play(asking(options=options))
    assert chosen(played) == [{"outcome": "selected", "optionId": "weird"}]


async def test_approval_for_ever_is_never_given(play):
    options = [
        {"optionId": "a", "name": "Always", "kind": "allow_always"},
        {"optionId": "n", "name": "No", "kind": "reject_once"},
    ]
    played = await play(asking(options=options))
    assert chosen(played)[0] == {"outcome": "selected", "optionId": "n"}
    assert played.decided[0] is False


@pytest.mark.parametrize(
    "options", [[], None, "none", [{"kind": "reject_once"}], [{"optionId": "a", "kind": "allow_once"}]]
)
async def test_without_an_option_to_reject_the_request_is_cancelled(play, options):
    played = await play(asking(options=options or []), permit=play.reject)
    assert chosen(played)[0] == {"outcome": "cancelled"}


async def test_a_request_with_nothing_readable_is_rejected_unasked(play):
    played = await play({"turns": [[{"ask": {"toolCall": {"toolCallId": "new"}}}, {"say": "after"}]]})
    assert played.asked == []
    assert played.of(PermissionDecided)[0].permission.rule == "agent.unreadable-request"


async def test_a_request_that_makes_no_sense_at_all_is_still_answered(play):
    script = {
        "turns": [[{"request": {"method": "session/request_permission", "params": {"toolCall": 7}}}, {"say": "on"}]]
    }
    played = await play(script)
    assert chosen(played)[0] == {"outcome": "cancelled"}
    assert played.end.said.startswith("on")


async def test_a_request_after_the_cancel_is_answered_cancelled(play):
    limits = replace(LIMITS, silence=timedelta(seconds=1))
    script = {
        "ignores_cancel": True,
        "turns": [[{"sleep": 1.6}, {"ask": {"toolCall": CALL}}, {"end": "cancelled"}]],
    }
    played = await play(script, limits=limits)
    assert played.end.outcome is TurnOutcome.SILENT
    assert chosen(played) == [{"outcome": "cancelled"}]
    assert played.asked == []


# Going on after a rejection.


async def test_a_turn_that_ends_on_a_rejection_is_told_the_reason_and_goes_on(play):
    script = {"turns": [[{"call": CALL}, {"ask": {"toolCall": CALL}}], [{"say": "another way"}]]}
    played = await play(script, permit=play.reject)
    assert played.end.outcome is TurnOutcome.ENDED
    assert played.end.kept_going == 1
    assert played.end.said == "another way"
    told = played.sent("session/prompt")[1]["prompt"][0]["text"]
    assert "make" in told
    assert "not while testing" in told


async def test_words_after_a_rejection_do_not_hide_it(play):
    turn = [{"call": CALL}, {"ask": {"toolCall": CALL}}, {"say": "[interrupted]"}, {"end": "refusal"}]
    played = await play({"turns": [turn, [{"say": "ok"}]]}, permit=play.reject)
    assert played.end.kept_going == 1


async def test_a_turn_that_goes_on_by_itself_after_a_rejection_is_left_alone(play):
    turn = [{"call": CALL}, {"ask": {"toolCall": CALL}}, {"call": {"toolCallId": "c2", "kind": "read"}}]
    played = await play({"turns": [turn]}, permit=play.reject)
    assert played.end.kept_going == 0


async def test_at_most_two_continuations_are_sent(play):
    played = await play({"turns": [[{"call": CALL}, {"ask": {"toolCall": CALL}}]]}, permit=play.reject)
    assert played.end.kept_going == 2
    assert len(played.sent("session/prompt")) == 3


# Usage.


async def test_tokens_and_money_are_read_and_only_this_turns_count(play):
    def cost(amount):
        return {
            "update": {
                "sessionUpdate": "usage_update",
                "used": 1,
                "size": 9,
                "cost": {"amount": amount, "currency": "USD"},
            }
        }

    usage = {"inputTokens": 100, "outputTokens": 7, "totalTokens": 107}
    script = {
        "load": {"steps": [cost(1.5)]},
        "turns": [[cost(1.75), {"end": {"stopReason": "end_turn", "usage": usage}}]],
    }
    played = await play(script, resume="s-old")
    assert played.end.usage == Usage(cost_usd=0.25, input_tokens=100, output_tokens=7)
    assert played.of(UsageSeen)[-1].usage == played.end.usage


async def test_credits_add_up(play):
    metadata = {"method": "_kiro.dev/metadata", "params": {"meteringUsage": [{"value": 0.5, "unit": "credit"}]}}
    metering = {"kind": "turn_completion", "meteringUsage": [{"value": 0.25, "unitPlural": "credits"}]}
    late = {"update": {"sessionUpdate": "session_info_update", "_meta": {"kiro": metering}}}
    played = await play({"turns": [[{"send": metadata}, late]]})
    assert played.end.usage == Usage(credits=0.75)


async def test_tokens_of_continued_prompts_add_up_unless_they_are_the_sessions(play):
    usage = {"_meta": {"quota": {"token_count": {"input_tokens": 10, "output_tokens": 1}}}, "stopReason": "end_turn"}
    script = {"turns": [[{"call": CALL}, {"ask": {"toolCall": CALL}}, {"end": usage}], [{"end": usage}]]}
    played = await play(script, permit=play.reject)
    assert played.end.usage.input_tokens == 20
    played = await play(script, permit=play.reject, profile={"quirks": Quirks(usage_of_session=True)})
    assert played.end.usage.input_tokens == 10


async def test_a_relative_program_is_not_looked_up_in_the_workspace(play, monkeypatch):
    trap = play.workspace / "my-agent"
    trap.write_text("#!/bin/sh\ntouch trapped\n")
    trap.chmod(0o755)
    monkeypatch.chdir(play.folder)
    agent = play.agent({})
    agent._argv = ("./my-agent",)
    turn = Turn(prompt="go", workspace=play.workspace, environment=play.environment, permit=play.allow)
    end = await agent.turn(turn, lambda _: None)
    assert end.outcome is TurnOutcome.NOT_STARTED
    assert not (play.workspace / "trapped").exists()


REJECTED = "Info: Retrying...Error: Authentication failed with the provider (HTTP 401)."


async def test_a_turn_in_which_only_a_rejected_key_was_told_of_is_no_end_like_any_other(play):
    played = await play({"turns": [[{"say": REJECTED}]]})
    assert played.end.outcome is TurnOutcome.LOGGED_OUT
    assert played.end.detail == f"It did nothing, and said: {REJECTED}"


async def test_an_agent_that_worked_may_write_of_errors(play):
    played = await play({"turns": [[{"call": CALL}, {"say": REJECTED}]]})
    assert played.end.outcome is TurnOutcome.ENDED

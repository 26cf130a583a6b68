"""Each trap that the real program was seen to have, with the outcome that it must get."""

import asyncio
from datetime import timedelta

import pytest

from kiro_worker.agent.port import (
    AgentNoted,
    AgentSaid,
    AgentStarted,
    SessionId,
    ToolCalled,
    ToolKind,
    TurnLimits,
    TurnOutcome,
    UsageSeen,
)
from kiro_worker.agent.profile import ArgumentRefused
from kiro_worker.testing import fake_kiro
from kiro_worker.testing.fake_kiro import FLAGS_2_0, FLAGS_2_10, FLAGS_2_29

FILES = {"src/a.py": "x = 1\n"}
FORMS = [pytest.param({"flags": FLAGS_2_29}, id="events"), pytest.param({"flags": FLAGS_2_10}, id="transcript")]


@pytest.mark.parametrize("form", FORMS)
async def test_a_turn_that_works_ends_with_its_text_its_files_and_its_cost(kiro, form):
    fake = kiro(files=FILES, **form)
    end = await fake.turn()
    assert (end.outcome, end.detail) == (TurnOutcome.ENDED, "")
    assert end.said.endswith("Red\nBlue\nYellow")
    assert end.usage.credits == pytest.approx(0.24)
    assert end.seconds > 0
    assert (fake.workspace / "src/a.py").read_text() == "x = 1\n"
    assert "".join(event.text for event in fake.of(AgentSaid)) == end.said
    assert fake.of(UsageSeen)[-1].usage.credits == pytest.approx(0.24)


async def test_events_tell_of_the_session_the_engine_and_each_tool(kiro):
    fake = kiro(files=FILES, checks_login=True)
    end = await fake.turn()
    assert end.session
    assert fake.of(AgentStarted) == [AgentStarted(name="kiro-headless", version="2.29.0", mode="v2")]
    called = fake.of(ToolCalled)
    assert [(one.kind, one.status) for one in called] == [(ToolKind.EDIT, "pending"), (ToolKind.EDIT, "completed")]
    assert called[0].title == "Creating src/a.py"


async def test_no_colour_and_no_mark_of_the_transcript_is_left_in_the_answer(kiro):
    fake = kiro(flags=FLAGS_2_10, say="Red\nBlue")
    end = await fake.turn()
    assert end.said == "Red\nBlue"
    assert not any("\x1b" in event.text for event in fake.events if isinstance(event, (AgentSaid, AgentNoted)))


@pytest.mark.parametrize(
    ("shown", "cost"), [("stderr", 0.24), ("stdout", 0.24), ("time", None)], ids=["stderr", "stdout", "time only"]
)
async def test_the_cost_is_read_in_each_of_its_forms_in_a_transcript(kiro, shown, cost):
    fake = kiro(flags=FLAGS_2_10, cost_shown=shown)
    end = await fake.turn()
    assert end.outcome is TurnOutcome.ENDED
    assert end.usage.credits == cost
    assert "Time:" not in end.said


async def test_the_cost_on_standard_error_is_believed_before_one_that_the_model_printed(kiro):
    fake = kiro(flags=FLAGS_2_10, say="▸ Credits: 0.01 • Time: 1s\nok")
    assert (await fake.turn()).usage.credits == 0.24


@pytest.mark.parametrize("form", FORMS)
async def test_the_prompt_goes_to_standard_input_and_never_into_the_arguments(kiro, form):
    fake = kiro(**form)
    secret = "long prompt " * 20_000
    await fake.turn(secret)
    (chat,) = fake.chats
    assert chat["stdin"] == secret + "\n"
    assert not any("long prompt" in word for word in chat["argv"])
    assert chat["cwd"] == str(fake.workspace)


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        (FLAGS_2_29, ["--v2", "--wrap", "never", "--output-format", "stream-json"]),
        (FLAGS_2_10, ["--agent-engine", "v2", "--wrap", "never"]),
        (FLAGS_2_0, ["--wrap", "never"]),
        ((), []),
    ],
    ids=["2.29", "2.10", "2.0", "1.25"],
)
async def test_each_version_gets_the_flags_that_it_lists_and_always_an_explicit_trust(kiro, flags, wanted):
    fake = kiro(flags=flags)
    assert (await fake.turn()).outcome is TurnOutcome.ENDED
    assert fake.chats[0]["argv"] == ["chat", "--no-interactive", "--trust-all-tools", *wanted]


async def test_arguments_of_a_person_come_last(kiro):
    fake = kiro({"args": ("--effort", "high"), "model": "claude-sonnet-4"})
    await fake.turn()
    assert fake.chats[0]["argv"][-4:] == ["--model", "claude-sonnet-4", "--effort", "high"]


@pytest.mark.parametrize(
    "argument", ["--trust-tools=fs_read", "-a", "--v3", "--output-format=text", "--resume", "--agent"]
)
async def test_arguments_that_undo_what_the_worker_relies_on_are_refused(kiro, argument):
    with pytest.raises(ArgumentRefused):
        kiro({"args": ("--effort", "high", argument)})


@pytest.mark.parametrize(("flags", "wanted"), [(FLAGS_2_29, ["--v3"]), (FLAGS_2_10, ["--agent-engine", "v3"])])
async def test_the_other_engine_has_a_profile_of_its_own(kiro, flags, wanted):
    fake = kiro(flags=flags, profile="kiro-v3-headless")
    await fake.turn()
    assert fake.chats[0]["argv"][3 : 3 + len(wanted)] == wanted


async def test_updates_and_telemetry_are_off(kiro):
    fake = kiro()
    await fake.turn()
    given = fake.chats[0]["environment"]
    assert given["KIRO_NO_AUTO_UPDATE"] == given["KIRO_DISABLE_TELEMETRY"] == "1"
    assert given["KIRO_API_KEY"] == "ksk_only-a-test"


async def test_its_flags_and_its_login_are_asked_for_once(kiro):
    fake = kiro(checks_login=True)
    await fake.turn()
    await fake.turn()
    calls = [call["argv"][:2] for call in fake_kiro.calls(fake.program)]
    assert [call for call in calls if call[0] != "chat"] == [["--version"], ["whoami", "--format"]]
    assert calls.count(["chat", "--help"]) == 1
    assert len(fake.chats) == 2


# Logins


@pytest.mark.parametrize("login", ["account", "key"])
async def test_a_login_is_found_by_account_and_by_key(kiro, login):
    fake = kiro(login=login)
    check = await fake.agent.check(fake.environment)
    assert (check.outcome, check.version, check.name) == (None, "2.29.0", "kiro-headless")


async def test_without_a_login_nothing_is_started_and_the_cure_is_told(kiro):
    fake = kiro(login="out")
    check = await fake.agent.check(fake.environment)
    assert check.outcome is TurnOutcome.LOGGED_OUT
    assert "kiro-cli login" in check.cure
    end = await fake.turn()
    assert end.outcome is TurnOutcome.LOGGED_OUT
    assert "kiro-cli login" in end.detail
    assert fake.chats == []


@pytest.mark.parametrize("form", FORMS)
async def test_a_rejected_key_is_logged_out_although_the_status_is_0_and_nothing_is_said(kiro, form):
    fake = kiro(login="rejected-key", **form)
    assert (await fake.agent.check(fake.environment)).outcome is None
    end = await fake.turn()
    assert end.outcome is TurnOutcome.LOGGED_OUT
    assert "Authentication failed." in end.detail
    assert end.usage.credits is None


@pytest.mark.parametrize("form", FORMS)
async def test_a_question_to_log_in_is_noticed_at_once_and_not_waited_out(kiro, form):
    fake = kiro(login="out", checks_login=False, **form)
    async with asyncio.timeout(20):
        end = await fake.turn()
    assert end.outcome is TurnOutcome.LOGGED_OUT
    assert "Confirm the following code" in end.detail


async def test_an_answer_about_logins_is_no_question_to_log_in(kiro):
    say = "I wrote the page.\nConfirm the following code in the browser is its title.\nAuthentication failed. is its error."
    for flags in (FLAGS_2_10, FLAGS_2_29):
        end = await kiro(say=say, flags=flags).turn()
        assert (end.outcome, end.said) == (TurnOutcome.ENDED, say)


# What looks like success


@pytest.mark.parametrize("form", FORMS)
async def test_refused_tools_and_an_invented_done_are_an_ended_turn_that_changed_nothing(kiro, form):
    fake = kiro(files=FILES, asks_approval=True, **form)
    end = await fake.turn()
    # `ENDED` claims nothing about the work: the empty diff is what the run judges.
    assert end.outcome is TurnOutcome.ENDED
    assert "Done!" in end.said
    assert list(fake.workspace.iterdir()) == []


async def test_refused_tools_are_noted_for_the_transcript(kiro):
    fake = kiro(files=FILES, asks_approval=True, flags=FLAGS_2_10)
    await fake.turn()
    assert any("is rejected because" in event.text for event in fake.of(AgentNoted))


@pytest.mark.parametrize("form", FORMS)
async def test_a_lonely_turn_with_status_0_is_a_crash_that_says_so(kiro, form):
    end = await kiro(deed="lonely", **form).turn()
    assert end.outcome is TurnOutcome.CRASHED
    assert "no model was asked" in end.detail


async def test_events_that_stop_in_the_middle_are_a_crash_although_the_status_is_0(kiro):
    end = await kiro(deed="cut-off").turn()
    assert end.outcome is TurnOutcome.CRASHED
    assert end.said == "I start with"


async def test_a_marker_of_interruption_followed_by_silence_ends_the_turn_at_once(kiro):
    for flags in (FLAGS_2_29, FLAGS_2_10):
        fake = kiro(deed="interrupted", flags=flags)
        async with asyncio.timeout(20):
            end = await fake.turn()
        if flags is FLAGS_2_29:
            assert end.outcome is TurnOutcome.REFUSED
            assert "interrupted" in end.said


@pytest.mark.parametrize("form", FORMS)
async def test_an_agent_that_is_not_there_is_a_fault_of_the_settings(kiro, form):
    end = await kiro({"own_agent": "mine"}, **form).turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert "no agent with name mine" in end.detail


@pytest.mark.parametrize("form", FORMS)
async def test_a_default_agent_in_the_place_of_a_missing_one_is_stopped_before_it_works(kiro, form):
    fake = kiro({"own_agent": "mine"}, version="2.26.0", **form)
    end = await fake.turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert 'agent "mine" not found, using "kiro_default"' in end.detail


async def test_an_mcp_server_that_does_not_start_is_a_fault_of_the_settings(kiro):
    end = await kiro({"args": ("--require-mcp-startup",)}, mcp_starts=False).turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert "example failed to start" in end.detail


async def test_an_argument_that_it_does_not_know_is_a_fault_of_the_settings(kiro):
    end = await kiro({"args": ("--unheard-of",)}).turn()
    assert end.outcome is TurnOutcome.CONFIG
    assert "--unheard-of" in end.detail


# Limits of the account

LIMITS = [
    ("60-minute credit limit exceeded (ThrottlingException)", TurnOutcome.EXHAUSTED),
    ("The monthly usage limit has been reached", TurnOutcome.EXHAUSTED),
    ("The request was throttled by the service", TurnOutcome.THROTTLED),
    ("Kiro rate limit reached: Request quota exceeded", TurnOutcome.THROTTLED),
    ("ModelOverloadedError: please wait", TurnOutcome.THROTTLED),
    ("InvalidModelId: no such model", TurnOutcome.CONFIG),
    ("ContextWindowOverflow", TurnOutcome.CUT_SHORT),
    ("Tool approval required but --no-interactive was specified. Use --trust-all-tools", TurnOutcome.CONFIG),
    ("the flux capacitor is empty", TurnOutcome.CRASHED),
]


@pytest.mark.parametrize(("words", "outcome"), LIMITS)
async def test_an_error_event_is_classified_by_its_words(kiro, words, outcome):
    end = await kiro(deed="run-error", say=words).turn()
    assert end.outcome is outcome
    assert words in end.detail


@pytest.mark.parametrize(("words", "outcome"), LIMITS[:4])
@pytest.mark.parametrize("status", [0, 1])
async def test_a_limit_that_stands_where_an_answer_would_is_no_answer(kiro, words, outcome, status):
    end = await kiro(deed="limit", say=words, flags=FLAGS_2_10, status=status).turn()
    assert end.outcome is outcome
    assert words in end.detail


async def test_an_answer_that_speaks_of_limits_is_an_answer_when_it_was_paid_for(kiro):
    say = "I handle: The monthly usage limit has been reached"
    assert (await kiro(say=say, flags=FLAGS_2_10).turn()).outcome is TurnOutcome.ENDED


# Sessions


async def test_a_session_is_continued_where_the_program_can(kiro):
    fake = kiro(sessions=("old",))
    end = await fake.turn(resume=SessionId("old"))
    assert (end.outcome, end.session) == (TurnOutcome.ENDED, "old")
    assert len(fake.chats) == 1


async def test_a_session_that_is_gone_is_begun_anew_and_said_so(kiro):
    fake = kiro()
    end = await fake.turn(resume=SessionId("gone"))
    assert end.outcome is TurnOutcome.ENDED
    assert [("--resume-id" in chat["argv"]) for chat in fake.chats] == [True, False]
    assert any("could not be continued" in event.text for event in fake.of(AgentNoted))


async def test_a_program_that_cannot_continue_sessions_is_not_asked_to(kiro):
    fake = kiro(flags=FLAGS_2_0)
    await fake.turn(resume=SessionId("old"))
    assert "--resume-id" not in fake.chats[0]["argv"]


# Limits of the turn


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        (TurnLimits(wall=timedelta(seconds=0.7)), TurnOutcome.TIMED_OUT),
        (TurnLimits(silence=timedelta(seconds=0.7)), TurnOutcome.SILENT),
    ],
    ids=["wall", "silence"],
)
async def test_a_turn_that_hangs_is_ended_by_its_limits(kiro, limits, outcome, form):
    fake = kiro(deed="hangs", **form)
    end = await fake.turn(limits=limits)
    assert end.outcome is outcome


@pytest.mark.parametrize("form", FORMS)
async def test_a_flood_is_ended_by_its_limit_and_little_of_it_is_kept(kiro, form):
    fake = kiro(deed="floods", **form)
    end = await fake.turn(limits=TurnLimits(output=3_000_000))
    assert end.outcome is TurnOutcome.OVER_BUDGET
    assert len(end.said) <= 64 * 1024


@pytest.mark.parametrize("form", FORMS)
async def test_a_daemon_that_holds_the_pipes_neither_delays_the_end_nor_stays(kiro, form):
    fake = kiro(deed="daemon", **form)
    async with asyncio.timeout(20):
        end = await fake.turn()
    assert end.outcome is TurnOutcome.ENDED
    assert end.usage.credits == pytest.approx(0.24)


@pytest.mark.parametrize("form", FORMS)
async def test_a_program_that_is_killed_has_crashed(kiro, form):
    end = await kiro(deed="crashes", **form).turn()
    assert end.outcome is TurnOutcome.CRASHED
    assert "signal 9" in end.detail


async def test_a_cancelled_turn_leaves_nothing_running_and_tells_nothing_more(kiro):
    fake = kiro(deed="floods")
    spoke = asyncio.Event()
    fake.hear = lambda event: (fake.events.append(event), spoke.set())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(fake.turn())
        await spoke.wait()
        task.cancel()
    heard = len(fake.events)
    await asyncio.sleep(0.1)
    assert len(fake.events) == heard


async def test_a_program_that_is_missing_has_not_started_and_the_cure_is_told(kiro):
    fake = kiro()
    fake.program.unlink()
    check = await fake.agent.check(fake.environment)
    assert check.outcome is TurnOutcome.NOT_STARTED
    assert "kiro-cli login" in check.cure
    assert (await fake.turn()).outcome is TurnOutcome.NOT_STARTED

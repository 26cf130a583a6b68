import asyncio
import time
from datetime import timedelta

import pytest

from kiro_worker.agent.port import (
    AgentSaid,
    AgentStarted,
    PermissionDecided,
    ToolKind,
    TurnLimits,
    TurnOutcome,
)
from kiro_worker.agent.profile import ProfileUnreadable, profile_for
from kiro_worker.agent.pty import PtyAgent
from kiro_worker.agent.pty.habits import ScreenUnknown

STYLES = ["lines", "edits", "draws"]
styles = pytest.mark.parametrize("style", STYLES)


@styles
async def test_a_prompt_is_typed_and_its_answer_is_heard(repl, style):
    agent = repl("--style", style)
    end = await agent.turn("make it so")
    assert (end.outcome, end.detail) == (TurnOutcome.ENDED, "")
    assert "you said: make it so" in end.said
    assert "\x1b" not in end.said
    assert "".join(event.text for event in agent.of(AgentSaid)) == end.said
    assert agent.of(AgentStarted) == [AgentStarted(name="echo")]
    assert end.seconds > 0


async def test_the_answer_of_lines_is_what_stands_between_the_echo_and_the_sign_of_the_end(repl):
    end = await repl().turn("x")
    assert end.said.strip().startswith("you said: x")
    assert "[done]" not in end.said
    assert "Model:" not in end.said


@styles
async def test_a_prompt_of_several_lines_is_one_prompt(repl, style):
    end = await repl("--style", style).turn("first line\n\tsecond line\r\nthird")
    assert end.outcome is TurnOutcome.ENDED
    words = end.said[end.said.index("you said") :].split()
    assert words[2:7] == ["first", "line", "second", "line", "third"]


@styles
async def test_a_long_prompt_arrives_whole(repl, style):
    prompt = " ".join(f"word{number}" for number in range(3000))
    end = await repl("--style", style).turn(prompt)
    assert end.outcome is TurnOutcome.ENDED
    if style != "draws":  # the drawn screen cuts long lines itself
        assert prompt in " ".join(end.said.split())


@styles
async def test_keys_inside_a_prompt_are_not_pressed(repl, style):
    agent = repl("--style", style, "--asks", "rm -rf .")
    agent.allows = False
    end = await agent.turn("be nice\x1b[201~\r\x03\x04y\r")
    assert end.outcome is TurnOutcome.ENDED
    assert len(agent.asked) == 1
    assert "left out rm -rf ." in end.said


@styles
async def test_nothing_is_typed_before_the_program_is_ready(repl, style):
    end = await repl("--style", style, "--starts", "0.4").turn("early")
    assert end.outcome is TurnOutcome.ENDED
    assert "you said: early" in end.said


@pytest.mark.parametrize("style", ["lines", "draws"])
async def test_a_question_before_the_first_prompt_is_answered_by_the_profile(repl, style):
    agent = repl("--style", style, "--trust")
    assert (await agent.turn()).outcome is TurnOutcome.ENDED
    assert agent.asked == []


@pytest.mark.parametrize("style", ["lines", "draws"])
async def test_a_sign_of_the_end_that_flashes_up_is_not_the_end(repl, style):
    agent = repl("--style", style, "--flashes", "--works", "0.3")
    end = await agent.turn("wait for it")
    assert end.outcome is TurnOutcome.ENDED
    assert "you said: wait for it" in end.said


# Permission


@styles
@pytest.mark.parametrize("allows", [True, False])
async def test_a_question_is_put_to_the_policy_and_its_answer_typed(repl, style, allows):
    agent = repl("--style", style, "--asks", "npm test")
    agent.allows = allows
    end = await agent.turn()
    assert [(one.command, one.kind, one.readable) for one in agent.asked] == [("npm test", ToolKind.EXECUTE, True)]
    assert ("ran npm test" if allows else "left out npm test") in end.said
    (decided,) = agent.of(PermissionDecided)
    assert decided.permission.allowed is allows


@pytest.mark.parametrize("style", ["lines", "draws"])
async def test_each_of_several_questions_is_answered_once(repl, style):
    agent = repl("--style", style, "--asks", "one", "--asks", "two", "--asks", "three")
    end = await agent.turn()
    assert [one.command for one in agent.asked] == ["one", "two", "three"]
    assert "ran three" in end.said


async def test_the_same_question_may_be_asked_again(repl):
    agent = repl("--asks", "one", "--asks", "one")
    end = await agent.turn()
    assert len(agent.asked) == 2
    assert end.said.count("ran one") == 2


async def test_a_question_that_names_nothing_is_rejected_without_asking_anybody(repl):
    pattern = r"^Allow(?P<command> command `.*`)?\? \[y/n\] \Z"
    agent = repl("--asks-vaguely", settings={"approval": pattern})
    end = await agent.turn()
    assert agent.asked == []
    assert "did not do it" in end.said
    (decided,) = agent.of(PermissionDecided)
    assert not decided.request.readable


@pytest.mark.parametrize("command", ["rm a…", "rm a..."])
async def test_a_command_that_is_cut_off_is_rejected(repl, command):
    agent = repl("--asks", command)
    end = await agent.turn()
    assert agent.asked == []
    assert "left out" in end.said


# Ends


@styles
async def test_a_program_that_ends_in_the_middle_has_crashed(repl, style):
    end = await repl("--style", style, "--crashes").turn()
    assert end.outcome is TurnOutcome.CRASHED
    assert "status 7" in end.detail


async def test_a_program_that_ends_before_it_is_ready_has_not_started(repl):
    end = await repl("--refuses", "it rains").turn()
    assert end.outcome is TurnOutcome.NOT_STARTED
    assert "it rains" in end.detail


async def test_what_it_says_at_the_end_tells_the_outcome(repl):
    end = await repl("--refuses", "Please log in first").turn()
    assert end.outcome is TurnOutcome.LOGGED_OUT


async def test_a_program_that_is_not_there_has_not_started(repl):
    end = await repl(command=("no-such-program",)).turn()
    assert end.outcome is TurnOutcome.NOT_STARTED
    assert "no-such-program" in end.detail


@styles
@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        (TurnLimits(wall=timedelta(seconds=0.5)), TurnOutcome.TIMED_OUT),
        (TurnLimits(silence=timedelta(seconds=1.2)), TurnOutcome.SILENT),
    ],
    ids=["wall", "silence"],
)
async def test_a_program_that_hangs_is_ended_by_its_limits(repl, style, limits, outcome):
    end = await repl("--style", style, "--hangs").turn(limits=limits)
    assert end.outcome is outcome


async def test_a_spinner_alone_is_silence(repl):
    agent = repl("--style", "draws", "--works", "30")
    end = await agent.turn(limits=TurnLimits(silence=timedelta(seconds=3)))
    assert end.outcome is TurnOutcome.SILENT
    assert "working" in end.detail


async def test_a_program_that_never_becomes_ready_is_ended_with_what_it_shows(repl):
    agent = repl("--trust", settings={"questions": []})
    end = await agent.turn(limits=TurnLimits(start=timedelta(seconds=3)))
    assert end.outcome is TurnOutcome.NOT_STARTED
    assert "Do you trust this folder?" in end.detail


@pytest.mark.parametrize("style", ["lines", "draws"])
async def test_a_flood_is_ended_by_its_limit(repl, style):
    agent = repl("--style", style, "--prints", "5000000")
    end = await agent.turn(limits=TurnLimits(output=1_000_000))
    assert end.outcome is TurnOutcome.OVER_BUDGET
    assert len(end.said) <= 64 * 1024


@pytest.mark.parametrize("style", ["lines", "draws"])
async def test_much_output_neither_hides_the_end_nor_is_it_all_kept(repl, style):
    agent = repl("--style", style, "--prints", "3000000")
    end = await agent.turn("after all")
    assert end.outcome is TurnOutcome.ENDED
    assert "you said: after all" in end.said
    assert len(end.said) <= 64 * 1024


@styles
async def test_a_daemon_that_holds_the_terminal_does_not_stay(repl, style):
    end = await repl("--style", style, "--daemon").turn()
    assert end.outcome is TurnOutcome.ENDED


async def test_a_cancelled_turn_leaves_nothing_running(repl):
    agent = repl("--hangs")
    started = asyncio.Event()
    agent.hear = lambda event: (agent.events.append(event), started.set())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(agent.turn())
        await started.wait()
        task.cancel()
    assert len(agent.events) == 1


async def test_keys_that_end_a_program_are_typed_after_the_turn(repl):
    agent = repl(settings={"quit": "\x04"})
    assert (await agent.turn()).outcome is TurnOutcome.ENDED


async def test_a_model_is_given_with_its_flag(repl):
    agent = repl(model="small", settings={"done": r"\[done\]"})
    end = await agent.turn()
    assert end.outcome is TurnOutcome.ENDED
    assert agent.of(AgentStarted) == [AgentStarted(name="echo", model="small")]


async def test_it_is_a_terminal_of_its_own_with_a_size(repl, tmp_path):
    # /dev/tty opens only for a process that has a terminal of its own.
    script = "stty size < /dev/tty; tty; echo 'ready> '; read line; echo '[done]'; sleep 5"
    agent = repl(command=("sh", "-c", script), settings={"ready": "^ready>", "columns": 132, "rows": 33})
    seen = []
    agent.hear = seen.append
    end = await agent.turn()
    assert end.outcome is TurnOutcome.ENDED
    agent = repl(
        command=("sh", "-c", f"stty size < /dev/tty > {tmp_path}/size; sleep 5"), settings={"columns": 132, "rows": 33}
    )
    await agent.turn(limits=TurnLimits(start=timedelta(seconds=2)))
    assert (tmp_path / "size").read_text().split() == ["33", "132"]


async def test_a_look_at_it_only_asks_whether_it_is_there(repl):
    agent = repl()
    assert (await agent.agent.check(agent.environment)).outcome is None
    assert agent.agent.name == "echo"
    missing = repl(command=("no-such-program",))
    assert (await missing.agent.check(missing.environment)).outcome is TurnOutcome.NOT_STARTED


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ready": "("}, "`ready` is not a pattern"),
        ({"done": 3}, "done"),
        ({"redy": "x"}, "redy"),
        ({"questions": [{"pattern": "[", "answer": ""}]}, "`questions` is not a pattern"),
    ],
)
def test_settings_that_describe_no_program_are_a_fault_of_the_profile(repl, settings, told):
    with pytest.raises(ProfileUnreadable, match=told.replace("`", "`")):
        repl(settings=settings)


def test_a_plain_command_is_told_that_its_screen_is_not_known_and_what_to_do_then(children):
    with pytest.raises(ScreenUnknown) as caught:
        PtyAgent(profile_for("./my-script --fast", "pty"), children)
    assert caught.value.message.startswith("my-script cannot be driven in a terminal")
    assert "--protocol headless" in caught.value.next_step
    assert "docs/how-to/add-an-agent.md" in caught.value.next_step


async def test_a_program_that_a_signal_ends_is_no_program_that_did_not_start(repl):
    by_signal = await repl(command=("sh", "-c", "kill -9 $$")).turn()
    assert (by_signal.outcome, by_signal.detail.strip()) == (
        TurnOutcome.CRASHED,
        "It ended by signal 9 (SIGKILL).",
    )
    # So do shells and isolation tools tell of a program within them.
    within = await repl(command=("sh", "-c", "exit 137")).turn()
    assert within.outcome is TurnOutcome.CRASHED
    assert within.detail.strip() == "It ended by signal 9 (SIGKILL), told as status 137."
    by_itself = await repl(command=("sh", "-c", "exit 1")).turn()
    assert (by_itself.outcome, by_itself.detail.strip()) == (TurnOutcome.NOT_STARTED, "It ended with status 1.")


@styles
async def test_the_end_is_noticed_soon_after_it_is_shown(repl, style, tmp_path):
    agent = repl("--style", style, "--stamp", str(tmp_path / "stamp"))
    said = []
    agent.hear = lambda event: said.append(time.monotonic()) if isinstance(event, AgentSaid) else None
    await agent.turn()
    # The figure itself is measured by benchmarks/bench_turn_end.py; here only that no poll of seconds hides in it.
    assert said[-1] - float((tmp_path / "stamp").read_text()) < 2

"""Any other command: its standard output is the answer, and what is known of no program is not assumed."""

import sys
import time
from dataclasses import replace

import pytest

from kiro_worker.agent.kiro_headless import HeadlessAgent
from kiro_worker.agent.port import AgentNoted, AgentSaid, AgentStarted, TurnOutcome
from kiro_worker.agent.profile import AgentProtocol, Profile, ProfileUnreadable, ProtocolUnknown, profile_speaking


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


async def test_the_prompt_is_read_from_standard_input_and_the_answer_from_standard_output(plain):
    agent = plain(*python("import sys; print('you said', sys.stdin.read(), end='')"))
    end = await agent.turn("write it")
    assert (end.outcome, end.said, end.detail) == (TurnOutcome.ENDED, "you said write it\n", "")
    assert [event.text for event in agent.of(AgentSaid)] == ["you said write it\n"]
    assert agent.of(AgentStarted) == [AgentStarted(name="mine")]
    assert end.usage.credits is None


async def test_a_silent_program_that_only_changes_files_is_no_fault(plain):
    agent = plain("sh", "-c", "cat > prompt.txt")
    end = await agent.turn("x")
    assert (end.outcome, end.said) == (TurnOutcome.ENDED, "")
    assert (agent.workspace / "prompt.txt").read_text() == "x\n"


async def test_an_answer_that_only_tells_of_a_rejected_key_is_no_answer(plain):
    end = await plain("echo", "Error: 401 Incorrect API key provided").turn()
    assert end.outcome is TurnOutcome.LOGGED_OUT
    assert "Incorrect API key" in end.detail


async def test_a_program_that_does_not_read_its_prompt_is_no_fault(plain):
    end = await plain("sh", "-c", "exec <&-; sleep 0.1; echo done").turn("x" * 1_000_000)
    assert (end.outcome, end.said) == (TurnOutcome.ENDED, "done\n")


async def test_a_program_that_reads_nothing_is_given_the_prompt_where_its_command_says_so(plain):
    code = "import sys; print(sys.argv[1:], repr(sys.stdin.read()))"
    end = await plain(*python(code), "--message={prompt}", "--yes").turn("a 'b' $(c) {prompt} \0\udcff")
    assert end.said == """["--message=a 'b' $(c) {prompt} ?", '--yes'] ''\n"""


async def test_a_file_of_its_home_is_named_as_in_a_shell_and_a_prompt_is_left_alone(plain):
    agent = plain("echo", "~/.mine/settings", "{prompt}")
    assert (await agent.turn("~/x")).said == f"{agent.environment['HOME']}/.mine/settings ~/x\n"


async def test_a_prompt_that_is_too_long_for_an_argument_is_no_crash_of_the_worker(plain):
    end = await plain("echo", "{prompt}").turn("x" * 1_000_000)
    assert end.outcome is TurnOutcome.NOT_STARTED
    assert "too long" in end.detail


async def test_colours_and_overwritten_lines_are_not_part_of_the_answer(plain):
    end = await plain("printf", r"\033[31mred\033[0m\n10%%\r100%%\n\033]0;title\007end").turn()
    assert end.said == "red\n100%\nend"


async def test_its_own_arguments_are_given_after_the_command(children, tmp_path, plain):
    agent = plain("echo", "a")
    agent.agent = HeadlessAgent(Profile(name="mine", command=("echo", "a")), children, args=("b",), model="m")
    assert (await agent.turn()).said == "a --model m b\n"


@pytest.mark.parametrize(
    ("command", "outcome", "told"),
    [
        ("echo no; echo 'error: invalid api key' >&2; exit 1", TurnOutcome.LOGGED_OUT, "invalid api key"),
        ("echo 'too many requests' >&2; exit 75", TurnOutcome.THROTTLED, "status 75"),
        ("echo working; exit 9", TurnOutcome.CRASHED, "status 9"),
        ("exit 9", TurnOutcome.NOT_STARTED, "status 9"),
        ("echo working; kill -9 $$", TurnOutcome.CRASHED, "signal 9"),
        # So shells and isolation tools tell of a program within them that a signal ended, after whatever it did.
        ("echo x > greet.txt; sh -c 'kill -9 $$'", TurnOutcome.CRASHED, "by signal 9 (SIGKILL), told as status 137"),
        ("echo 'please log in' >&2; exit 0", TurnOutcome.LOGGED_OUT, "please log in"),
        ("echo 'please log in' >&2; echo I did it; exit 0", TurnOutcome.ENDED, ""),
    ],
)
async def test_a_failure_is_told_by_its_status_or_its_words(plain, command, outcome, told):
    end = await plain("sh", "-c", command).turn()
    assert end.outcome is outcome
    assert told in end.detail


async def test_a_program_that_prints_empty_lines_by_the_hundred_thousand_costs_no_seconds(plain):
    began = time.process_time()
    end = await plain("sh", "-c", "yes '' | head -c 400000; echo 'Please log in'; echo done").turn()
    # Each line used to cost a look at all that had come before it: fifteen seconds.
    assert time.process_time() - began < 4
    # Words after which nothing comes are still heeded where nothing came before them.
    assert (end.outcome, end.said.strip()) == (TurnOutcome.ENDED, "Please log in\ndone")


async def test_what_it_complains_about_is_noted(plain):
    agent = plain("sh", "-c", "echo careful >&2; echo ok")
    await agent.turn()
    assert [event.text for event in agent.of(AgentNoted)] == ["careful"]


async def test_a_program_in_the_repository_is_not_found_by_a_bare_name(plain):
    agent = plain("sneaky")
    (agent.workspace / "sneaky").write_text("#!/bin/sh\necho mine\n")
    (agent.workspace / "sneaky").chmod(0o755)
    agent.environment["PATH"] = ""
    end = await agent.turn()
    assert end.outcome is TurnOutcome.NOT_STARTED


async def test_a_check_of_a_command_only_asks_whether_it_is_there(plain):
    agent = plain("sh")
    assert (await agent.agent.check(agent.environment)).outcome is None
    missing = plain("no-such-program")
    assert (await missing.agent.check(missing.environment)).outcome is TurnOutcome.NOT_STARTED
    assert missing.agent.name == "mine"


async def test_a_dialect_that_does_not_exist_is_a_fault_of_the_profile(children):
    profile = replace(Profile(name="mine", command=("x",)), settings={"dialect": "klingon"})
    with pytest.raises(ProfileUnreadable, match="klingon"):
        HeadlessAgent(profile, children)


async def test_bytes_that_are_no_text_and_no_json_are_taken_as_they_come(plain):
    end = await plain(*python(r"import sys; sys.stdout.buffer.write(b'\xff\xfe{\n{\"type\": 3}\n[1]\n{nope\n')")).turn()
    assert end.outcome is TurnOutcome.ENDED
    assert "nope" in end.said


async def test_events_of_the_protocol_are_understood_from_any_program(plain):
    lines = (
        '{"type":"runStarted","data":{"engine":"v9"}}\n'
        '{"type":"sessionUpdate","data":{"update":{"sessionUpdate":"plan","entries":[{"content":"a","status":"pending"}]}}}\n'
        '{"type":"sessionUpdate","data":{"update":7}}\n'
        '{"type":"sessionUpdate","data":{"update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"hi"}}}}\n'
        '{"type":"somethingNew","data":{}}\n'
        "noise between\n"
        '{"type":"runFinished","data":{"status":"success","stopReason":"max_tokens"}}\n'
    )
    agent = plain(*python(f"print({lines!r}, end='')"))
    end = await agent.turn()
    assert (end.outcome, end.said) == (TurnOutcome.CUT_SHORT, "hi")
    assert any(event.text == "noise between" for event in agent.of(AgentNoted))


@pytest.mark.parametrize(
    ("finish", "outcome"),
    [
        ('{"status":"failed","stopReason":"x"}', TurnOutcome.CRASHED),
        ('{"status":"success","stopReason":"refusal"}', TurnOutcome.REFUSED),
        ('{"status":"success","stopReason":"cancelled"}', TurnOutcome.CRASHED),
        ('{"status":"success","finalText":"only here"}', TurnOutcome.ENDED),
        ("{}", TurnOutcome.CRASHED),
    ],
)
async def test_the_end_that_it_announces_decides(plain, finish, outcome):
    line = f'{{"type":"runFinished","data":{finish}}}'
    end = await plain("echo", line).turn()
    assert end.outcome is outcome
    if outcome is TurnOutcome.ENDED:
        assert end.said == "only here"


@pytest.mark.parametrize(
    ("name", "protocol", "found"),
    [
        ("kiro", AgentProtocol.HEADLESS, "kiro-headless"),
        ("kiro-v3", AgentProtocol.HEADLESS, "kiro-v3-headless"),
        ("kiro-headless", AgentProtocol.HEADLESS, "kiro-headless"),
        ("gemini-cli", AgentProtocol.PTY, "gemini-tui"),
        ("opencode", AgentProtocol.ACP, "opencode"),
    ],
)
def test_an_agent_is_found_by_its_name_and_the_protocol_that_is_wanted(name, protocol, found):
    assert profile_speaking(name, protocol).name == found


def test_an_agent_that_is_not_known_to_speak_so_is_a_fault_with_a_way_out():
    with pytest.raises(ProtocolUnknown, match="codex is spoken to as acp") as fault:
        profile_speaking("codex", AgentProtocol.HEADLESS)
    assert "--protocol headless" in fault.value.next_step

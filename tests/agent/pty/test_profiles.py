"""What is read off the screens of shipped terminal agents, as they were seen."""

import re

import pytest

from kiro_worker.agent.profile import profile_named
from kiro_worker.agent.pty.conversation import _request
from kiro_worker.agent.pty.habits import habits_of

ANSWERS = "  ┃   Allow once   Allow always   Reject                 ctrl+f fullscreen  ⇆ select  enter confirm\n"


def opencode_asks(*lines: str) -> str:
    shown = "".join(f"  ┃  {line}\n" for line in lines)
    return f"  ┃  △ Permission required\n  ┃    # Shell command\n  ┃\n{shown}  ┃\n  ┃\n{ANSWERS}"


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        (("$ ls a",), "ls a"),
        (("$ ls /a/long/", "tree && curl x"), "ls /a/long/\ntree && curl x"),
        (("$ ls", "", "curl x"), "ls\ncurl x"),
        (("$ echo Allow once", "curl x"), "echo Allow once\ncurl x"),
        (("$ ls", "Allow once   Allow always", "curl x"), "ls\nAllow once   Allow always\ncurl x"),
    ],
)
def test_no_line_of_a_command_is_missed_in_opencode(lines, command):
    approval = habits_of(profile_named("opencode-tui")).approval
    found = re.search(approval, opencode_asks(*lines), re.MULTILINE)
    assert found is not None
    assert _request(found).command == command


def test_opencode_is_done_wherever_its_last_line_wraps():
    done = habits_of(profile_named("opencode-tui")).done
    for last in ("/a  110 (0%)  ctrl+p commands\n", "/a/very/  110 (0%)ctrl+p\n  long       commands\n"):
        assert re.search(done, f"     ▣  Build · scripted\n\n   {last}", re.MULTILINE)

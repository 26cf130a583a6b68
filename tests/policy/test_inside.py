import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.policy import judge_inside

ROOT = "/work/tree"


def judge(command=None, paths=(), readable=True, resolve=os.path.normpath):
    return judge_inside(readable=readable, command=command, paths=tuple(paths), root=ROOT, resolve=resolve)


@pytest.mark.parametrize("path", ["a.py", "./a/b.py", "a/../b", "/work/tree", "/work/tree/a", "", "."])
def test_a_path_inside_the_workspace_is_allowed(path):
    assert judge(paths=[path]).allowed


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "..", "../x", "a/../../x", "/work/tree2/a", "~/.ssh/id_rsa", "~root", "/work"]
)
def test_a_path_that_leaves_the_workspace_is_refused(path):
    answer = judge(paths=["a.py", path])
    assert (answer.allowed, answer.rule) == (False, "path.outside")
    assert path in answer.reason


@pytest.mark.parametrize(
    "command",
    ["cat /etc/passwd", "cp a ../b", "cat ~/.aws/credentials", "tar -C / -xf /a.tar", "echo x >/etc/hosts", "cd src/../..",
     "python -c 'open(\"/etc/passwd\")'", "cat<../x", "VAR=/root/x make", 'sh -c "cat /etc/shadow"'],
)  # fmt: skip
def test_a_command_that_names_a_path_outside_is_refused(command):
    assert not judge(command).allowed


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q",
        "npm test > /dev/null 2>&1",
        "ls src/a",
        "sed -i s/a/b/ a.py",
        "/usr/bin/env python3 a.py",
        "grep -r 'a/b' .",
    ],
)
def test_an_ordinary_command_is_allowed(command):
    assert judge(command).allowed


def test_a_request_that_cannot_be_read_is_refused():
    assert judge(readable=False).rule == "request.unreadable"


def test_a_link_is_judged_by_where_it_leads():
    assert not judge(paths=["link"], resolve=lambda path: "/etc/passwd" if path.endswith("link") else path).allowed


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=20))
def test_one_more_path_never_allows_more(paths, another):
    if not judge(paths=paths).allowed:
        assert not judge(paths=[*paths, another]).allowed

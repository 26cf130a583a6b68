import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.git import (
    BadName,
    branch_ref,
    full_ref,
    http_header,
    object_id,
    plain_url,
    remote_url,
    split_credentials,
    tree_path,
)
from kiro_worker.testing.git_remote import clean_environment

letters = st.text(st.sampled_from("ab/.@{}-~^:?*[\\ \n\x7f\x00é🎉lock"), max_size=12)


@given(letters)
@settings(deadline=None)
def test_a_branch_that_is_accepted_here_is_accepted_by_git(name):
    try:
        ref = branch_ref(name)
    except BadName:
        return
    over = subprocess.run(
        ("git", "check-ref-format", "--branch", name),
        capture_output=True,
        check=False,
        env=clean_environment(Path("/")),
    )
    assert over.returncode == 0
    assert ref == f"refs/heads/{name}"


@pytest.mark.parametrize("name", ["main", "kiro/user-auth/20261121-abc", "a.b", "ünï/x", "feature#1", "a@b", "x" * 250])
def test_ordinary_branches_are_accepted(name):
    assert branch_ref(name).endswith(name)


@pytest.mark.parametrize("name", ["-D", "--upload-pack=x", "@", "HEAD", "a\udcff", "x" * 251, "a/" * 600 + "b"])
def test_what_git_would_misread_is_no_branch(name):
    with pytest.raises(BadName) as told:
        branch_ref(name)
    assert "branch" in told.value.message


def test_a_full_ref_begins_with_refs():
    assert full_ref("refs/kiro-worker/fence/a/b") == "refs/kiro-worker/fence/a/b"
    for name in ("heads/x", "refs/x", "HEAD", "refs/heads/-/..", "refs/heads/"):
        with pytest.raises(BadName):
            full_ref(name)


def test_an_object_id_is_all_of_one():
    assert object_id("a" * 40) == "a" * 40
    assert object_id("0" * 64) == "0" * 64
    for text in ("a" * 39, "A" * 40, "HEAD", "g" * 40, "a" * 40 + "\n"):
        with pytest.raises(BadName):
            object_id(text)


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", ".git", "a/.GIT/config", "a\0b"]
)
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(BadName):
        tree_path(path)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.git",
        "http://127.0.0.1:8080/a",
        "ssh://git@example.org:22/a.git",
        "git@example.org:owner/a.git",
        "file:///srv/a.git",
        "/srv/a.git",
        "relative/a.git",
        "git://example.org/a",
    ],
)
def test_every_kind_of_address_goes_through(url):
    assert remote_url(url) == url
    assert plain_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-oProxyCommand=x",
        "--upload-pack=touch /tmp/x",
        "ext::sh -c x",
        "fd::3",
        "foo://x/y",
        "https://user:secret@example.org/a.git",
        "https://secret-token@example.org/a.git",
        "ssh://git:secret@example.org/a",
        "https://exa\nmple.org",
        "https://[broken",
    ],
)
def test_an_address_that_runs_something_or_holds_a_secret_is_refused_without_showing_it(url):
    with pytest.raises(BadName) as told:
        remote_url(url)
    assert "secret" not in "".join(told.value.lines())


def test_a_user_and_password_become_a_header_for_that_host():
    plain, secrets = split_credentials("https://x-access-token:a%2Fb@example.org:8443/o/r.git?x=1")
    assert plain == "https://example.org:8443/o/r.git?x=1"
    assert secrets["GIT_CONFIG_KEY_0"] == "http.https://example.org:8443/.extraHeader"
    assert secrets["GIT_CONFIG_VALUE_0"] == "Authorization: Basic eC1hY2Nlc3MtdG9rZW46YS9i"
    assert split_credentials("ssh://git:pw@example.org/a") == ("ssh://git@example.org/a", {})
    assert split_credentials("git@example.org:a/b") == ("git@example.org:a/b", {})


def test_a_header_is_told_by_environment_alone():
    assert http_header("https://example.org/a/b", "X: y") == {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.https://example.org/.extraHeader",
        "GIT_CONFIG_VALUE_0": "X: y",
    }


@given(st.text(max_size=60))
def test_no_text_makes_the_shown_address_fail_or_keep_a_password(text):
    plain_url(text)
    shown = plain_url(f"https://user:hunter2@host/{text}")
    assert "hunter2@" not in shown

"""That the suite would notice: each trap springs for an ordinary git, and the table is what it is said to be."""

import os
import pty
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from adversary.attack import KINDS, WEAKEST, Open, Stopped
from adversary.expedition import make
from adversary.field import HANDS
from adversary.page import acting_parts
from adversary.table import ATTACKS, EXPEDITIONS
from adversary.table.traps import ATTACKS as TRAPS
from kiro_worker.testing.adversary import At, hands_in
from kiro_worker.testing.git_remote import BareRemote

_COMMIT = ("add -A", "commit -m words")
# What an unwary worker would call.
SPRINGS = {
    "hooks": _COMMIT,
    "hooks_path": _COMMIT,
    "fsmonitor": ("status",),
    "filter_clean": ("add -A",),
    "filter_process": ("add -A",),
    "filter_in_the_tree": ("add -A",),
    "diff_external": ("diff HEAD",),
    "diff_driver": ("diff HEAD",),
    "textconv": ("add -A", "diff --cached --textconv HEAD"),
    "merge_driver": (*_COMMIT, "merge origin/other"),
    "ssh_command": ("ls-remote REMOTE",),
    "git_proxy": ("ls-remote git://nobody.invalid/x",),
    "pager": ("log",),
    "editor": ("add -A", "commit"),
    "signing_program": _COMMIT,
    "askpass": ("credential fill",),
    "credential_helper": ("credential fill",),
    "include_path": ("status",),
    "settings_of_a_worktree": ("status",),
    "settings_in_the_home": ("status",),
    "alternate_refs_command": ("fetch origin",),
    "git_replaced_by_a_file": ("status",),
    "git_replaced_by_a_link": ("status",),
    "repository_inside_with_traps": ("add vendor", "status"),
}


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """An ordinary clone in which somebody worked, and a HOME."""
    remote = BareRemote(tmp_path / "origin.git")
    remote.commit({"greet.sh": b"1\n", "other.txt": b"1\n"})
    remote.git("branch", "other", "main")
    remote.commit({"greet.sh": b"2\n", "greet.txt": b"theirs\n"}, branch="other")
    home, tree = tmp_path / "home", tmp_path / "tree"
    home.mkdir()
    subprocess.run(("git", "clone", "-q", "--reference", str(remote.path), remote.url, str(tree)), check=True)
    (tmp_path / "sprung").mkdir()
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\n: >"{tmp_path}/sprung/$1"\nexit 0\n')
    trap.chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tree)
    at = At({"facts": {"trap": str(trap), "remote": remote.url, "evil_remote": "/nowhere", "outside": "/nowhere"}})
    (tree / "greet.sh").write_text("3\n")
    (tree / "greet.txt").write_text("mine\n")
    return at


@pytest.mark.parametrize("name", SPRINGS)
def test_an_ordinary_git_springs_the_trap(clone, tmp_path, name):
    clone.attack = name
    hands_in(HANDS)[name](clone)
    for words in SPRINGS[name]:
        _git(clone.tree, tmp_path, words.replace("REMOTE", clone.facts["remote"]).split(" "))
    assert (tmp_path / "sprung" / name).exists()


def _git(tree: Path, tmp_path: Path, words: list[str]) -> None:
    """As a person calls it: with a name, a terminal, and nothing switched off."""
    own, theirs = pty.openpty()
    environment = {
        "HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], "TERM": "xterm", "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    }  # fmt: skip
    asked = b"protocol=http\nhost=example.invalid\n\n" if words[0] == "credential" else b""
    try:
        subprocess.run(
            ("git", *words),
            cwd=tree,
            env=environment,
            input=asked,
            stdout=theirs,
            stderr=theirs,
            check=False,
            timeout=20,
        )
    finally:
        os.close(theirs)
        os.close(own)


def test_every_trap_that_starts_a_program_is_shown_to_be_one():
    redirecting = {"address_replaced", "work_tree_elsewhere", "objects_from_elsewhere"}
    assert {trap.name for trap in TRAPS} - set(SPRINGS) == redirecting | {"submodule_update"}


@pytest.mark.parametrize("name", ["share", "cut_off"])
def test_without_the_limit_that_stops_it_the_attack_works(name):
    seen = make(replace(EXPEDITIONS[name], flags=(), may_not_begin=False), "none")
    try:
        for attack in ATTACKS.values():
            if attack.during == name:
                assert attack.won(seen, attack.name), attack.name
    finally:
        seen.field.close()


# The table


def test_there_are_enough_attacks_and_each_is_tried_in_its_expedition():
    assert len(ATTACKS) >= 60
    for attack in ATTACKS.values():
        tried = {name for names in EXPEDITIONS[attack.during].turns.values() for name in names}
        assert attack.name.removesuffix("_and_the_worker") in tried, attack.name
        assert tuple(attack.outcomes) == KINDS
    assert {attack.during for attack in ATTACKS.values()} == set(EXPEDITIONS)


def test_no_name_stands_for_two_attacks():
    hands = hands_in(HANDS)
    assert {name for one in EXPEDITIONS.values() for names in one.turns.values() for name in names} <= set(hands)
    defined = [
        line.removeprefix("def ").partition("(")[0]
        for path in sorted(HANDS.glob("*.py"))
        for line in path.read_text().splitlines()
        if line.startswith("def ") and not line.startswith("def _")
    ]
    assert sorted(defined) == sorted(set(defined))


def test_under_the_strongest_isolation_only_these_work():
    works = {attack.name for attack in ATTACKS.values() if isinstance(attack.outcomes["bubblewrap"], Open)}
    assert works == {
        "secret_by_tcp",
        "secret_by_dns",
        "service_on_an_abstract_socket",
        "secret_turned_round",
    }


def test_isolation_never_makes_an_attack_work():
    for attack in ATTACKS.values():
        works = [isinstance(attack.outcomes[kind], Open) for kind in KINDS]
        assert works == sorted(works, reverse=True), attack.name


def test_only_what_no_isolation_has_a_part_in_is_tried_under_one_alone():
    for attack in ATTACKS.values():
        kinds = EXPEDITIONS[attack.during].kinds
        if "bubblewrap" not in kinds:
            assert kinds == WEAKEST
            assert len(set(map(str, attack.outcomes.values()))) == 1, attack.name
            assert attack.outcomes["none"] not in {Stopped(3), Stopped(4)}, attack.name


def test_the_page_s_judge_finds_what_acts():
    page = "<html><body><p>fine <a href='https://x.org'>x</a></p>{}</body></html>"
    assert acting_parts(page.format("")) == []
    for evil in ("<script>1</script>", "<img src=x>", "<p onclick=x>", '<a href="javascript:1">', "<svg/onload=x>"):
        assert acting_parts(page.format(evil)) != []
    assert acting_parts("") == ["no page"]

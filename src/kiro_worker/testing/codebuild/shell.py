"""The shell of a build: every command is a process of its own, and finds folder and variables as the last left them."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path

# Written when the command is over, whatever it did; one that replaces the shell leaves no state, and changes none.
_SCRIPT = """trap '/usr/bin/env -0 > "{state}.env" && pwd > "{state}.cwd"' EXIT
{command}
"""
# Ends with whoever started it, and is the parent of whatever loses its own: so all of it can be found and ended.
_INIT = (
    "import ctypes, os, signal, sys; c = ctypes.CDLL(None); c.prctl(1, signal.SIGKILL); c.prctl(36, 1);"
    "os.execvp(sys.argv[1], sys.argv[1:])"
)
_LOOK = 0.01
# What only says where a shell is; it is the next one's own to say.
_OWN = frozenset({"_", "SHLVL", "PWD", "OLDPWD"})


class Cut(Enum):
    """Why a command did not come to its end."""

    STOPPED = auto()
    TIMED_OUT = auto()


class Shell:
    """One build's.

    Args:
        program: `sh` or `bash`.
        folder: for the state between commands.
        cwd: where the first command begins.
        environment: of the first command, whole.
        output: where everything that commands say goes.
        stop: set when somebody wants the build to end.
    """

    def __init__(
        self,
        program: str,
        folder: Path,
        *,
        cwd: Path,
        environment: Mapping[str, str],
        output: int,
        stop: threading.Event,
    ) -> None:
        self._program, self._state, self.cwd, self._output = program, folder / "state", cwd, output
        self.environment, self._stop = dict(environment), stop
        self._leaders: list[int] = []

    def run(self, command: str, deadline: float) -> int | Cut:
        """Run one command.

        Args:
            command: as the buildspec has it.
            deadline: on the monotonic clock; who is not over by then is killed.
        """
        script = self._state.with_suffix(".sh")
        script.write_text(_SCRIPT.format(state=self._state, command=command), encoding="utf-8")
        for name in ("env", "cwd"):
            self._state.with_suffix(f".{name}").unlink(missing_ok=True)
        process = subprocess.Popen(
            (sys.executable, "-I", "-S", "-c", _INIT, self._program, str(script)),
            cwd=self.cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
        )
        self._leaders.append(process.pid)
        cut = self._await(process, deadline)
        if cut is not None:
            end_all(process.pid)
            process.wait()
            return cut
        self._remember()
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def _await(self, process: "subprocess.Popen[bytes]", deadline: float) -> Cut | None:
        while True:
            try:
                process.wait(_LOOK)
            except subprocess.TimeoutExpired:
                if self._stop.is_set():
                    return Cut.STOPPED
                if time.monotonic() > deadline:
                    return Cut.TIMED_OUT
            else:
                return None

    def close(self) -> None:
        """What commands have left running ends with the container."""
        for leader in self._leaders:
            with contextlib.suppress(OSError):
                os.killpg(leader, signal.SIGKILL)

    def _remember(self) -> None:
        try:
            told = self._state.with_suffix(".env").read_bytes().split(b"\0")
            cwd = Path(os.fsdecode(self._state.with_suffix(".cwd").read_bytes().removesuffix(b"\n")))
        except OSError:
            return
        pairs = (os.fsdecode(each).partition("=") for each in told if each)
        self.environment = {name: value for name, _, value in pairs if name not in _OWN}
        if cwd.is_dir():
            self.cwd = cwd


def end_all(pid: int) -> None:
    """Kill a process with everything that came of it, as a container's end does: without a word before."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        # It would say of each of its own that it was killed, and go on.
        top.suspend()
        while True:
            # The first of them takes in what loses its parent, so it goes last.
            below = [each for each in top.children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE]
            if not below:
                break
            for each in below:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
            time.sleep(0.002)
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)

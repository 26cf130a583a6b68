"""Going on an expedition: one run of the worker, with an attacker for an agent."""

import contextlib
import fcntl
import json
import os
import pty
import shutil
import subprocess
import termios
import time
from dataclasses import replace

from adversary.attack import Expedition
from adversary.field import PATH, Field
from adversary.seen import Seen
from e2e.world import Ran, World

WORKER = b"""agent:
  variables: [MODEL_API_KEY]
gates:
  test_command: [sh, check.sh]
  coverage_report: lcov.info
  setup_command: none
  repair_rounds: 0
"""


def make(expedition: Expedition, kind: str) -> Seen:
    """Go on one expedition under one isolation."""
    if lacking := [name for name in expedition.needs if shutil.which(name, path=PATH) is None]:
        return Seen(None, kind, expedition, _NOTHING, skipped=f"{' and '.join(lacking)} cannot be found here")
    here = Field()
    try:
        if expedition.small_disk and not here.small_disk(expedition.small_disk):
            return Seen(here, kind, expedition, _NOTHING, skipped="no file system can be mounted here")
        seen = _gone(here, expedition, kind)
    except BaseException:
        here.close()
        raise
    here.silence()
    return seen


def _gone(here: Field, expedition: Expedition, kind: str) -> Seen:
    world = here.world
    world.environment.update({**here.variables(), **expedition.environment})
    if expedition.search_path:
        world.environment["PATH"] = f"{expedition.search_path}:{PATH}"
    site = here.site().encode() if expedition.site else b""
    base = {".kiro/worker.yaml": WORKER, **expedition.base}
    world.spec(expedition.branch, base={name: text.replace(b"@SITE@", site) for name, text in base.items()})
    if expedition.signed:
        world.call("receipt", "key", "new")
    here.neighbours()
    only = [word for task in expedition.only for word in ("--only", task)]
    words = ("--isolation", kind, *only, "--agent", here.agent(expedition), *expedition.flags)
    shown = ""
    if expedition.on_a_terminal:
        ran, shown = _from_terminal(world, words)
    elif expedition.as_people_see_it:
        ran = world.call(*world.arguments("run", *words, json_events=False)[1:])
    else:
        ran = world.run(*words)
    end = time.monotonic()
    time.sleep(expedition.watched)
    said = ran.out + ran.err
    if "isolation.missing" in said and not expedition.may_not_begin:
        return Seen(here, kind, expedition, ran, skipped=f"isolation {kind} does not work here: {said[-300:]}")
    seen = Seen(here, kind, expedition, ran, at_end=end, on_terminal=shown)
    if expedition.as_people_see_it or expedition.on_a_terminal:
        receipts = list((here.state / "runs").glob("*/events.jsonl"))
        lines = [line for path in receipts for line in path.read_text().splitlines()]
        seen.ran = replace(ran, events=tuple(json.loads(line) for line in lines))
    return seen


def _from_terminal(world: World, words: tuple[str, ...]) -> tuple[Ran, str]:
    """Start the worker from a terminal of its own, and keep what comes to stand there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        world.arguments("run", *words, json_events=False), cwd=world.folder, env=world.variables("laptop"),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no thread holds a lock of this
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # what Linux says when nobody has the other end any more
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    return Ran(status=process.wait(timeout=60), out="", err=""), shown.decode("utf-8", "replace")


_NOTHING = Ran(status=0, out="", err="")

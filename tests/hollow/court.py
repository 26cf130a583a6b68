"""Whole judgement of cases: a repository of real git, its project set up and proved as a run of the worker does it."""

import shutil
import time
from pathlib import Path

from hollow.case import Case
from hollow.judging import Said, asked_for, lay, read, search_path
from kiro_worker.clock import SystemClock
from kiro_worker.config.checks import Checks
from kiro_worker.config.settings import GateSettings, LimitSettings
from kiro_worker.gate import BaseFiles
from kiro_worker.gate.project import Project
from kiro_worker.process import Children


class Court:
    """Judges cases whole.

    Args:
        place: a folder of its own. What the tests said of each base is kept there, so that it is found out only once.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        (place / "tools").mkdir(parents=True, exist_ok=True)

    async def judge(self, case: Case) -> Said:
        """What the gates say of it; of one whose tools are not started, what is read of it."""
        if case.read_only:
            return read(case)
        folder = self._place / case.name
        try:
            return await self._judge(case, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _judge(self, case: Case, folder: Path) -> Said:
        laid = lay(case, folder)
        async with Children() as children:
            project = Project(
                GateSettings(**{"setup_command": "none", **case.base.settings, **case.settings}),
                LimitSettings(),
                children,
                SystemClock(),
                base=BaseFiles.of({path: text.encode() for path, text in case.before.items()}),
                buildspec=(),
                place=folder / "place",
                kept=self._place / "kept",
                checks=Checks(),
                worker={"PATH": search_path(case, self._place / "tools")},
                refused=(),
            )
            await project.prepare(laid.tree)
            began = time.monotonic()
            judgement = await project.prove(laid.tree, laid.change, asked_for(case))
            spent = time.monotonic() - began
        changed = [path for path, text in case.after.items() if (laid.tree / path).read_text("utf-8") != text]
        assert not changed, f"the tree is another one now: {changed}"
        return Said(results=judgement.results, seconds=spent)

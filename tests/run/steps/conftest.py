import pytest

from evidence.branches import BASE, TASKS, ticked
from kiro_worker.artifact.local import LocalArtifacts
from kiro_worker.config.settings import Config
from kiro_worker.forge.local import LocalForge
from kiro_worker.git import Git
from kiro_worker.ids import RunId
from kiro_worker.process import Children
from kiro_worker.redact import Redactor, Secret
from kiro_worker.run.journal import FILE_NAME, Journal
from kiro_worker.run.undertaking import Equipment, Isolated, Order, Undertaking
from kiro_worker.spec import read_spec
from kiro_worker.state import open_state
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.workspace import Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces
from kiro_worker.workspace.port import Claim, CommitText
from run.steps.judging import BRANCH, CODE, OLD_TEST, TEST


@pytest.fixture
async def workspaces(tmp_path):
    async with Children() as children:
        remote = BareRemote(tmp_path / "origin.git")
        base = remote.commit(
            {path: text.encode() for path, text in BASE.items()} | {"tests/test_old.py": OLD_TEST.encode()}
        )
        remote.commit({}, branch=BRANCH, onto=base)
        git = Git(children, home=tmp_path / "home", clock=HandClock(hurried=True))
        async with GitWorkspaces(git, Remote(url=remote.url), tmp_path / "state") as made:
            yield made, remote


@pytest.fixture
async def work(workspaces, tmp_path):
    """A run whose workspace has done task 1.1, with everything in hand that evidence asks for."""
    made, remote = workspaces
    tree = await made.prepare(await made.snapshot(BRANCH, None), Claim(run="r-1", fence=1))
    (tree.path / "src/rates.py").write_text(CODE)
    (tree.path / "tests/test_rates.py").write_text(TEST)
    await tree.write(TASKS, ticked(BASE[TASKS], "1.1", "1.2").encode())
    await tree.commit(CommitText(subject="1.1", trailers=(("Kiro-Spec", "rates"), ("Kiro-Task", "1.1"))))
    await tree.push()
    state = open_state(tmp_path / "forge")
    redactor, clock = Redactor([Secret("KEY", "hunter2-hunter2")]), HandClock()
    nothing = dict.fromkeys(("agent", "homes", "leases", "gates"))
    with Journal(tmp_path / FILE_NAME, clock, redactor) as journal:
        yield Undertaking(
            order=Order(run=RunId("r-1"), repository=remote.url, branch=BRANCH),
            clock=clock,
            redactor=redactor,
            secrets=(),
            journal=journal,
            transcript=None,
            artifacts=LocalArtifacts(tmp_path / "runs"),
            workspaces=made,
            look=None,
            equip=None,
            folder=tmp_path,
            border="",
            show=None,
            began=0.0,
            equipment=Equipment(
                config=Config(), forge=LocalForge(state, remote.url, clock), isolated=Isolated(kind="none"), **nothing
            ),
            spec=read_spec("rates", {"tasks.md": BASE[TASKS].encode()}),
            workspace=tree,
        )
    state.close()

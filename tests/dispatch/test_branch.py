import pytest

from e2e.world import FOLDER, REQUIREMENTS, TASKS
from kiro_worker.config.settings import SpecSettings
from kiro_worker.dispatch.branch import facts_of_branch, facts_of_spec
from kiro_worker.git import Git
from kiro_worker.process import Children
from kiro_worker.spec import read_spec
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.workspace import Remote
from kiro_worker.workspace.git_workspaces import GitWorkspaces
from kiro_worker.workspace.remote import Identity

BRANCH = "feature/greeting"
SPEC = {f"{FOLDER}/requirements.md": REQUIREMENTS, f"{FOLDER}/tasks.md": TASKS}


@pytest.fixture
def remote(tmp_path):
    remote = BareRemote(tmp_path / "origin.git")
    remote.commit({"README.md": b"# Greeter\n"})
    return remote


@pytest.fixture
async def look(remote, tmp_path):
    who = Identity(name="w", email="w@example.com")
    async with Children() as children:
        git = Git(children, home=tmp_path / "git-home", clock=HandClock(hurried=True))
        where = Remote(url=remote.url)
        async with GitWorkspaces(git, where, tmp_path / "state", author=who, committer=who) as workspaces:

            async def look(branch: str = BRANCH, **settings):
                snapshot = await workspaces.snapshot(branch, None)
                return await facts_of_branch(workspaces, snapshot, SpecSettings(**settings), branch=branch)

            yield look


async def test_a_branch_with_a_spec_that_has_open_tasks(remote, look):
    remote.commit(SPEC, branch=BRANCH, onto=remote.tip())
    facts = await look()
    assert (facts.spec, facts.open, facts.criteria) == ("greeting", 4, 3)
    assert (facts.findings, facts.dangling, facts.no_spec, facts.fault) == ((), (), "", "")
    assert facts.unreferenced == ("2",)


async def test_a_branch_that_is_not_there(look):
    assert not (await look()).branch


async def test_a_branch_without_a_spec_and_one_with_two(remote, look):
    remote.commit({"a.txt": b"a"}, branch="plain", onto=remote.tip())
    facts = await look("plain")
    assert (bool(facts.no_spec), facts.asks) == (True, False)
    other = {path.replace("greeting", "other"): content for path, content in SPEC.items()}
    remote.commit(SPEC | other, branch="two", onto=remote.tip())
    facts = await look("two")
    assert (bool(facts.no_spec), facts.asks) == (True, True)
    assert (await look("two", name="other")).spec == "other"


async def test_the_base_branch_is_nothing_to_work_on(look):
    assert (await look("main")).no_spec


def test_what_is_wrong_with_a_spec():
    tasks = b"""# Plan

- [ ] 1. Greet
  - _Requirements: 9.9_
- [ ] 1. Greet again
- [x] 2. Done
  - _Requirements: 8.8_
- [ ]* 3. Perhaps
"""
    requirements = REQUIREMENTS + b"4. Greeting politely\n"
    facts = facts_of_spec(read_spec("greeting", {"requirements.md": requirements, "tasks.md": tasks}))
    assert facts.open == 2
    assert [each.partition(" ")[0] for each in facts.findings] == ["tasks.md:5"]
    assert facts.dangling == ("1 → 9.9",)
    assert facts.unreferenced == ("1", "1#2")
    assert facts.formless == ("1.4",)

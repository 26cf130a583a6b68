"""How many git processes a run costs: at most eight, besides those of each task's commit and push."""

from collections import Counter

from kiro_worker.testing.workspace_contract import BRANCH, TASKS, TEXT
from kiro_worker.workspace import Claim


async def one_run(workspaces, leaves: int) -> None:
    snapshot = await workspaces.snapshot(BRANCH, None)
    await workspaces.read(snapshot.base, (".kiro/worker.yaml", "buildspec.yml"))
    await workspaces.read(snapshot.head, (".kiro/specs/", TASKS))
    await workspaces.history(snapshot.head, snapshot.base)
    workspace = await workspaces.prepare(snapshot, Claim(run="r-1", fence=1))
    await workspace.relation()
    for number in range(leaves):
        (workspace.path / "src/app.py").write_text(f"print({number})\n")
        assert await workspace.changes()
        await workspace.write(TASKS, b"- [x] 1. %d\n" % number)
        await workspace.commit(TEXT)
        await workspace.push()
        await workspace.changed_since(snapshot.head)
    assert await workspace.diff(snapshot.head)
    await workspace.close(keep=False)


async def test_a_run_takes_at_most_eight_git_processes_and_three_for_each_task(make, state, calls):
    # The first run on a machine makes the mirror; every other one finds it.
    await make(state).snapshot(BRANCH, None)
    calls.clear()
    await one_run(make(state), leaves=5)
    counted = Counter(call.args[0] for call in calls)
    each_task = {"add": 5, "write-tree": 5, "push": 5}
    rest = counted - Counter(each_task)
    assert sum(rest.values()) <= 8, rest
    assert counted.total() <= 8 + 3 * 5


async def test_asking_again_costs_no_process(make, state, calls):
    workspaces = make(state)
    snapshot = await workspaces.snapshot(BRANCH, None)
    await workspaces.read(snapshot.head, (TASKS,))
    calls.clear()
    for _ in range(20):
        await workspaces.read(snapshot.head, (TASKS, ".kiro/", "README.md"))
    assert calls == []

from datetime import timedelta

import pytest

from kiro_worker.testing.workspace_contract import TEXT, prepared
from orphan.conftest import age, told

DAYS = timedelta(days=1)


@pytest.fixture
def old(state):
    """Let everything of workspaces and mirrors be older than any limit."""

    def make():
        for folder in ("workspaces", "mirrors"):
            for entry in (state / folder).glob("*"):
                for part in (entry / "kiro-worker", entry):
                    if part.is_dir():
                        age(part, 90 * DAYS)

    return make


async def ended(workspace, *, push):
    """A run that committed something and kept its tree."""
    (workspace.path / "new").write_text("work\n")
    await workspace.changes()
    commit = await workspace.commit(TEXT)
    assert commit is not None
    if push:
        await workspace.push()
    await workspace.close(keep=True)


async def test_a_tree_goes_once_its_commits_are_on_a_branch(swept, workspaces, old, state):
    await ended(await prepared(workspaces), push=True)
    await workspaces.snapshot(None, None)
    old()
    result = await swept()
    assert ("workspace", "r-1") in told(result.gone)
    assert not (state / "workspaces/r-1").exists()


async def test_a_tree_with_commits_that_are_nowhere_else_stays_until_it_is_given_up(swept, workspaces, old, state):
    await ended(await prepared(workspaces), push=False)
    old()
    result = await swept()
    assert result.gone == ()
    assert ("workspace", "r-1") in told(result.spared)
    assert {"--unpushed" in orphan.spared for orphan in result.spared if orphan.kind == "workspace"} == {True}
    assert ("workspace", "r-1") in told((await swept(unpushed=True)).gone)
    assert not (state / "workspaces/r-1").exists()


async def test_a_tree_whose_mirror_is_gone_is_taken_for_the_only_copy(swept, workspaces, old, state):
    await ended(await prepared(workspaces), push=True)
    (mirror,) = (state / "mirrors").glob("*.git")
    mirror.rename(state / "elsewhere.git")
    old()
    result = await swept()
    assert (result.gone, told(result.spared)) == ((), [("workspace", "r-1")])


async def test_a_workspace_that_is_worked_in_stays_however_old_it_looks(swept, workspaces, old, state):
    workspace = await prepared(workspaces)
    old()
    result = await swept(unpushed=True, older=timedelta(hours=1))
    assert [kind for kind, _ in told(result.gone)] == []
    assert (state / "workspaces/r-1").exists()
    assert await workspace.changes() is not None
    await workspace.close(keep=False)


async def test_a_mirror_goes_when_no_run_has_asked_for_it_in_a_long_time(swept, workspaces, old, state):
    await workspaces.snapshot(None, None)
    (mirror,) = (state / "mirrors").glob("*.git")
    assert (await swept(older=DAYS)).gone == ()
    age(mirror, 90 * DAYS)
    assert (await swept()).gone == ()
    old()
    assert told((await swept()).gone) == [("mirror", mirror.name)]
    # Whoever needs it again fetches it again.
    assert (await workspaces.snapshot(None, None)).base is not None


async def test_a_mirror_that_a_kept_tree_borrows_from_stays_as_long_as_that_does(swept, workspaces, old, state):
    await ended(await prepared(workspaces), push=True)
    old()
    age(state / "workspaces/r-1", 2 * DAYS)
    assert [(kind, "tree" in orphan.spared) for orphan in (await swept()).spared for kind in [orphan.kind]] == [
        ("mirror", True)
    ]
    old()
    assert [kind for kind, _ in told((await swept(unpushed=True)).gone)] == ["mirror", "workspace"]


async def test_a_mirror_that_keeps_commits_of_a_run_that_could_not_push_stays_until_they_are_given_up(
    swept, workspaces, shop, old, state
):
    tip = (await workspaces.snapshot(None, None)).base
    (mirror,) = (state / "mirrors").glob("*.git")
    await shop.git.run(("update-ref", "refs/local/kept/r-0", str(tip)), git_dir=mirror)
    for how in ((), ("pack-refs", "--all")):
        if how:
            await shop.git.run(how, git_dir=mirror)
        old()
        result = await swept()
        assert (result.gone, told(result.spared)) == ((), [("mirror", mirror.name)])
    assert told((await swept(unpushed=True)).gone) == [("mirror", mirror.name)]

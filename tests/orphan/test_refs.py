import json
from datetime import UTC, datetime, timedelta

import pytest

from kiro_worker.clock import stamp
from kiro_worker.orphan.refs import LoneRefs
from kiro_worker.workspace.evidence import evidence_ref
from kiro_worker.workspace.fence import fence_ref

NOW = datetime.now(UTC)
LONG_AGO, LATELY = NOW - timedelta(days=100), NOW - timedelta(days=1)


@pytest.fixture
def finder(shop, remote):
    return LoneRefs(shop.git, remote.url, timedelta(days=90), shop.clock)


@pytest.fixture
def fence(remote):
    def put(branch, when):
        date = f"{int(when.timestamp())} +0000"
        content = (
            f"tree {remote.git('mktree', stdin=b'').strip()}\nauthor A <a@b> {date}\ncommitter A <a@b> {date}\n\n"
            f"Fence\n\nKiro-Fence: 7\n"
        )
        oid = remote.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=content.encode()).strip()
        remote.git("update-ref", fence_ref(branch), oid)

    return put


@pytest.fixture
def evidence(remote):
    def put(branch, content):
        oid = remote.git("hash-object", "-w", "--stdin", stdin=content).strip()
        remote.git("update-ref", evidence_ref(branch), oid)

    return put


def made_at(when):
    return json.dumps({"made_at": stamp(when)}).encode()


async def test_old_refs_beside_branches_that_are_gone_go_and_all_others_stay(finder, remote, fence, evidence):
    fence("gone", LONG_AGO)
    evidence("gone", made_at(LONG_AGO))
    evidence("gone/" + "long" * 80, made_at(LONG_AGO))
    fence("about/to/be/there", LATELY)
    evidence("merged-lately", made_at(LATELY))
    fence("main", LONG_AGO)
    evidence("main", made_at(LONG_AGO))
    found = await finder.find()
    gone = {fence_ref("gone"), evidence_ref("gone"), evidence_ref("gone/" + "long" * 80)}
    assert {orphan.what for orphan in found} == gone
    assert not any(orphan.spared for orphan in found)
    before = set(remote.refs())
    assert [await finder.remove(orphan) for orphan in found] == [True] * 3
    assert before - set(remote.refs()) == gone


@pytest.mark.parametrize("content", [b"", b"{}", b'{"made_at": 7}', b'{"made_at": "yesterday"}', b"[]", b"\xff"])
async def test_what_does_not_tell_its_age_stays(finder, remote, evidence, content):
    evidence("gone", content)
    (orphan,) = await finder.find()
    assert orphan.spared
    assert evidence_ref("gone") in remote.refs()


async def test_a_ref_that_moved_since_it_was_looked_at_stays(finder, remote, fence):
    fence("gone", LONG_AGO)
    (orphan,) = await finder.find()
    fence("gone", LATELY)
    assert not await finder.remove(orphan)
    assert fence_ref("gone") in remote.refs()


async def test_a_branch_that_came_back_keeps_its_fence(finder, remote, fence):
    fence("gone", LONG_AGO)
    (orphan,) = await finder.find()
    remote.git("branch", "gone", "main")
    assert not await finder.remove(orphan)
    assert fence_ref("gone") in remote.refs()


async def test_a_remote_that_shows_no_branch_at_all_loses_nothing(finder, remote, fence):
    fence("gone", LONG_AGO)
    for line in remote.git("for-each-ref", "--format=%(refname)", "refs/heads").split():
        remote.git("update-ref", "-d", line)
    assert await finder.find() == ()


async def test_a_remote_that_cannot_be_reached_keeps_nothing_else_from_being_swept(swept, shop, made, tmp_path):
    made("homes/r-1/file", timedelta(hours=2))
    result = await swept(remote=(shop.git, str(tmp_path / "nowhere.git")))
    assert [orphan.kind for orphan in result.gone] == ["home"]
    assert len(result.failed) == 1
    assert result.failed[0].startswith("git.")


async def test_without_being_asked_nobody_looks_at_a_remote(swept, remote, fence):
    fence("gone", LONG_AGO)
    assert (await swept()).gone == ()
    assert fence_ref("gone") in remote.refs()

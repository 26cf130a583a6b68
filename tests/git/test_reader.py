import asyncio
import os
import signal

import psutil
import pytest

from kiro_worker.git import GitFailed, GitTooSlow, OutputTooLarge
from kiro_worker.git.comparison import TreeComparison
from kiro_worker.git.conversation import Conversation
from kiro_worker.git.fault import ObjectTooLarge
from kiro_worker.git.object import empty_tree
from kiro_worker.git.reader import ObjectReader


@pytest.fixture
async def reader(git, remote):
    made = ObjectReader(git, remote.path)
    yield made
    await made.close()


def kept_process() -> psutil.Process:
    (found,) = [p for p in psutil.Process().children() if "cat-file" in p.cmdline()]
    return found


async def test_objects_are_found_by_id_and_by_ref_and_what_is_new_is_seen(reader, remote, calls):
    assert await reader.find("refs/heads/main") is None
    head = remote.commit({"a": b"1\n", "d/b": b"2"})
    found = await reader.find("refs/heads/main")
    assert (found.oid, found.kind) == (head, "commit")
    tree = await reader.tree_of(head)
    assert set(await reader.tree(tree)) == {b"a", b"d"}
    assert (await reader.entry(tree, b"d/b")).mode == 0o100644
    assert await reader.entry(tree, b"d/c") is None
    assert await reader.entry(tree, b"a/b") is None
    assert set(await reader.folder(tree, b"d")) == {b"b"}
    assert await reader.folder(tree, b"a") is None
    assert await reader.tree_of(tree) is None
    assert await reader.tree(head) == {}
    remote.git("gc", "--quiet", "--prune=now")
    assert (await reader.find(head)).oid == head
    assert len([call for call in calls if call.args[0] == "cat-file"]) == 1


async def test_an_object_that_is_too_large_is_refused_and_the_next_is_read(reader, remote):
    head = remote.commit({"big": b"x" * (17 * 1024 * 1024), "small": b"s"})
    tree = await reader.tree_of(head)
    with pytest.raises(ObjectTooLarge, match="17 MiB"):
        await reader.find((await reader.entry(tree, b"big")).oid)
    assert (await reader.find((await reader.entry(tree, b"small")).oid)).content == b"s"


async def test_many_may_ask_at_once(reader, remote):
    head = remote.commit({f"f{number}": b"%d" % number for number in range(50)})
    tree = await reader.tree(await reader.tree_of(head))
    found = await asyncio.gather(*(reader.find(entry.oid) for entry in tree.values()))
    assert sorted(int(one.content) for one in found) == list(range(50))


async def test_a_process_that_died_is_told_and_the_next_question_starts_another(reader, remote):
    head = remote.commit({"a": b"1"})
    await reader.find(head)
    process = kept_process()
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(GitFailed, match="cat-file"):
        await reader.find(head)
    assert (await reader.find(head)).oid == head


async def test_a_question_that_is_cancelled_does_not_answer_the_next_one(reader, remote):
    head = remote.commit({"a": b"1"})
    await reader.find(head)
    process = kept_process()
    process.suspend()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await reader.find(head)
    assert (await reader.find("refs/heads/none")) is None


async def test_a_process_that_does_not_answer_is_given_up(git, remote):
    remote.commit({"a": b"1"})
    conversation = Conversation(git, ("cat-file", "--batch"), git_dir=remote.path, seconds=0.2)
    with pytest.raises(GitTooSlow):
        async with conversation.ask(b"") as answer:
            await answer.readline()


async def test_more_than_2000_folders_are_read_in_bounded_memory(reader, remote):
    head = remote.commit({f"d{number}/f": b"%d" % number for number in range(2100)})
    tree = await reader.tree_of(head)
    for number in range(2100):
        assert await reader.folder(tree, b"d%d" % number)
    assert len(reader._trees) <= 2001


async def test_trees_are_compared_by_one_process(git, remote, calls):
    one = remote.commit({"a": b"1\n2\n", ":colon": b"x\n", "gone": b"g\n", "bin": b"\0"})
    two = remote.commit({"a": b"1\n3\n4\n", ":colon": b"y\n", "gone": None, "bin": b"\0\1", "new\nline": b"n\n"})
    trees = [remote.git("rev-parse", f"{commit}^{{tree}}") for commit in (one, two)]
    comparison = TreeComparison(git, remote.path, algorithm="sha1")
    told = {d.path: (d.letter, d.added, d.deleted) for d in await comparison.compare(*trees)}
    assert told == {
        b"a": ("M", 2, 1),
        b":colon": ("M", 1, 1),
        b"gone": ("D", 0, 1),
        b"bin": ("M", None, None),
        b"new\nline": ("A", 1, 0),
    }
    assert await comparison.compare(trees[0], trees[0]) == ()
    back = await comparison.compare(trees[0], empty_tree("sha1"))
    assert {d.letter for d in back} == {"D"}
    assert len(calls) == 1
    await comparison.close()


async def test_a_comparison_that_fills_the_memory_is_refused(git, remote):
    head = remote.commit({f"file-{number}": b"x" for number in range(100)})
    tree = remote.git("rev-parse", f"{head}^{{tree}}")
    comparison = TreeComparison(git, remote.path, algorithm="sha1", largest=2000)
    with pytest.raises(OutputTooLarge):
        await comparison.compare(empty_tree("sha1"), tree)
    await comparison.close()


async def test_trees_that_are_not_there_are_a_failure(git, remote):
    comparison = TreeComparison(git, remote.path, algorithm="sha1")
    with pytest.raises(GitFailed):
        await comparison.compare("1" * 40, "2" * 40)
    await comparison.close()

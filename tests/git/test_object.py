import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiro_worker.git import NotWritable
from kiro_worker.git.object import (
    FILE,
    FOLDER,
    LINK,
    PROGRAM,
    SUBMODULE,
    Entry,
    Signature,
    commit_content,
    commit_message,
    commit_parents,
    commit_tree,
    empty_tree,
    object_name,
    read_loose,
    read_tree,
    tree_content,
    write_object,
)
from kiro_worker.testing.git_remote import BareRemote

WHEN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
names = st.binary(min_size=1, max_size=8).filter(
    lambda name: b"/" not in name and b"\0" not in name and name.lower() not in {b".", b"..", b".git"}
)
entries = st.dictionaries(names, st.sampled_from([FILE, PROGRAM, LINK, FOLDER, SUBMODULE]), max_size=8)


@pytest.fixture(params=["sha1", "sha256"])
def repository(request, tmp_path) -> BareRemote:
    return BareRemote(tmp_path / "r.git", object_format=request.param)


def test_git_reads_what_is_written_here(repository):
    algorithm = repository.git("rev-parse", "--show-object-format")
    objects = repository.path / "objects"
    blob = write_object(objects, "blob", b"content\n", algorithm)
    assert blob == repository.git("hash-object", "--stdin", stdin=b"content\n")
    tree = write_object(objects, "tree", tree_content([Entry(name=b"file", mode=FILE, oid=blob)]), algorithm)
    who = Signature(name='Ada "<\n>" L', email="ada@example.org>\n", when=WHEN)
    content = commit_content(tree=tree, parents=(), author=who, committer=who, message="Subject\n\nBody\0\n\n")
    commit = write_object(objects, "commit", content, algorithm)
    assert write_object(objects, "commit", content, algorithm) == commit
    assert repository.git("fsck", "--strict", "--no-dangling") == ""
    assert repository.git("cat-file", "commit", commit).endswith("Subject\n\nBody")
    assert repository.git("log", "-1", "--format=%ae %aI", commit) == "ada@example.org 2026-11-21T09:30:00+00:00"
    assert (commit_tree(content), commit_parents(content)) == (tree, ())
    assert commit_message(content) == "Subject\n\nBody\n"
    assert read_loose(objects, commit) == content
    assert read_loose(objects, object_name("blob", b"nothing", algorithm)) is None
    assert empty_tree(algorithm) == repository.git("hash-object", "-t", "tree", "--stdin", stdin=b"")


@given(entries)
@settings(deadline=None)
def test_a_tree_comes_back_as_it_was_written(tree):
    oid = object_name("blob", b"x", "sha1")
    made = {name: Entry(name=name, mode=mode, oid=oid) for name, mode in tree.items()}
    assert {entry.name: entry for entry in read_tree(tree_content(made.values()), "sha1")} == made


@given(entries)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_git_sorts_a_tree_as_it_is_sorted_here(tmp_path_factory, tree):
    folder = tmp_path_factory.mktemp("r")
    repository = BareRemote(folder / "r.git")
    oids = {FOLDER: empty_tree("sha1"), SUBMODULE: "1" * 40}
    blob = write_object(repository.path / "objects", "blob", b"x", "sha1")
    write_object(repository.path / "objects", "tree", b"", "sha1")
    made = [Entry(name=name, mode=mode, oid=oids.get(mode, blob)) for name, mode in tree.items()]
    lines = b"".join(
        b"%06o %s %s\t%b\0"
        % (e.mode, {FOLDER: b"tree", SUBMODULE: b"commit"}.get(e.mode, b"blob"), e.oid.encode(), e.name)
        for e in made
    )
    assert repository.git("mktree", "-z", "--missing", stdin=lines) == object_name("tree", tree_content(made), "sha1")


def test_the_parents_of_a_merge_are_told_in_order():
    one, two = "1" * 40, "2" * 40
    who = Signature(name="", email="", when=WHEN)
    content = commit_content(tree="3" * 40, parents=(one, two), author=who, committer=who, message="parent 4")
    assert commit_parents(content) == (one, two)
    assert b"author unknown <> " in content


def test_an_object_that_cannot_be_written_is_named_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "objects").write_text("a file")
    with pytest.raises(NotWritable):
        write_object(tmp_path / "objects", "blob", b"x", "sha1")
    assert subprocess.run(("ls", tmp_path), capture_output=True, check=True).stdout == b"objects\n"

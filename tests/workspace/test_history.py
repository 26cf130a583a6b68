"""Commits with their lines, where there is more of them than can be looked at."""

from kiro_worker.git import Git
from kiro_worker.process import Children, Limits
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.workspace.history import read_lines


async def test_of_more_lines_than_can_be_looked_at_the_paths_are_still_told(
    children: Children, remote: BareRemote, tmp_path
):
    git = Git(children, home=tmp_path / "home", limits=Limits(kept_output=20_000))
    base = remote.tip()
    remote.commit({"a b.txt": b"line\n" * 10_000, "ä.txt": b"x\n"})
    remote.commit({"c.txt": b"x\n"})
    two, one = (await read_lines(git, remote.path, remote.tip(), base, {}))[::-1]
    assert one.files == {"a b.txt": (), "ä.txt": ()}
    assert two.files == {"c.txt": ()}
    assert (one.merge, two.commit.oid) == (False, remote.tip())

"""Publishing: a version becomes a tag of the remote, or nothing happens at all."""

import subprocess

import pytest

from kiro_worker.git.fault import GitFailed
from kiro_worker.git.program import Git
from kiro_worker.power.fault import NotPublishable, PowerRefused, TagLost
from kiro_worker.power.procure import Wish, procure
from kiro_worker.power.publish import publish
from kiro_worker.power.source.git import GitSource, Wanted
from kiro_worker.power.source.signature import plain_key
from kiro_worker.process import Children
from kiro_worker.testing.git_remote import clean_environment
from power.sample import built, put, sources, ssh_key

LOG = b"# Changelog\n\n## 1.1.0\n- Colder.\n\n## 1.0.0\n- First.\n"


class Author:
    """A clone of the remote, and who writes powers in it."""

    def __init__(self, remote, folder):
        self.remote, self.clone = remote, folder / "clone"
        self.environment = clean_environment(folder) | {"GIT_CONFIG_GLOBAL": str(folder / "own")}
        (folder / "own").write_text("[user]\nname = Author\nemail = author@example.org\n")
        remote.commit({"README.md": b"x\n"})
        self.git("clone", "-q", remote.url, str(self.clone), cwd=folder)

    def git(self, *words, cwd=None):
        over = subprocess.run(
            ["git", *words], cwd=cwd or self.clone, env=self.environment, check=True, capture_output=True, text=True
        )
        return over.stdout.strip()

    def write(self, files, *, folder=".", push=True):
        put(self.clone / folder, files)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "A version")
        if push:
            self.git("push", "-q")
        return self.clone / folder

    @property
    def tags(self):
        return [ref for ref in self.remote.refs() if ref.startswith("refs/tags/")]


@pytest.fixture
def author(remote, tmp_path):
    return Author(remote, tmp_path)


@pytest.fixture
async def own(author, tmp_path):
    async with Children() as children:
        yield Git(children, home=tmp_path / "own-home", environment=author.environment)


def power(version="1.0.0", **more):
    return built(version, **{"CHANGELOG.md": LOG}, **more)


async def test_a_power_in_a_folder_gets_a_tag_of_its_own_name(author, own):
    folder = author.write(power(), folder="powers/tea")
    done = await publish(own, folder, remote="origin", sign=False, write=True)
    assert (done.tag, done.commit, done.changes) == (
        "tea/v1.0.0",
        author.git("rev-parse", "HEAD"),
        "## 1.0.0\n- First.",
    )
    assert author.tags == ["refs/tags/tea/v1.0.0"]
    assert "## 1.0.0\n- First." in author.remote.git("cat-file", "tag", "tea/v1.0.0")


async def test_what_was_published_can_be_installed_and_its_signature_is_checked(
    author, own, signatures, store, tmp_path
):
    private, public = ssh_key(tmp_path / "keys")
    with (tmp_path / "own").open("a") as file:
        file.write(f"signingKey = {private}\n[gpg]\nformat = ssh\n")
    folder = author.write(power())
    done = await publish(own, folder, remote="origin", sign=True, write=True)
    assert (done.tag, done.signed) == ("v1.0.0", True)
    key = plain_key(public)
    source = GitSource(own, author.remote.url, wanted=Wanted(key=key), signatures=signatures, scratch=tmp_path / "s")
    found = await procure(Wish(source=author.remote.url, key=key), source, store)
    assert (found.locked.version, found.locked.signer) == ("1.0.0", key)


async def test_a_build_that_has_checked_out_no_branch_may_publish_too(author, own):
    folder = author.write(power())
    author.git("checkout", "-q", "--detach")
    author.git("config", "tag.gpgSign", "true")
    assert (await publish(own, folder, remote="origin", sign=False, write=True)).tag == "v1.0.0"


async def test_without_a_key_to_sign_with_nothing_is_published(author, own):
    folder = author.write(power())
    with pytest.raises(GitFailed, match="git tag failed"):
        await publish(own, folder, remote="origin", sign=True, write=True)
    assert author.tags == []
    assert author.git("tag") == ""


async def test_a_look_beforehand_changes_nothing(author, own):
    folder = author.write(power())
    done = await publish(own, folder, remote="origin", sign=False, write=False)
    assert done.tag == "v1.0.0"
    assert author.tags == []
    assert author.git("tag") == ""


def _twice(author, folder):
    author.remote.git("tag", "v1.0.0")
    return "has the tag v1.0.0 already"


def _stale(author, folder):
    author.write({"steering/brew.md": sources(text="Other.")["steering/brew.md"]})
    return "skills/brew/SKILL.md are not what the source makes"


def _uncommitted(author, folder):
    (folder / "notes.md").write_text("x\n")
    return "notes.md are not committed"


def _unpushed(author, folder):
    author.write({"notes.md": b"x\n"}, push=False)
    return "is not pushed"


def _unexplained(author, folder):
    author.write(power("1.2.0"))
    return "no part about 1.2.0"


def _secret(author, folder):
    author.write({"notes.md": b"ghp_" + b"a1B2" * 9 + b"\n"})
    return "credential"


def _no_remote(author, folder):
    author.git("remote", "rename", "origin", "upstream")
    return "no remote origin"


@pytest.mark.parametrize("spoil", [_twice, _stale, _uncommitted, _unpushed, _unexplained, _secret, _no_remote])
async def test_what_is_not_ready_is_not_published_and_leaves_no_tag(author, own, spoil):
    folder = author.write(power())
    told = spoil(author, folder)
    before = author.tags
    with pytest.raises(NotPublishable, match=told) as caught:
        await publish(own, folder, remote="origin", sign=False, write=True)
    assert caught.value.next_step
    assert author.tags == before
    assert author.git("tag") == ""


async def test_a_hostile_power_is_not_published(author, own):
    folder = author.write(power())
    (folder / "steering/x.md").symlink_to("/etc/passwd")
    with pytest.raises(PowerRefused):
        await publish(own, folder, remote="origin", sign=False, write=True)


async def test_a_tag_that_the_remote_refuses_is_gone_here_too(author, own):
    folder = author.write(power())
    author.remote.hook("pre-receive", "echo no tags today >&2; exit 1")
    with pytest.raises(TagLost, match="no tags today"):
        await publish(own, folder, remote="origin", sign=False, write=True)
    assert author.git("tag") == ""
    author.remote.hook("pre-receive", "")
    assert (await publish(own, folder, remote="origin", sign=False, write=True)).tag == "v1.0.0"

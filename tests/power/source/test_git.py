"""Powers in git: versions from tags, signatures of tags, and repositories that mean harm."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from kiro_worker.git.fault import GitFailed, GitUnreachable, RepositoryMissing
from kiro_worker.git.name import BadName
from kiro_worker.power.fault import (
    ContentMoved,
    NoFittingVersion,
    PowerRefused,
    SignatureUnfit,
    SourceUnfit,
)
from kiro_worker.power.model import LARGEST_FILE
from kiro_worker.power.procure import Wish, procure, restore
from kiro_worker.power.source.git import GitSource, Wanted, offers_in
from kiro_worker.power.source.signature import plain_key
from kiro_worker.testing.git_remote import clean_environment, link, program, submodule
from kiro_worker.value import replace
from power.sample import below, built, ssh_key


@pytest.fixture
def source(git, signatures, remote, tmp_path):
    def make(**wanted):
        return GitSource(
            git, remote.url, wanted=Wanted(**wanted), signatures=signatures, scratch=tmp_path / "scratch"
        )  # fmt: skip

    return make


@pytest.fixture
def gone(git, signatures, tmp_path):
    """A source that is not there."""
    return GitSource(git, str(tmp_path / "gone"), wanted=Wanted(), signatures=signatures, scratch=tmp_path)


@pytest.fixture
def other(store, tmp_path):
    """The cache of another machine."""
    return type(store)(tmp_path / "other")


def publish(remote, version, files=None, *, tag=None, **more):
    commit = remote.commit(files or built(version, f"Text of {version}.", **more))
    remote.git("tag", tag or f"v{version}", commit)
    return commit


def wish(remote, **more):
    return Wish(source=remote.url, **more)


async def test_the_newest_version_that_fits_is_brought(remote, source, store):
    for version in ("1.0.0", "1.2.0", "1.10.0", "2.0.0", "1.11.0-rc.1"):
        publish(remote, version)
    found = await procure(wish(remote, range="^1"), source(), store)
    assert (found.locked.version, found.locked.range) == ("1.10.0", "^1")
    assert found.locked.commit == remote.git("rev-parse", "v1.10.0^{commit}")
    assert b"Text of 1.10.0." in found.power.find("steering/brew.md")
    assert store.power(found.locked) == found.power


async def test_annotated_tags_lead_to_their_commits(remote, source, store):
    commit = remote.commit(built())
    remote.git("-c", "tag.gpgSign=false", "tag", "-a", "-m", "First", "v1.0.0", commit)
    assert (await procure(wish(remote), source(), store)).locked.commit == commit


async def test_a_power_among_others_has_tags_of_its_own_name(remote, source, store):
    files = below("powers/tea", built("1.0.0"))
    publish(remote, "1.0.0", files, tag="tea/v1.0.0")
    publish(remote, "9.0.0", files, tag="coffee/v9.0.0")
    publish(remote, "8.0.0", files)
    found = await procure(wish(remote, name="tea", folder="powers/tea"), source(name="tea", folder="powers/tea"), store)
    assert (found.locked.version, found.locked.folder) == ("1.0.0", "powers/tea")
    assert "powers/tea/POWER.md" not in found.locked.files


def test_without_a_name_the_only_one_with_tags_is_taken_and_else_the_plain_ones():
    def versions(*tags, name=""):
        return [str(one.version) for one in offers_in({f"refs/tags/{tag}": "a" * 40 for tag in tags}, name=name)]

    assert versions("tea/v1.0.0", "tea/v1.1.0", "v3.0.0") == ["1.1.0", "1.0.0"]
    assert versions("tea/v1.0.0", "mate/v2.0.0", "v3.0.0") == ["3.0.0"]
    assert versions("tea/v1.0.0", "mate/v2.0.0") == []
    assert versions("1.0.0", "release-2", "v1", name="tea") == ["1.0.0"]


async def test_without_version_tags_the_newest_commit_is_taken_unless_a_range_is_wanted(remote, source, store):
    commit = remote.commit(built("0.3.0"))
    found = await procure(wish(remote), source(), store)
    assert (found.locked.version, found.locked.commit) == ("0.3.0", commit)
    with pytest.raises(NoFittingVersion, match="no version tag at all"):
        await procure(wish(remote, range="^1"), source(), store)


async def test_nothing_that_fits_tells_what_there_is(remote, source, store):
    publish(remote, "1.0.0")
    with pytest.raises(NoFittingVersion, match=r"nothing that fits \^2; it has 1\.0\.0"):
        await procure(wish(remote, range="^2"), source(), store)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"steering/x.md": link("../../../../etc/passwd")}, "package.link"),
        ({"steering/run.md": program(b"x\n")}, "package.executable"),
        ({"steering/inner": submodule("a" * 40)}, "package.other"),
        ({"steering/huge.md": b"x" * (LARGEST_FILE + 1)}, "package.too-large"),
        ({"hooks/hooks.json": b"{}\n"}, "package.hook"),
        ({b"steering/a\\..\\b.md": b"x\n"}, "package.path"),
    ],
    ids=["link", "program", "submodule", "huge", "hook", "backslash"],
)
async def test_a_hostile_repository_is_refused_and_nothing_of_it_is_kept(remote, source, store, files, code):
    publish(remote, "1.0.0", built() | files)
    with pytest.raises(PowerRefused) as caught:
        await procure(wish(remote), source(), store)
    assert code in {finding.code for finding in caught.value.findings}
    assert not store._folder.exists()


async def test_what_a_forge_needs_at_the_root_is_no_part_of_the_power(remote, source, store):
    publish(remote, "1.0.0", built() | {".github/workflows/ci.yml": b"x\n", ".gitattributes": b"* filter=x\n"})
    found = await procure(wish(remote), source(), store)
    assert not [path for path in found.locked.files if path.startswith(".")]


async def test_a_tag_that_moves_between_the_look_and_the_fetch_is_told(remote, source):
    publish(remote, "1.0.0")
    (offer,) = await source().offers()
    remote.git("tag", "-f", "v1.0.0", remote.commit(built("1.0.0", "Do as I say.")))
    with pytest.raises(GitUnreachable, match="was moved while it was fetched"):
        await source().fetch(offer)


async def test_another_power_than_the_named_one_is_refused(remote, source, store):
    publish(remote, "1.0.0")
    with pytest.raises(SourceUnfit, match="called tea, not coffee"):
        await procure(wish(remote, name="coffee"), source(), store)


async def test_a_folder_that_is_not_there_is_told(remote, source, store):
    publish(remote, "1.0.0")
    with pytest.raises(SourceUnfit, match="no folder powers/tea"):
        await procure(wish(remote, folder="powers/tea"), source(folder="powers/tea"), store)


@pytest.mark.parametrize("folder", ["../x", "/x", "a/../b", ".git"])
def test_a_folder_that_leads_out_is_none(source, folder):
    with pytest.raises(BadName):
        source(folder=folder)


async def test_an_empty_repository_and_one_that_is_missing_are_told_apart(remote, source, store, gone):
    with pytest.raises(SourceUnfit, match="empty"):
        await procure(wish(remote), source(), store)
    with pytest.raises(RepositoryMissing):
        await gone.offers()


async def test_a_locked_version_comes_from_the_cache_without_asking_anybody(remote, source, store, gone):
    publish(remote, "1.0.0")
    found = await procure(wish(remote), source(), store)
    assert await restore(found.locked, wish(remote), gone, store) == found.power


async def test_a_locked_version_is_fetched_again_on_another_machine(remote, source, store, other):
    publish(remote, "1.0.0")
    found = await procure(wish(remote), source(), store)
    publish(remote, "1.1.0")
    assert await restore(found.locked, wish(remote), source(), other) == found.power
    assert other.power(found.locked) == found.power


async def test_a_tag_that_was_moved_is_not_what_is_locked(remote, source, store, other):
    publish(remote, "1.0.0")
    found = await procure(wish(remote), source(), store)
    evil = remote.commit(built("1.0.0", "Do as I say."))
    remote.git("tag", "-f", "v1.0.0", evil)
    with pytest.raises(ContentMoved, match=r"skills/brew/SKILL\.md, steering/brew\.md differ"):
        await restore(found.locked, wish(remote), source(), other)


async def test_a_locked_version_is_had_by_its_commit_though_its_tag_is_gone(remote, source, store, other):
    publish(remote, "1.0.0")
    found = await procure(wish(remote), source(), store)
    publish(remote, "1.1.0")
    remote.git("tag", "-d", "v1.0.0")
    assert await restore(found.locked, wish(remote), source(), other) == found.power


async def test_a_locked_commit_is_had_though_its_branch_went_on(remote, source, store, other):
    remote.commit(built("0.3.0"))
    found = await procure(wish(remote), source(), store)
    remote.commit(built("0.3.0", "Another."))
    assert await restore(found.locked, wish(remote), source(), other) == found.power


async def test_a_locked_commit_that_is_gone_is_a_fault_and_never_another_one(remote, source, store, other):
    remote.commit(built("0.3.0"))
    found = await procure(wish(remote), source(), store)
    gone_ = replace(found.locked, commit="a" * 40)
    with pytest.raises(GitFailed):
        await restore(gone_, wish(remote), source(), other)
    assert other.power(found.locked) is None


async def test_a_power_without_a_version_is_locked_by_its_commit(remote, source, store):
    files = {path: content for path, content in built().items() if path not in {"plugin.json", "power.yaml"}}
    commit = remote.commit(files | {"POWER.md": files["POWER.md"].replace(b'version: "1.0.0"\n', b"")})
    assert (await procure(wish(remote), source(), store)).locked.version == f"0.0.0+{commit[:12]}"


async def test_what_no_key_signed_does_not_come_from_the_cache_once_a_key_is_pinned(remote, source, store, tmp_path):
    publish(remote, "1.0.0")
    found = await procure(wish(remote), source(), store)
    key = plain_key(ssh_key(tmp_path / "keys")[1])
    with pytest.raises(SignatureUnfit):
        await restore(found.locked, wish(remote, key=key), source(key=key), store)


# Signatures


@pytest.fixture
def sign(remote, tmp_path):
    """Make a version with a signed tag; returns the public key."""

    def make(version, *, key="key", name=None):
        private = tmp_path / "keys" / key
        public = (
            private.with_suffix(".pub").read_text().strip() if private.exists() else ssh_key(tmp_path / "keys", key)[1]
        )
        commit = remote.commit(built(version, f"Text of {version}."))
        settings = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={private}")
        remote.git(*settings, "tag", "-s", "-m", version, name or f"v{version}", commit)
        return plain_key(public)

    return make


async def test_a_version_that_the_pinned_key_signed_is_taken(remote, source, store, sign):
    key = sign("1.0.0")
    found = await procure(wish(remote, key=key), source(key=key), store)
    assert found.locked.signer == key


async def test_a_version_of_another_key_is_refused(remote, source, store, sign, tmp_path):
    sign("1.0.0")
    other = plain_key(ssh_key(tmp_path / "keys", "other")[1])
    with pytest.raises(SignatureUnfit):
        await procure(wish(remote, key=other), source(key=other), store)
    assert not store._folder.exists()


@pytest.mark.parametrize("annotated", [True, False])
async def test_a_version_without_signature_is_refused(remote, source, store, tmp_path, annotated):
    commit = remote.commit(built())
    remote.git("tag", *(("-a", "-m", "x") if annotated else ()), "v1.0.0", commit)
    key = plain_key(ssh_key(tmp_path / "keys")[1])
    with pytest.raises(SignatureUnfit):
        await procure(wish(remote, key=key), source(key=key), store)


async def test_a_branch_cannot_be_signed(remote, source, store, tmp_path):
    remote.commit(built())
    key = plain_key(ssh_key(tmp_path / "keys")[1])
    with pytest.raises(SignatureUnfit, match="only those can be signed"):
        await procure(wish(remote, key=key), source(key=key), store)


async def test_an_old_signed_tag_in_the_place_of_a_newer_one_is_refused(remote, source, store, sign):
    key = sign("1.0.0")
    remote.git("update-ref", "refs/tags/v9.0.0", remote.git("rev-parse", "refs/tags/v1.0.0"))
    with pytest.raises(SignatureUnfit, match="signed as another one"):
        await procure(wish(remote, key=key), source(key=key), store)


async def test_a_tag_that_was_changed_after_it_was_signed_is_refused(remote, source, store, sign):
    key = sign("1.0.0")
    evil = remote.commit(built("1.0.0", "Do as I say."))
    tag = remote.git("cat-file", "tag", "v1.0.0")
    old = remote.git("rev-parse", "v1.0.0^{commit}")
    forged = remote.git("hash-object", "-t", "tag", "-w", "--stdin", stdin=tag.replace(old, evil).encode() + b"\n")
    remote.git("update-ref", "refs/tags/v1.0.0", forged)
    with pytest.raises(SignatureUnfit):
        await procure(wish(remote, key=key), source(key=key), store)


@pytest.fixture
def keyring(remote, signatures, tmp_path):
    """A keyring of OpenPGP with one key, which signed version 1.0.0; the key's fingerprint."""
    # A path of a socket may only have some hundred letters.
    home = Path(tempfile.mkdtemp(prefix="g-"))
    surroundings = clean_environment(tmp_path) | {"GNUPGHOME": str(home)}

    def told(*words, cwd=tmp_path):
        return subprocess.run(words, cwd=cwd, env=surroundings, check=True, capture_output=True, text=True).stdout

    try:
        told("gpg", "--batch", "--passphrase", "", "--quick-gen-key", "a@example.org", "ed25519", "sign", "never")
        listed = told("gpg", "--list-keys", "--with-colons").splitlines()
        key = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
        commit = remote.commit(built())
        told("git", "-c", f"user.signingKey={key}", "tag", "-s", "-m", "x", "v1.0.0", commit, cwd=remote.path)
        signatures._own = surroundings
        yield key
    finally:
        told("gpgconf", "--kill", "all")
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not on this machine")
async def test_an_openpgp_key_is_known_by_its_fingerprint(remote, source, store, keyring):
    found = await procure(wish(remote, key=keyring), source(key=keyring), store)
    assert found.locked.signer == keyring
    with pytest.raises(SignatureUnfit):
        await procure(wish(remote, key="0" * 40), source(key="0" * 40), store)


@pytest.mark.parametrize("text", ["", "secret", "ssh-ed25519", "ssh-ed25519 !!", "0" * 39])
def test_what_is_no_key_is_none(text):
    assert plain_key(text) == ""

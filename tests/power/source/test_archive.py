"""Archives, folders and buckets: what is in them comes back as values, and nothing is unpacked."""

import gzip
import io
import os
import subprocess
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.power.fault import NoFittingVersion, PowerRefused, SignatureUnfit, SourceUnfit
from kiro_worker.power.model import LARGEST_FILE, MOST_BYTES, MOST_FILES, Entry, Kind
from kiro_worker.power.procure import Wish, procure
from kiro_worker.power.source.address import read_address
from kiro_worker.power.source.archive import LARGEST_ARCHIVE, ArchiveSource, read_archive
from kiro_worker.power.source.folder import FolderSource, _read
from kiro_worker.power.source.objects import ObjectSource
from kiro_worker.power.source.signature import plain_key
from kiro_worker.power.validate import judge
from kiro_worker.testing.folder_objects import FolderObjects
from power.sample import below, built, put, ssh_key


def zipped(files, modes=None):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            info = zipfile.ZipInfo(path)
            # The library would put another name there by itself.
            info.filename = path
            info.external_attr = (modes or {}).get(path, 0o100644) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def tarred(files, strange=()):
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in strange:
            archive.addfile(info)
    return whole.getvalue()


def special(path, kind, target=""):
    info = tarfile.TarInfo(path)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture
def archive(tmp_path, signatures):
    def make(whole, *, name="tea.zip", key="", folder=""):
        path = tmp_path / name
        path.write_bytes(whole)
        return ArchiveSource(path, folder=folder, source=name, signatures=signatures, key=key)

    return make


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("around", ["", "tea-1.2.0/", "tea/"])
async def test_a_power_is_read_from_an_archive_with_or_without_a_folder_around_it(archive, store, pack, around):
    files = {f"{around}{path}": content for path, content in built("1.2.0").items()}
    found = await procure(Wish(source="tea.zip", range="^1"), archive(pack(files)), store)
    assert (found.locked.version, found.findings) == ("1.2.0", ())
    assert {path: found.power.find(path) for path in found.locked.files} == built("1.2.0")


async def test_a_power_may_lie_in_a_folder_of_the_archive(archive, store):
    files = below("all-1.0/powers/tea", built()) | {"all-1.0/README.md": b"x\n"}
    wish = Wish(source="tea.zip", folder="powers/tea")
    found = await procure(wish, archive(zipped(files), folder="powers/tea"), store)
    assert found.findings == ()
    with pytest.raises(SourceUnfit, match="no folder powers/coffee"):
        await procure(wish, archive(zipped(files), folder="powers/coffee"), store)


async def test_a_version_that_does_not_fit_is_not_taken(archive, store):
    with pytest.raises(NoFittingVersion, match=r"it has 1\.0\.0"):
        await procure(Wish(source="tea.zip", range="^2"), archive(zipped(built())), store)


@pytest.mark.parametrize(
    "path",
    [
        "../../evil.md",
        "/etc/evil",
        "steering/../../evil.md",
        "C:\\evil.md",
        "steering\\..\\..\\evil.md",
        ".kiro/hooks/a.kiro.hook",
    ],
)
@pytest.mark.parametrize("pack", [zipped, tarred])
async def test_a_path_that_leads_out_refuses_the_archive_and_writes_nothing(archive, store, tmp_path, pack, path):
    source = archive(pack(built() | {path: b"x\n"}))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PowerRefused) as caught:
        await procure(Wish(source="tea.zip"), source, store)
    assert {finding.code for finding in caught.value.findings} & {"package.path", "package.hook"}
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("strange", "code"),
    [
        (special("steering/x.md", tarfile.SYMTYPE, "/etc/passwd"), "package.link"),
        (special("steering/x.md", tarfile.LNKTYPE, "POWER.md"), "package.link"),
        (special("steering/x.md", tarfile.FIFOTYPE), "package.other"),
        (special("steering/x.md", tarfile.CHRTYPE), "package.other"),
    ],
    ids=["symbolic", "hard", "pipe", "device"],
)
async def test_what_is_no_plain_file_in_a_tar_refuses_it(archive, store, strange, code):
    with pytest.raises(PowerRefused, match=code):
        await procure(Wish(source="tea.zip"), archive(tarred(built(), [strange])), store)


@pytest.mark.parametrize(
    ("mode", "code"), [(0o120777, "package.link"), (0o010644, "package.other"), (0o100755, "package.executable")]
)
async def test_what_is_no_plain_file_in_a_zip_refuses_it(archive, store, mode, code):
    whole = zipped(built() | {"steering/x.md": b"/etc/passwd"}, {"steering/x.md": mode})
    with pytest.raises(PowerRefused, match=code):
        await procure(Wish(source="tea.zip"), archive(whole), store)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_that_grows_is_read_to_the_limit_and_no_further(pack):
    bomb = {f"{number}.md": b"\0" * LARGEST_FILE for number in range(MOST_BYTES // LARGEST_FILE + 4)}
    entries, _ = read_archive(pack(bomb), source="bomb")
    assert len(entries) == MOST_BYTES // LARGEST_FILE + 1
    big, _ = read_archive(pack({"a.md": b"\0" * (40 * LARGEST_FILE)}), source="bomb")
    assert [each.content for each in big] == [None]
    many, _ = read_archive(pack({f"{number}": b"" for number in range(MOST_FILES + 50)}), source="bomb")
    assert len(many) == MOST_FILES + 1


NO_ARCHIVE = {
    "nothing": b"",
    "no zip": b"PK\x03\x04nonsense",
    "no gzip": b"\x1f\x8bnonsense",
    "text": b"text\n",
    "half a zip": zipped(built())[:200],
    "half a tar": tarred(built())[:100],
}


# By name: their bytes hold the time, and so would differ between the processes that run the tests.
@pytest.mark.parametrize("name", NO_ARCHIVE)
def test_what_is_no_archive_is_told(name):
    with pytest.raises(SourceUnfit, match="no archive that can be read"):
        read_archive(NO_ARCHIVE[name], source="x")


def test_a_tar_that_grows_beyond_all_bounds_is_given_up():
    bomb = gzip.compress(b"\0" * (80 * 1024 * 1024), 1)
    with pytest.raises(SourceUnfit, match="grows to more than 64 MiB"):
        read_archive(bomb, source="bomb")


def test_a_zip_with_a_host_of_entries_is_given_up_before_they_are_made():
    whole = zipped({"a": b""})
    at = whole.index(b"PK\x01\x02")
    with pytest.raises(SourceUnfit, match="more entries"):
        read_archive(whole[:at] + whole[at : at + 47] * 20_000 + whole[at:], source="bomb")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_in_a_way_that_has_no_limit_is_not_read(method):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        archive.writestr("POWER.md", b"x\n" * 1000)
    (each,), _ = read_archive(whole.getvalue(), source="x")
    assert (each.kind, each.content) == ("other", None)


SOUND = {"zip": zipped(built()), "tar": tarred(built())}


@given(
    st.sampled_from(sorted(SOUND)),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), min_size=1, max_size=6),
)
@settings(max_examples=150)
def test_whatever_somebody_makes_of_an_archive_is_a_value_or_a_fault_with_a_name(kind, changes):
    whole = bytearray(SOUND[kind])
    for at, content in changes:
        place = at % len(whole)
        whole[place : place + len(content)] = content
    try:
        entries_, _ = read_archive(bytes(whole), source="x")
    except SourceUnfit:
        return
    judge(entries_)


async def test_a_file_that_is_missing_or_too_large_is_told(archive, tmp_path, signatures):
    gone = ArchiveSource(tmp_path / "gone.zip", folder="", source="gone.zip", signatures=signatures, key="")
    with pytest.raises(SourceUnfit, match="No such file"):
        await gone.offers()
    source = archive(b"")
    os.truncate(tmp_path / "tea.zip", LARGEST_ARCHIVE + 1)
    with pytest.raises(SourceUnfit, match="more than 16 MiB"):
        await source.offers()


# Signatures of archives


def signed(path, private, namespace="kiro-worker-power"):
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", str(private), "-n", namespace, str(path)],
        check=True,
        capture_output=True,
    )


async def test_an_archive_that_the_pinned_key_signed_is_taken(archive, store, tmp_path):
    private, public = ssh_key(tmp_path / "keys")
    source = archive(zipped(built()), key=plain_key(public))
    signed(tmp_path / "tea.zip", private)
    assert (await procure(Wish(source="tea.zip"), source, store)).locked.signer == plain_key(public)


@pytest.mark.parametrize("wrong", ["no signature", "another key", "another purpose", "changed since", "openpgp"])
async def test_an_archive_that_the_pinned_key_did_not_sign_is_refused(archive, store, tmp_path, wrong):
    private, public = ssh_key(tmp_path / "keys")
    other, _ = ssh_key(tmp_path / "keys", "other")
    source = archive(zipped(built()), key="0" * 40 if wrong == "openpgp" else plain_key(public))
    if wrong != "no signature":
        key = other if wrong == "another key" else private
        signed(tmp_path / "tea.zip", key, "git" if wrong == "another purpose" else "kiro-worker-power")
    if wrong == "changed since":
        (tmp_path / "tea.zip").write_bytes(zipped(built(text="Do as I say.")))
    with pytest.raises(SignatureUnfit):
        await procure(Wish(source="tea.zip"), source, store)


# Folders


async def test_a_power_is_read_from_a_folder(tmp_path, store):
    folder = put(tmp_path / "tea", built("1.2.0") | {".git/config": b"x\n"})
    found = await procure(Wish(source="tea", range="^1"), FolderSource(folder, source="tea"), store)
    assert (found.locked.version, found.locked.commit, found.findings) == ("1.2.0", "", ())
    assert set(found.locked.files) == set(built())


def _link(folder):
    (folder / "steering" / "x.md").symlink_to("/etc/passwd")
    return "package.link"


def _linked_folder(folder):
    (folder / "skills" / "etc").symlink_to("/etc")
    return "package.link"


def _pipe(folder):
    os.mkfifo(folder / "steering" / "x.md")
    return "package.other"


def _program(folder):
    (folder / "steering" / "brew.md").chmod(0o755)
    return "package.executable"


def _huge(folder):
    os.truncate(folder / "steering" / "brew.md", 10**10)
    return "package.too-large"


@pytest.mark.parametrize("spoil", [_link, _linked_folder, _pipe, _program, _huge])
async def test_a_hostile_folder_is_refused(tmp_path, store, spoil):
    code = spoil(put(tmp_path / "tea", built()))
    with pytest.raises(PowerRefused, match=code):
        await procure(Wish(source="tea"), FolderSource(tmp_path / "tea", source="tea"), store)


@pytest.mark.parametrize("path", ["steering/brew.md", "steering"])
def test_what_becomes_a_link_while_a_folder_is_read_is_not_followed(tmp_path, path):
    folder = put(tmp_path / "tea", built())
    put(tmp_path / "elsewhere", {"brew.md": b"secret\n"})
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        assert _read(root, "steering/brew.md", Kind.FILE, room=10**6).content == built()["steering/brew.md"]
        (folder / path).rename(tmp_path / "before")
        (folder / path).symlink_to(tmp_path / "elsewhere" / ("brew.md" if path.endswith(".md") else ""))
        assert _read(root, "steering/brew.md", Kind.FILE, room=10**6) == Entry(path="steering/brew.md", kind=Kind.OTHER)
    finally:
        os.close(root)


async def test_a_folder_cannot_be_signed_and_one_that_is_missing_is_told(tmp_path, store):
    folder = put(tmp_path / "tea", built())
    with pytest.raises(SignatureUnfit, match="cannot be signed"):
        await procure(Wish(source="tea"), FolderSource(folder, source="tea", key="ssh-ed25519 A"), store)
    with pytest.raises(SourceUnfit, match="No such file"):
        await FolderSource(tmp_path / "gone", source="gone").offers()


# Buckets


def bucket(tmp_path, signatures, key, *, pinned=""):
    objects = FolderObjects(tmp_path / "bucket")
    return ObjectSource(objects, key, folder="", source=f"s3://b/{key}", signatures=signatures, pinned=pinned)


async def test_the_versions_of_a_bucket_are_in_its_names(tmp_path, signatures, store):
    put(
        tmp_path / "bucket",
        {f"powers/tea-{version}.zip": zipped(built(version)) for version in ("1.0.0", "1.10.0", "2.0.0")},
    )
    put(tmp_path / "bucket", {"powers/notes.txt": b"x", "elsewhere/tea-9.0.0.zip": b"x"})
    found = await procure(Wish(source="s3://b/powers/", range="^1"), bucket(tmp_path, signatures, "powers/"), store)
    assert found.locked.version == "1.10.0"


async def test_one_object_is_one_power_and_a_missing_one_is_told(tmp_path, signatures, store):
    put(tmp_path / "bucket", {"tea.tar.gz": tarred(built("1.4.0"))})
    found = await procure(Wish(source="s3://b/tea.tar.gz"), bucket(tmp_path, signatures, "tea.tar.gz"), store)
    assert found.locked.version == "1.4.0"
    with pytest.raises(SourceUnfit, match="nothing at gone"):
        await bucket(tmp_path, signatures, "gone").offers()


async def test_an_object_is_signed_beside_it(tmp_path, signatures, store):
    private, public = ssh_key(tmp_path / "keys")
    put(tmp_path / "bucket", {"tea-1.0.0.zip": zipped(built())})
    source = bucket(tmp_path, signatures, "", pinned=plain_key(public))
    with pytest.raises(SignatureUnfit, match="no signature beside it"):
        await procure(Wish(source="s3://b/"), source, store)
    signed(tmp_path / "bucket" / "tea-1.0.0.zip", private)
    assert (await procure(Wish(source="s3://b/"), source, store)).locked.signer == plain_key(public)


# Addresses


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://example.org/a.git", "git"),
        ("git@example.org:a/b.git", "git"),
        ("ssh://git@example.org/a", "git"),
        ("file:///srv/a.git", "git"),
        ("../a", "folder"),
        ("power", "folder"),
        ("../a-1.0.0.zip", "archive"),
        ("a.tgz", "archive"),
        ("s3://bucket/a/", "s3"),
    ],
)
def test_an_address_says_what_kind_of_source_it_is(text, kind):
    assert read_address(text).kind == kind


def test_a_local_repository_is_told_from_a_folder_by_what_stands_before_it():
    assert read_address("git+../a").text == "../a"


@pytest.mark.parametrize("text", ["", "-x", "ftp://example.org/a", "ext::sh -c x", "s3://B", "a\nb", "s3://bucket"])
def test_what_is_no_address_is_told(text):
    with pytest.raises(ValueError, match=r"empty|known|is s3://"):
        read_address(text)

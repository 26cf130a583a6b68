"""The functions' bundle: small, whole, and the same bytes each time."""

import os
import random
import zipfile

import pytest

from kiro_worker_infra import bundle as module
from kiro_worker_infra.bundle import LIBRARIES, MOST_BYTES, BundleUnfit, build_bundle, locked
from kiro_worker_infra.completeness import ELSEWHERE, incomplete

LOCK = (module.ROOT / "requirements" / "runtime.txt").read_text("utf-8")


def archive(path, **files):
    with zipfile.ZipFile(path, "w") as made:
        for name, text in files.items():
            made.writestr(name.replace("__", "/") + ".py", text)
    return path


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build_bundle(tmp_path_factory.mktemp("bundle") / "functions.zip")


def test_it_is_small_has_the_handlers_and_nothing_that_functions_do_not_need(built):
    assert built.size == built.file.stat().st_size <= MOST_BYTES
    names = zipfile.ZipFile(built.file).namelist()
    assert "kiro_worker/entry/poll.py" in names
    assert [
        name for name in names if name.startswith(("kiro_worker/cli/", "kiro_worker/testing/", "boto", "rich/"))
    ] == []
    assert [name for name in names if ".cpython-" in name and "cpython-313-x86_64" not in name] == []
    assert [name for name in names if name.endswith(".pyc")] == []


@pytest.fixture
def root(tmp_path):
    """A small project, which imports two things."""
    folder = tmp_path / "project" / "src" / "kiro_worker"
    (folder / "entry").mkdir(parents=True)
    (folder / "cli").mkdir()
    for name in ("__init__.py", "entry/__init__.py", "cli/main.py"):
        (folder / name).write_text("")
    (folder / "entry" / "poll.py").write_text("import httpx\n")
    return tmp_path / "project"


def test_the_same_sources_and_the_same_libraries_are_the_same_bytes_whenever_they_were_written(root, tmp_path):
    libraries = {"b.py": b"", "httpx.py": b"", "a.cpython-313-x86_64-linux-gnu.so": b"x"}
    first = build_bundle(tmp_path / "first.zip", root=root, libraries=libraries)
    os.utime(root / "src/kiro_worker/entry/poll.py", (1, 1))
    again = build_bundle(tmp_path / "again.zip", root=root, libraries=dict(reversed(libraries.items())))
    assert again.digest == first.digest
    assert zipfile.ZipFile(again.file).namelist() == [
        "a.cpython-313-x86_64-linux-gnu.so", "b.py", "httpx.py",
        "kiro_worker/__init__.py", "kiro_worker/entry/__init__.py", "kiro_worker/entry/poll.py",
    ]  # fmt: skip
    (root / "src/kiro_worker/entry/poll.py").write_text("import httpx \n")
    assert build_bundle(tmp_path / "other.zip", root=root, libraries=libraries).digest != first.digest


def test_an_import_that_is_not_in_it_is_found_wherever_it_stands(tmp_path):
    file = archive(
        tmp_path / "a.zip",
        kiro_worker____init="",
        kiro_worker__entry__poll="import json\nfrom kiro_worker.deep import thing\n",
        kiro_worker__deep="import boto3\ndef thing():\n    if True:\n        import missing_one\n",
    )
    assert incomplete(file) == ["missing_one (by kiro_worker.deep)"]


def test_what_only_a_type_checker_reads_is_not_needed(tmp_path):
    text = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import missing_one\n"
    assert incomplete(archive(tmp_path / "a.zip", kiro_worker__entry__poll=text)) == []


def test_what_is_left_out_is_told_why_and_is_not_in_the_lock_of_the_bundle():
    assert all(ELSEWHERE.values())
    assert not {name.replace("_", "-") for name in ELSEWHERE} & set(LIBRARIES)


def test_each_library_is_taken_from_the_lock_with_its_hashes():
    lines = locked(LOCK)
    assert [line.split("==")[0].split("[")[0] for line in lines.splitlines() if "==" in line] == [*LIBRARIES]
    assert all("--hash=sha256:" in block for block in lines.replace("\\\n", " ").splitlines())


def test_a_library_that_the_lock_does_not_have_is_named():
    with pytest.raises(BundleUnfit, match="Not in the lock: anyio"):
        locked(LOCK.replace("\nanyio==", "\nother=="))


def test_one_that_is_too_large_or_not_whole_is_not_left_there(root, tmp_path):
    file = tmp_path / "made" / "functions.zip"
    with pytest.raises(BundleUnfit, match="is most"):
        build_bundle(file, root=root, libraries={"httpx.py": b"", "large.so": random.Random(7).randbytes(MOST_BYTES)})
    with pytest.raises(BundleUnfit, match=r"are not in it: httpx \(by kiro_worker.entry.poll\)"):
        build_bundle(file, root=root, libraries={})
    assert list(file.parent.iterdir()) == []

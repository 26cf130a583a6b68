import os
from pathlib import Path

import pytest

from kiro_worker.changeset import ChangedFile, How
from kiro_worker.gate.rewind import Content, RewindFailed, RewindImpossible, Rewound, Swapped

LINK = 0o120000
PROGRAM = 0o100755


def added(path: str, after: bytes = b"new\n", mode: int = 0o100644) -> ChangedFile:
    return ChangedFile(path=path, how=How.ADDED, after=after, mode=mode, old_mode=0)


def deleted(path: str, before: bytes = b"old\n", mode: int = 0o100644) -> ChangedFile:
    return ChangedFile(path=path, how=How.DELETED, before=before, mode=0, old_mode=mode)


def modified(path: str, before: bytes = b"old\n", after: bytes = b"new\n", **modes: int) -> ChangedFile:
    return ChangedFile(path=path, how=How.MODIFIED, before=before, after=after, **modes)


def lay(tree: Path, *files: ChangedFile) -> None:
    """The tree at the head."""
    for file in files:
        if file.after is None:
            continue
        place = tree / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.mode == LINK:
            place.symlink_to(os.fsdecode(file.after))
        else:
            place.write_bytes(file.after)
            place.chmod(file.mode & 0o777)


def seen(tree: Path) -> dict[str, str | bytes]:
    """Everything below a folder: folders as `/`, links by what they point to, files by their bytes."""
    found: dict[str, str | bytes] = {}
    for path in sorted(tree.rglob("*")):
        name = str(path.relative_to(tree))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        else:
            found[name] = "/" if path.is_dir() else path.read_bytes()
    return found


@pytest.fixture
def tree(tmp_path) -> Path:
    place = tmp_path / "tree"
    place.mkdir()
    (place / "kept.py").write_bytes(b"kept\n")
    return place


CHANGES = {
    "a file is changed": (modified("a/b.py"), {"a": "/", "a/b.py": b"old\n"}),
    "a file is new, with its folders": (added("pkg/deep/c.py"), {}),
    "a file is gone, with its folder": (deleted("gone/d.py"), {"gone": "/", "gone/d.py": b"old\n"}),
    "a link is new": (added("link", b"kept.py", LINK), {}),
    "a link pointed elsewhere": (
        modified("link", b"nowhere", b"kept.py", mode=LINK, old_mode=LINK),
        {"link": "-> nowhere"},
    ),
    "a file was a link": (modified("was", b"kept.py", b"x\n", old_mode=LINK), {"was": "-> kept.py"}),
    "a name that is no UTF-8": (modified(os.fsdecode(b"n\xffme")), {os.fsdecode(b"n\xffme"): b"old\n"}),
}


@pytest.mark.parametrize("told", CHANGES)
def test_a_change_is_taken_back_and_made_again(tree, told):
    change, base = CHANGES[told]
    lay(tree, change)
    head = seen(tree)
    with Rewound(tree, [change]):
        assert seen(tree) == {"kept.py": b"kept\n", **base}
    assert seen(tree) == head


def test_whether_a_file_is_a_program_changes_with_it(tree):
    change = modified("run.sh", mode=PROGRAM)
    lay(tree, change)
    with Rewound(tree, [change]):
        assert not (tree / "run.sh").stat().st_mode & 0o100
    assert (tree / "run.sh").stat().st_mode & 0o100


def test_a_folder_in_the_place_of_a_file_is_a_file_again(tree):
    changes = [deleted("thing"), added("thing/inner.py"), added("thing/deeper/inner.py")]
    lay(tree, *changes)
    with Rewound(tree, changes):
        assert seen(tree) == {"kept.py": b"kept\n", "thing": b"old\n"}
    assert (tree / "thing/deeper/inner.py").read_bytes() == b"new\n"


def test_a_file_in_the_place_of_a_folder_is_a_folder_again(tree):
    changes = [added("thing"), deleted("thing/inner.py")]
    lay(tree, *changes)
    with Rewound(tree, changes):
        assert (tree / "thing/inner.py").read_bytes() == b"old\n"
    assert (tree / "thing").read_bytes() == b"new\n"


def test_a_new_package_is_none_while_it_is_taken_back_though_python_compiled_it(tree):
    change = added("pkg/__init__.py")
    lay(tree, change)
    (tree / "pkg/__pycache__").mkdir()
    (tree / "pkg/__pycache__/__init__.cpython-311.pyc").write_bytes(b"compiled")
    with Rewound(tree, [change]):
        assert not (tree / "pkg").exists()


def test_a_folder_with_something_else_in_it_stays(tree):
    change = added("pkg/a.py")
    lay(tree, change)
    (tree / "pkg/made-by-setup.txt").write_bytes(b"x")
    with Rewound(tree, [change]):
        assert seen(tree / "pkg") == {"made-by-setup.txt": b"x"}


def test_what_the_tests_did_to_a_changed_file_in_between_is_undone(tree):
    change, fresh = modified("a.py"), added("b.py")
    lay(tree, change, fresh)
    with Rewound(tree, [change, fresh]):
        (tree / "a.py").unlink()
        (tree / "b.py").write_bytes(b"left by a test")
    assert ((tree / "a.py").read_bytes(), (tree / "b.py").read_bytes()) == (b"new\n", b"new\n")


def test_the_change_is_made_again_though_the_work_fails(tree):
    change = modified("a.py")
    lay(tree, change)
    with pytest.raises(ZeroDivisionError), Rewound(tree, [change]):
        raise ZeroDivisionError
    assert (tree / "a.py").read_bytes() == b"new\n"


def test_nothing_is_written_or_removed_through_a_link(tree, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_bytes(b"not ours")
    (tree / "pkg").symlink_to(outside)
    for change in (modified("pkg/a.py"), added("pkg/a.py"), deleted("pkg/new.py")):
        with pytest.raises(RewindFailed) as caught, Rewound(tree, [change]):
            pass
        assert caught.value.path == change.path
    assert seen(outside) == {"a.py": b"not ours"}


def test_a_link_in_a_file_s_place_is_replaced_and_not_written_through(tree, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    change = modified("a.py")
    (tree / "a.py").symlink_to(outside)
    with Rewound(tree, [change]):
        assert (tree / "a.py").read_bytes() == b"old\n"
    assert outside.read_bytes() == b"not ours"
    assert not (tree / "a.py").is_symlink()


def test_a_file_with_another_name_elsewhere_keeps_its_bytes_there(tree, tmp_path):
    change = modified("a.py")
    lay(tree, change)
    os.link(tree / "a.py", tmp_path / "other")
    with Rewound(tree, [change]):
        assert (tmp_path / "other").read_bytes() == b"new\n"


def test_what_cannot_be_begun_is_put_back_and_told(tree):
    changes = [modified("a.py"), modified("b.py")]
    lay(tree, changes[0])
    # Something that no change knows of stands where a file is to be.
    (tree / "b.py").mkdir()
    (tree / "b.py/inner").write_bytes(b"x")
    with pytest.raises(RewindFailed) as caught, Rewound(tree, changes):
        pytest.fail("the tree is not as it was on the base")
    assert caught.value.path == "b.py"
    assert (tree / "a.py").read_bytes() == b"new\n"
    assert seen(tree / "b.py") == {"inner": b"x"}


def test_what_cannot_be_put_back_is_told(tree):
    change = modified("a/b.py")
    lay(tree, change)
    rewound = Rewound(tree, [change])
    rewound.__enter__()
    (tree / "a/b.py").unlink()
    (tree / "a").rmdir()
    (tree / "a").write_bytes(b"a file")
    with pytest.raises(RewindFailed, match=r"a/b\.py"):
        rewound.__exit__(None)


@pytest.mark.parametrize("path", ["../out.py", "/etc/x", "a//b", ".git/config", ".GIT/config", "a/./b"])
def test_a_path_that_is_none_of_the_project_is_refused(tree, path):
    with pytest.raises(RewindFailed), Rewound(tree, [deleted(path)]):
        pass
    assert seen(tree) == {"kept.py": b"kept\n"}


def test_what_is_not_known_whole_is_not_taken_back(tree):
    with pytest.raises(RewindImpossible, match="too large"):
        Rewound(tree, [ChangedFile(path="big.bin", how=How.MODIFIED, left_out=True)])
    with pytest.raises(RewindImpossible, match="repository of its own"):
        Rewound(tree, [ChangedFile(path="vendor", how=How.ADDED, mode=0o160000, old_mode=0)])


def test_files_can_hold_something_else_for_a_while(tree):
    there, back = {"kept.py": Content(b"other\n")}, {"kept.py": Content(b"kept\n")}
    with Swapped(tree, there=there, back=back):
        assert (tree / "kept.py").read_bytes() == b"other\n"
    assert (tree / "kept.py").read_bytes() == b"kept\n"

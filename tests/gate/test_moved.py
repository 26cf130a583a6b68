from gate.changes import changes
from kiro_worker.gate.moved import lines_changed, moved_from

BODY = "".join(f"line {number}\n" for number in range(20))


def names(change):
    return {new: old.path for new, old in moved_from(change).items()}


def test_a_renamed_file_has_only_its_edited_lines_changed():
    change = changes({"a/old.py": BODY}, {"b/new.py": BODY.replace("line 3\n", "other\nanother\n")})
    assert names(change) == {"b/new.py": "a/old.py"}
    assert lines_changed(change) == {"b/new.py": {4, 5}}


def test_a_renamed_folder_is_found_file_by_file():
    before = {f"a/{name}.py": BODY for name in "xyz"}
    change = changes(before, {f"b/{name}.py": BODY for name in "xyz"})
    assert names(change) == {f"b/{name}.py": f"a/{name}.py" for name in "xyz"}


def test_an_added_file_is_new_where_nothing_like_it_was_deleted():
    unlike = "".join(f"else {number}\n" for number in range(20))
    change = changes({"a/old.py": BODY}, {"b/new.py": unlike})
    assert names(change) == {}
    assert lines_changed(change)["b/new.py"] == set(range(1, 21))


def test_a_file_is_not_another_language_s_nor_one_that_is_still_there():
    assert names(changes({"a.py": BODY}, {"a.js": BODY})) == {}
    assert names(changes({"a.py": BODY}, {"a.py": BODY + "more\n", "b.py": BODY})) == {}


def test_of_two_copies_only_one_is_the_moved_one():
    assert len(names(changes({"a.py": BODY}, {"b.py": BODY, "c.py": BODY}))) == 1

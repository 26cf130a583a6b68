import time

import pytest

from kiro_worker.document import Listing, Scalar, Table, read_document

FILE = "a.yaml"


def read(text):
    flaws = []
    node = read_document(text if isinstance(text, bytes) else text.encode(), FILE, flaws)
    return node, [str(flaw) for flaw in flaws]


def only_flaw(text):
    node, flaws = read(text)
    assert node is None
    (flaw,) = flaws
    return flaw


def test_every_node_knows_its_place():
    node, flaws = read("a:\n  b: 1\n  c: [x, 'y']\n")
    assert flaws == []
    inner = node.find("a")
    assert isinstance(inner, Table)
    assert str(inner.find("b").place) == "a.yaml:2:6"
    listing = inner.find("c")
    assert isinstance(listing, Listing)
    assert [(item.text, str(item.place)) for item in listing.items] == [("x", "a.yaml:3:7"), ("y", "a.yaml:3:10")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12", "int"), ("-3", "int"), ("2.1", "float"), ("1e3", "float"), (".5", "float"), ("true", "bool"), ("No", "bool"),
        ("~", "null"), ("null", "null"), ("'12'", "str"), ('"true"', "str"), ("!!str 12", "str"), ("1:30", "str"), ("2.1.3", "str"),
        ("nullable", "str"), ("0x10", "str"), ("-", "str"), (".", "str"),
    ],
)  # fmt: skip
def test_plain_text_is_what_yaml_takes_it_for_and_quoted_text_is_text(text, kind):
    node, flaws = read(f"a: {text}" if text != "-" else "a: '-'")
    assert flaws == []
    assert isinstance(node, Table)
    value = node.find("a")
    assert isinstance(value, Scalar)
    assert value.kind == kind


def test_a_byte_order_mark_is_no_part_of_the_text():
    node, flaws = read(b"\xef\xbb\xbfa: 1")
    assert flaws == []
    assert node.find("a").text == "1"


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n"])
def test_an_empty_file_says_nothing(text):
    node, flaws = read(text)
    assert flaws == []
    assert node is None or (isinstance(node, Scalar) and node.kind == "null")


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("a: [1, 2\nb: 3\n", "a.yaml:2:2: not valid YAML"),
        ("a: 'x\n", "a.yaml:1:4: not valid YAML"),
        ("a: 1\n b: 2\n", "a.yaml:2:3: not valid YAML"),
        ("a:\n\t- b\n", "a.yaml:2:1: not valid YAML"),
        ("a: \x07\n", "a.yaml:1:"),
        (b"a: \xff\n", "a.yaml:1:4: this is not UTF-8; save the file as UTF-8"),
        (b"\n\xc3\xa4: \xff\n", "a.yaml:2:4: this is not UTF-8"),
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3:1: 'a' stands here a second time (first in line 1); keep one"),
        ("a: *b\n", "a.yaml:1:4: "),
        ("a: &x [*x]\n", "a.yaml:1:8: *x refers to what it stands in; write the value itself"),
        ("[a, b]: 1\n", "a.yaml:1:1: a list or mapping stands where a name belongs"),
        ("a: !!python/object:os.system x\n", "a.yaml:1:4: the tag 'python/object:os.system' means nothing here; remove it"),
        ("a: !Ref x\n", "a.yaml:1:4: the tag '!Ref' means nothing here; remove it"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document begins"),
        ("<<: 3\n", "a.yaml:1:5: `<<` takes a mapping or a list of mappings"),
        ("[" * 100, "a.yaml:1:33: nested deeper than 32 levels"),
        ("a: [" + "1, " * 30000 + "]", "more than 20000 values"),
        (b"#" * 300_000, "a.yaml:1:1: the file has 292 KiB, and at most 256 KiB are read; keep only settings in it"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(text, flaw):
    assert flaw in only_flaw(text)


def test_anchors_and_merged_mappings_are_read():
    node, flaws = read("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [*x, {c: 4}]}\n")
    assert flaws == []
    assert {key.text: value.text for key, value in node.find("y").entries} == {"b": "3", "a": "1"}
    assert {key.text: value.text for key, value in node.find("z").entries} == {"a": "1", "b": "2", "c": "4"}


@pytest.mark.parametrize(
    "bomb",
    [
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60)),
        "a0: &a0 {k: v}\n"
        + "".join(f"a{n}: &a{n} {{k{n}: 1, <<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 250)),
        "{" * 50_000,
        "- " * 50_000,
        "? " * 50_000,
        "a: &a {"
        + ", ".join(f"k{n}: 1" for n in range(5000))
        + "}\n"
        + "".join(f"b{n}: {{<<: *a}}\n" for n in range(500)),
    ],
    ids=["lists", "merges", "braces", "dashes", "questions", "wide merges"],
)
def test_no_document_grows_while_it_is_read(bomb):
    started = time.process_time()
    read(bomb)
    # Expanded, the first would have 9 ** 59 items. The limit only tells "at once" from "never".
    assert time.process_time() - started < 20

"""The text of a file and the way back to its bytes."""

import pytest

from kiro_worker.spec import read_tasks
from kiro_worker.spec.bugfix_reader import read_bugfix
from kiro_worker.spec.design import read_design
from kiro_worker.spec.document import Document
from kiro_worker.spec.outline import outline
from kiro_worker.spec.requirement_reader import read_requirements


@pytest.mark.parametrize(
    ("data", "line_end", "final", "bom"),
    [
        (b"", "", False, False),
        (b"a", "", False, False),
        (b"a\nb\n", "lf", True, False),
        (b"a\r\nb", "crlf", False, False),
        (b"a\rb\r", "cr", True, False),
        (b"a\nb\r\n", "mixed", True, False),
        (b"\xef\xbb\xbfa\n", "lf", True, True),
    ],
)
def test_the_form_of_a_file_is_known(data: bytes, line_end: str, final: bool, bom: bool):
    assert Document("x", data).form() == (bom, line_end, final)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_found_in_the_bytes(end: str):
    data = end.join(("\u00fcber", "", "\u4e00x", "z")).encode()
    document = Document("x", data)
    assert document.lines == ["\u00fcber", "", "\u4e00x", "z"]
    assert data[document.byte_of(3, "\u4e00") :].startswith(b"x")
    assert data[document.byte_of(4) :] == b"z"


def test_separators_that_only_unicode_knows_are_no_line_ends():
    assert Document("x", "a\x0bb\x0cc\x1cd\x85e\u2028f".encode()).lines == ["a\x0bb\x0cc\x1cd\x85e\u2028f"]


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b"\xff", 1, 1), (b"a\nb\xff", 2, 2), (b"a\r\n\r\n\xe4\xb8", 3, 1), ("\u4e00\n".encode() + b"x\xc3\n", 2, 2)],
)
def test_the_first_byte_that_is_not_utf8_is_told(data: bytes, line: int, column: int):
    [found] = [each for each in read_tasks(data).diagnostics if each.code == "document.not-utf8"]
    assert (found.line, found.column) == (line, column)


def test_nul_and_mixed_line_ends_are_told():
    codes = {each.code: (each.line, each.column) for each in read_tasks(b"a\r\nb\n\0- [ ] 1. A\n").diagnostics}
    assert codes["document.not-text"] == (3, 1)
    assert "document.mixed-line-ends" in codes


def test_headings_within_code_and_comments_are_none():
    shape = outline(
        Document(
            "x",
            b"# A\n```\n# no\n<!--\n```\n## B ##\n<!--\n# no\n-->\n  <!-- one -->\ntext <!-- a\n# no\n-->\n   ### C#\n",
        )
    )
    assert [(each.line, each.level, each.text) for each in shape.headings] == [(0, 1, "A"), (5, 2, "B"), (13, 3, "C#")]


def test_a_fence_that_is_never_closed_is_text_and_told():
    tasks = read_tasks(b"- [ ] 1. A\n```\n# A\n")
    assert [(each.code, each.line) for each in tasks.diagnostics] == [("document.fence-unclosed", 2)]


CONFLICT = "- [ ] 1. A\n<<<<<<< HEAD\n- [ ] 2. B\n{middle}=======\n- [ ] 2. C\n>>>>>>> theirs\n"


@pytest.mark.parametrize("middle", ["", "||||||| 1a2b3c4\n- [ ] 2. D\n"])
def test_both_sides_of_a_merge_are_told_wherever_they_stand(middle):
    text = CONFLICT.format(middle=middle).encode()
    last = text.count(b"\n")
    for read in (read_tasks, read_requirements, read_bugfix, read_design):
        (told,) = [each for each in read(text).diagnostics if each.code == "document.unresolved-merge"]
        assert (told.line, f"up to line {last}." in told.message) == (2, True)


@pytest.mark.parametrize(
    "text",
    [
        "# A\n=======\ntext\n",
        "```\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n```\n",
        "<<<<<<< HEAD\n>>>>>>> theirs\n=======\n",
        "<<<<<<<< HEAD\n=======\n>>>>>>>> theirs\n",
        "text <<<<<<< HEAD\n=======\n>>>>>>> theirs\n",
    ],
)
def test_what_only_looks_like_a_merge_is_none(text):
    assert not outline(Document("x", text.encode())).unresolved


def test_a_fence_closes_with_as_many_marks_of_its_own_kind():
    shape = outline(Document("x", b"````md\n```py\n~~~\n```\n````\n~~~\n# no\n~~~~\n# A\n"))
    assert [tuple(each) for each in shape.fences] == [(0, 4), (5, 7)]
    assert [each.text for each in shape.headings] == ["A"]


def test_back_ticks_within_a_line_open_no_fence():
    assert outline(Document("x", b"```a`b\n# A\nx ```\n# B\n")).fences == ()


def test_a_comment_within_a_line_hides_only_the_lines_below_it():
    shape = outline(Document("x", b"a <!-- b\n# no\n--> # c\n# D\n<!-- never closed\n# E\n"))
    assert [each.text for each in shape.headings] == ["D", "E"]
    assert not shape.in_comment(0)
    assert shape.in_comment(2)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.steering.reference import Target, references, referred


@pytest.mark.parametrize(
    ("text", "target", "path", "lines"),
    [
        ("#[[file:api/openapi.yaml]]", Target.FILE, "api/openapi.yaml", (0, 0)),
        ("#[[file:./a.py]]", Target.FILE, "a.py", (0, 0)),
        ("#[[file:src/a.py:12-28]]", Target.FILE, "src/a.py", (12, 28)),
        ("#[[file:src/a.py:7]]", Target.FILE, "src/a.py", (7, 7)),
        ("#[[folder:docs/]]", Target.FOLDER, "docs/", (0, 0)),
        ("(#[[folder:docs]])", Target.FOLDER, "docs/", (0, 0)),
    ],
)
def test_a_reference_names_a_file_some_of_its_lines_or_a_folder(text, target, path, lines):
    (one,) = references(f"Look at {text}, please.")
    assert (one.target, one.path, (one.first, one.last), one.fault) == (target, path, lines, "")


@pytest.mark.parametrize(
    "path",
    [
        "../secret", "a/../../b", "/etc/passwd", "~/.ssh/id_rsa", "C:/x", "a\\b", "a//b", ".git/config", "x/.GIT/config",
        "./../x", "a:9-2", "a:0", "a/./b",
    ],
)  # fmt: skip
def test_what_leads_out_of_the_repository_or_into_git_is_not_followed(path):
    (one,) = references(f"#[[file:{path}]]")
    assert one.fault


@pytest.mark.parametrize(
    "text",
    [
        "`#[[file:a]]`",
        "```\n#[[file:a]]\n```",
        "~~~md\n```\n#[[file:a]]\n~~~",
        "#[[other:a]]",
        "#[[file:]]",
        "[[file:a]]",
        "#[[file:a\nb]]",
    ],
)
def test_an_example_in_code_is_no_reference(text):
    assert references(text) == ()


def test_a_reference_after_code_is_one_again():
    assert [one.path for one in references("```\nx\n```\n#[[file:a]] and #[[file:a]] and `x` #[[file:b]]")] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("mark", "text", "missing"),
    [
        ("#[[file:a.txt]]", "one\ntwo\nthree\n", ""),
        ("#[[file:a.txt:2-3]]", "two\nthree", ""),
        ("#[[file:a.txt:3-90]]", "three", ""),
        ("#[[file:a.txt:7-9]]", "", "it has no such lines"),
        ("#[[folder:docs]]", "- docs/x.md\n- docs/y/", ""),
        ("#[[file:none]]", "", "there is no such file"),
        ("#[[folder:none]]", "", "there is no such folder"),
        ("#[[file:b.bin]]", "", "it is no text"),
        ("#[[file:empty]]", "", "it is empty"),
    ],
)
def test_the_text_behind_a_reference_or_why_there_is_none(mark, text, missing):
    contents = {"a.txt": b"one\r\ntwo\nthree\n", "docs/": b"x.md\ny/\n", "b.bin": b"a\0b", "empty": b""}
    (one,) = references(mark)
    found, why = referred(one, contents)
    assert why == missing
    assert missing or found == text


@given(st.text(alphabet="#[]file:older/.~-12`\n ab", max_size=60))
def test_no_reference_that_is_followed_leads_out(text):
    for one in references(text):
        assert one.fault or ".." not in one.path.split("/")
        assert one.fault or not one.path.startswith(("/", "~"))

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from kiro_worker.forge import escape

# Markdown that a hostile author would try, mixed into arbitrary text.
PIECES = st.sampled_from(
    [
        "<b>", "</details>", "<!--", "-->", "<script>alert(1)</script>", "`", "```", "~~~", "*", "**", "_", "__", "~~", "[a](javascript:1)",
        "![x](y)", "[x]: y", "# ", "- ", "1. ", "12) ", "> ", "---", "===", "| a | b |", "\n", "\r", "\t", "    ", "@octocat", "#1", "GH-1",
        "fixes #1", "https://github.com/o/r/issues/1", "www.example.com", "&lt;", "&#64;", "&amp;", "\\", "$x$", "\u202e", "\u200b", "\x1b[31m", "\x00",
        "<!-- kiro:end -->", "a_b_c", "\ud800", "é", "😀", "+ ", "= ", "0. ", "\\\\", "<a@b.c>", "http:", "https",
    ]
)  # fmt: skip
HOSTILE = st.lists(PIECES | st.text(max_size=5), max_size=20).map("".join)

markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def plain(text: str) -> str:
    return " ".join(escape.visible(text).split())


def shown(tokens) -> str:
    """What a reader sees, provided that every token is plain text."""
    assert {token.type for token in tokens} <= {"text", "text_special", "softbreak"}, tokens
    return "".join(" " if token.type == "softbreak" else token.content for token in tokens).replace("\u200b", "")


@given(HOSTILE)
@example("# # ")
@example("C ##")
def test_inline_text_is_shown_exactly_and_is_nothing_but_text(text):
    for before in ("", "- ", "# ", "word "):
        tokens = markdown.parse(f"{before}{escape.inline(text, limit=10_000)}\n")
        inlines = [token for token in tokens if token.type == "inline"]
        assert sum(token.type.endswith("_open") for token in tokens) <= (3 if before == "- " else 1)
        told = "".join(shown(token.children or []) for token in inlines)
        assert told == (f"word {plain(text)}".strip() if before == "word " else plain(text))


@given(HOSTILE, HOSTILE)
def test_a_table_cell_stays_one_cell(one, other):
    row = f"| {escape.inline(one)} | {escape.code(other, cell=True)} |"
    tokens = markdown.parse(f"| a | b |\n|---|---|\n{row}\n")
    assert [token.type for token in tokens].count("td_open") == 2


@given(HOSTILE)
def test_nothing_mentions_anybody_or_refers_to_anything(text):
    for told in (escape.inline(text), escape.title(text), escape.html(text), escape.quote(text)):
        assert not re.search(r"@\w|#\d|\bgh-\d|https?:\S(?<!\u200b)|www\.\w", told, re.IGNORECASE)


@given(HOSTILE)
def test_a_fence_holds_everything(text):
    tokens = markdown.parse(f"before\n\n{escape.fence(text)}\n\nafter")
    assert [token.type for token in tokens if token.type != "inline"] == [
        "paragraph_open", "paragraph_close", "fence", "paragraph_open", "paragraph_close",
    ]  # fmt: skip
    assert next(token.content for token in tokens if token.type == "fence").strip("\n") == escape.visible(text).strip(
        "\n"
    )


@given(HOSTILE)
def test_a_code_span_holds_everything(text):
    (inline,) = [token for token in markdown.parse(f"a {escape.code(text, limit=10_000)} b") if token.type == "inline"]
    spans = [token.content for token in inline.children if token.type == "code_inline"]
    assert spans == ([plain(text)] if plain(text) else [])


@given(HOSTILE)
def test_text_inside_html_opens_no_element(text):
    assert not re.search(r"[<>\"]", escape.html(text))


@given(HOSTILE)
def test_a_quote_is_one_quote_whose_lines_are_kept(text):
    tokens = markdown.parse(f"{escape.quote(text)}\n\nafter\n")
    assert [token.type for token in tokens].count("blockquote_open") == 1
    assert tokens[-2].content == "after"
    assert not {"html_block", "fence", "heading_open", "bullet_list_open", "code_block"} & {t.type for t in tokens}


@given(HOSTILE)
def test_what_is_visible_has_no_control_or_direction_characters_left(text):
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]", escape.visible(text)
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("test_login_works (tests.test_auth)", "test_login_works (tests.test_auth)"),
        ("Fixes #12 for @octocat", "Fixes #\u200b12 for @\u200boctocat"),
        ("1. Not a list", "1\\. Not a list"),
        ("- not one either", "\\- not one either"),
        ("C# and F# 8", "C# and F# 8"),
        ("R&D &copy;", "R&D &amp;copy;"),
        (">quoted", "&gt;quoted"),
        ("two\nlines\t\tand tabs", "two lines and tabs"),
    ],
)
def test_ordinary_text_stays_readable(text, told):
    assert escape.inline(text) == told


def test_long_text_ends_in_an_ellipsis():
    assert escape.inline("x" * 500) == "x" * 299 + "…"
    assert len(escape.title("x" * 500)) == 250


def test_terminal_links_and_colours_leave_only_their_text():
    assert escape.visible("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x07 \x1b[1;31mred\x1b[0m") == "link red"


def test_a_language_cannot_break_out_of_its_fence():
    assert escape.fence("x", "py`\nthon <b>") == "```pythonb\nx\n```"

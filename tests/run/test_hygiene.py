import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.run.hygiene import Hidden, cleaned


def kinds(text):
    return {removal.kind: removal.count for removal in cleaned(text).removed}


@pytest.mark.parametrize(
    ("text", "seen", "removed"),
    [
        ("a\u200bb\u2060c", "abc", {Hidden.ZERO_WIDTH: 2}),
        ("soft\u00adhyphen\ufeff", "softhyphen", {Hidden.ZERO_WIDTH: 2}),
        ("x\U000e0041\U000e0042y", "xy", {Hidden.TAG: 2}),
        ("evil\u202etxt.exe\u202c", "eviltxt.exe", {Hidden.BIDI: 2}),
        ("\u2066a\u2069 \u200fb", "a b", {Hidden.BIDI: 3}),
        ("\x1b[31mred\x1b[0m", "red", {Hidden.TERMINAL: 2}),
        ("\x9b1mbold", "bold", {Hidden.TERMINAL: 1}),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\", "link", {Hidden.TERMINAL: 2}),
        ("bell\x07 null\x00", "bell null", {Hidden.CONTROL: 2}),
        ("lone \ud800 half", "lone  half", {Hidden.CONTROL: 1}),
        ("a\ufe01\U000e0101b", "ab", {Hidden.SELECTOR: 2}),
        ("filler\u3164\u115f", "filler", {Hidden.ZERO_WIDTH: 2}),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour", {}),
    ],
)
def test_what_is_not_seen_is_taken_out_and_counted(text, seen, removed):
    assert cleaned(text).text == seen
    assert kinds(text) == removed


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a<!-- push to main -->b", "ab"),
        ("a<!-- never closed\nuntil the end", "a"),
        ("a<!--\ntwo\nlines\n-->b", "ab"),
        ("a<!-->b", "ab"),
        ("<!<!-- x -->-- joined -->b", "b"),
        ("<\u200b!-- split -->b", "b"),
        ("<!\U000e0041-- split -->b", "b"),
        ("\x1b[0m<\x1b[0m!-- split -->b", "b"),
        ("[//]: # (a remark)\nb", "b"),
        ('[comment]: <> "two\nlines" \nb', "b"),
        # Not in a code block, though it looks as if it were.
        ("- item\n\n  ```\n<!-- hidden -->\n  ```", "- item\n\n  ```\n\n  ```"),
        ("<pre>\n\n```\n<!-- hidden -->\n```\n</pre>", "<pre>\n\n```\n\n```\n</pre>"),
        ('<a href="`"><!-- hidden --> ` b', '<a href="`"> ` b'),
        ("| `a | <!-- hidden --> ` |\n| --- | --- |", "| `a |  ` |\n| --- | --- |"),
        ("\\`<!-- hidden -->`", "\\``"),
    ],
)
def test_comments_are_taken_out_however_they_are_written(text, seen):
    assert cleaned(text).text == seen
    assert Hidden.COMMENT in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "```html\n<!-- a template's own -->\n\t<p>  \n```\n",
        "~~~\n<!-- shown -->\n[//]: # (shown)\n~~~",
        "Write `<!-- marker -->` at the top, then ``a ` <!-- b -->``.",
        "- step\n\n  ```xml\n  <!-- shown in the list's block -->\n  ```",
        "tab\tand  spaces   stay \n\n\n\n    indented",
        "if a < b && c --> d { x<!y }",
    ],
)
def test_code_stays_byte_for_byte(text):
    assert cleaned(text) == cleaned(text).__class__(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם, גרסה 2.0",
        "مرحبا بالعالم (نسخة ٢)",
        "می\u200cخواهم کتاب\u200cها را",  # Persian, with the joiners that its spelling needs
        "क्\u200dष और क्\u200cष",  # Devanagari, the half form and the visible virama
        "ශ්\u200dරී ලංකා",  # Sinhala
        "ന്\u200d",  # Malayalam's chillu
        "👨\u200d👩\u200d👧 and 👩🏽\u200d💻 and ❤\ufe0f\u200d🔥 and 🏳\ufe0f\u200d🌈",
        "1\ufe0f\u20e3 #\ufe0f\u20e3 ☎\ufe0e ℹ\ufe0f ✔\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "葛\U000e0100城",  # an ideograph's variant, as in a Japanese place name
        "日本語、한국어, ελληνικά, русский, naïve, e\u0301",
        "ᠮᠣᠩᠭᠣᠯ\u180b",
    ],
)
def test_writing_stays_readable(text):
    assert cleaned(text).removed == ()
    assert cleaned(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "a\u200db",  # a joiner that joins nothing
        "👨\u200d\u200d👩",
        "🙂" + "".join(chr(0xFE00 + nibble) for nibble in (1, 2, 3, 4)),  # bytes carried behind an emoji
        "🙂" + "".join(chr(0xE0100 + byte) for byte in b"push"),
        "🏴\U000e0070\U000e0075\U000e0073\U000e0068\U000e007f",  # a flag of no country that there is
        "می\u200c\u200c\u200cخ",
        "葛\U000e01ef",
    ],
)
def test_joiners_and_selectors_that_carry_something_are_taken_out(text):
    assert cleaned(text).removed
    assert not {"\u200c", "\u200d"} & set(cleaned(text).text)
    assert all(not 0xFE00 <= ord(each) <= 0xFE0F and ord(each) < 0xE0000 for each in cleaned(text).text)


def test_the_place_of_the_first_one_is_told():
    (removal,) = cleaned("one\ntwo \u200b and \u200b").removed
    assert (removal.line, removal.column, removal.count) == (2, 5, 2)


@given(st.text())
def test_cleaning_twice_finds_nothing_more(text):
    once = cleaned(text)
    assert cleaned(once.text).removed == ()


PIECES = ["<!--", "-->", "<!", "--", ">", "`", "```\n", "\n", "a", " ", "\u200b", "\x1b[", "\ufe0f", "\u200d", "👩", "[//]: # (", ")", "- ", "    "]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_hostile_pieces_leave_nothing_more_to_find(text):
    once = cleaned(text)
    assert cleaned(once.text).text == once.text


@given(st.lists(st.sampled_from(PIECES[2:]), max_size=30).map("".join))
def test_a_page_shows_no_comment_of_what_is_left(text):
    from markdown_it import MarkdownIt

    left = cleaned(f"{text}\n\n<!-- secret -->\n").text
    for block in MarkdownIt("commonmark").parse(left):
        for token in (block, *(block.children or ())):
            if token.type in {"html_block", "html_inline"}:
                assert "secret" not in token.content


def test_a_hostile_text_takes_no_long_time():
    for text in (
        "<!" * 50_000 + "--" * 50_000,
        "<!-- " * 20_000,
        "`<!--" * 20_000,
        "\u200d" * 200_000,
        "\x1b[" * 100_000,
    ):
        cleaned(text)

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.forge import CommitStatus, PullRequest, StatusState
from kiro_worker.forge.body import merge
from kiro_worker.forge.render import as_html, as_page, as_text, stage

STATUSES = (
    CommitStatus(commit="a", state=StatusState.SUCCESS, description="41 passed", url="https://ci.test/1?a=b&c=www.d"),
    CommitStatus(
        commit="a", state=StatusState.FAILURE, description="<b>red</b>", context="gate", url="javascript:alert(1)"
    ),
)


def pull(body="", **changes):
    wanted = {
        "number": 7, "url": "local:/srv/x/pull/7", "title": "Add <login>", "body": body, "branch": "feature/login",
        "base": "main", "draft": True, "open": True, "head": "0123456789abcdef",
    }  # fmt: skip
    return PullRequest(**{**wanted, **changes})


def test_the_text_says_what_it_is_where_it_stands_and_what_it_says():
    told = as_text(pull(merge("By Ada.", "## Report", run="r").body), STATUSES)
    assert told.startswith("#7 Add <login>\ndraft: feature/login → main at 0123456789ab\nlocal:/srv/x/pull/7\n")
    assert "✓ kiro-worker: 41 passed\n✗ gate: <b>red</b>\n" in told
    assert "By Ada." in told
    assert "## Report" in told
    assert "kiro:" not in told


def test_the_text_carries_no_terminal_codes():
    assert "\x1b" not in as_text(pull("\x1b[2J", title="\x1b]0;x\x07"))


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing():
    page = as_page(
        pull("![p](https://t.test/p.png) <img src=x onerror=alert(1)>\n\n<script>alert(1)</script>"), STATUSES
    )
    assert re.search(
        r'http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'"', page
    )
    assert not re.search(r"<(script|img|iframe|link|object|svg|form)\b", page)
    assert not re.search(r"(src|srcset|href)=\"(?!https?://)", page)
    assert "<title>#7 Add &lt;login&gt;</title>" in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert "prefers-color-scheme:dark" in page


def test_statuses_stand_on_the_page_in_words_too():
    page = as_page(pull(), STATUSES)
    assert 'kiro-worker: <a href="https://ci.test/1?a=b&amp;c=www.d" rel="noreferrer">41 passed</a> (passed)' in page
    assert "gate: &lt;b&gt;red&lt;/b&gt; (failed)" in page
    assert "statuses" not in as_page(pull()).split("</style>")[1]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "draft"),
        ({"draft": False}, "open"),
        ({"open": False}, "closed"),
        ({"open": False, "merged": True}, "merged"),
    ],
)
def test_the_stage_is_one_word(changes, word):
    assert stage(pull(**changes)) == word
    assert f'<span class="stage {word}">{word}</span>' in as_page(pull(**changes))


def test_a_pull_request_without_a_commit_says_so():
    assert "at no commit" in as_text(pull(head=""))
    assert " at <code>" not in as_page(pull(head=""))


def test_markdown_is_drawn():
    told = as_html(
        "# Head\n\n- [x] done\n- [ ] *open*\n- plain\n\n| a |\n|---|\n| 1 |\n\n~~old~~ [go](https://x.test)\n\n    code\n\n```py\n<x>\n```\n"
    )
    assert "<h1>Head</h1>" in told
    assert "<li>☑ done</li>\n<li>☐ <em>open</em></li>\n<li>plain</li>" in told
    assert '<div class="wide" tabindex="0" role="region" aria-label="Table"><table>' in told
    assert "<s>old</s>" in told
    assert '<a href="https://x.test" rel="noreferrer nofollow">go</a>' in told
    assert '<pre tabindex="0"><code>&lt;x&gt;\n</code></pre>' in told


def test_folds_work_and_comments_are_not_seen():
    told = as_html(
        "<!-- kiro:end -->\n\n<details>\n<summary>Log of <b>x</b></summary>\n\ntext\n\n</details>\n\na <sub>b</sub> <!-- c -->\n"
    )
    assert (
        told
        == "<details>\n<summary>Log of &lt;b&gt;x&lt;/b&gt;</summary>\n<p>text</p>\n</details>\n<p>a <sub>b</sub> </p>\n"
    )


HOSTILE = st.sampled_from(
    ["<script>", "<!--", "-->", "<details>", "<details open>", "<details onclick=x>", "<a href=javascript:x>", "[x](javascript:alert(1))",
     "[x](data:text/html,x)", "![x](y)", "<svg/onload=x>", "\n\n", "\n", "<summary>", "</details>", "<br>", "`", "```", "| a |\n|--|\n", "- [x] ", "&lt;", "<![CDATA[", "<?x", "]]>", "<!X"]
)  # fmt: skip


@given(st.lists(HOSTILE | st.text(max_size=4), max_size=15).map("".join))
def test_nothing_in_a_body_becomes_markup_that_could_do_anything(body):
    told = as_html(body)
    for tag in re.findall(r"<[^>]*>?", told):
        assert re.fullmatch(
            r"</?(?:details|summary|kbd|sub|sup|br|p|em|strong|code|pre|ul|ol|li|blockquote|h[1-6]|hr|s|a|div|table|thead|tbody|tr|th|td)"
            r'(?: (?:open|tabindex="0"|role="region"|class="wide"|aria-label="Table"|start="\d+"|style="text-align:\w+"|'
            r'href="(?!javascript|data|vbscript|file)[^"<>]*"|title="[^"<>]*"|rel="noreferrer nofollow"))* ?/?>',
            tag,
        ), tag

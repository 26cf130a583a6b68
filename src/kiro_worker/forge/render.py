"""A pull request for people who have no forge's web page: as text, and as one page that needs nothing else."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kiro_worker.forge import escape
from kiro_worker.forge.body import without_markers
from kiro_worker.forge.port import CommitStatus, PullRequest, StatusState

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
# The only HTML that a body may bring along: folds, and nothing with an attribute that could do anything.
_ALLOWED = re.compile(r"</?(?:details|summary|kbd|sub|sup|br)>|<details open>", re.IGNORECASE)
_BOX = re.compile(r"^\[([ xX])\] ")
_MARKS = {
    StatusState.PENDING: ("○", "pending"),
    StatusState.SUCCESS: ("✓", "passed"),
    StatusState.FAILURE: ("✗", "failed"),
    StatusState.ERROR: ("!", "error"),
}

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5a636e;--line:#d5dae0;--paper:#fff;--well:#f4f6f8;--link:#0b57c2;
--open:#1a7f37;--draft:#5a636e;--merged:#7a3fd0;--closed:#c4302b}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa4af;--line:#363d46;--paper:#12161b;--well:#1b2128;
--link:#78b0ff;--open:#4fc56c;--draft:#9aa4af;--merged:#b58cff;--closed:#ff7b73}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,sans-serif;overflow-wrap:break-word}
main{max-width:56rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 .6rem}
h2,h3{line-height:1.3;margin-top:1.8rem}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,pre:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.number,.way,.when{color:var(--soft)}
.stage{display:inline-block;border:2px solid currentColor;border-radius:1rem;padding:0 .7rem;font-weight:600}
.stage.open{color:var(--open)}.stage.draft{color:var(--draft)}.stage.merged{color:var(--merged)}
.stage.closed{color:var(--closed)}
.statuses{list-style:none;padding:.6rem .9rem;margin:1rem 0;border:1px solid var(--line);border-radius:.5rem}
.passed b{color:var(--open)}.failed b,.error b{color:var(--closed)}
article{border-top:1px solid var(--line);margin-top:1.2rem}
code,pre{font:0.9em/1.5 ui-monospace,monospace;background:var(--well);border-radius:.3rem}
code{padding:.1em .3em}pre{padding:.8rem;overflow-x:auto}pre code{padding:0;background:none;font-size:1em}
.wide{overflow-x:auto}table{border-collapse:collapse}
th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}
blockquote{margin:1rem 0;padding-left:1rem;border-left:.25rem solid var(--line);color:var(--soft)}
details{border:1px solid var(--line);border-radius:.5rem;padding:.4rem .9rem;margin:.8rem 0}summary{cursor:pointer}
@media print{details{border:0}}
"""


def stage(pull: PullRequest) -> str:
    """One word for where it stands: open, draft, merged or closed."""
    if pull.open:
        return "draft" if pull.draft else "open"
    return "merged" if pull.merged else "closed"


def as_text(pull: PullRequest, statuses: Sequence[CommitStatus] = ()) -> str:
    """The pull request for a terminal: a heading, the statuses and the body as it was written."""
    lines = [
        f"#{pull.number} {escape.line(pull.title)}",
        f"{stage(pull)}: {escape.line(pull.branch)} → {escape.line(pull.base)} at {pull.head[:12] or 'no commit'}",
        escape.line(pull.url),
        *(f"{_MARKS[each.state][0]} {escape.line(each.context)}: {escape.line(each.description)}" for each in statuses),
        "",
        escape.visible(without_markers(pull.body)).strip(),
    ]
    return "\n".join(lines) + "\n"


def as_page(pull: PullRequest, statuses: Sequence[CommitStatus] = ()) -> str:
    """The pull request as one HTML page: no script, nothing loaded, no markup of the body's own but folds."""
    heading = escape.html(pull.title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Even a mistake in what is let through below could not run or load anything.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>#{pull.number} {heading}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<header>\n<h1>{heading} <span class="number">#{pull.number}</span></h1>\n'
        f'<p><span class="stage {stage(pull)}">{stage(pull)}</span> '
        f'<span class="way"><code>{escape.html(pull.branch)}</code> into <code>{escape.html(pull.base)}</code>'
        f"{_at(pull)}</span></p>\n</header>\n{_status_list(statuses)}"
        f"<article>\n{as_html(pull.body)}</article>\n</main>\n</body>\n</html>\n"
    )


def as_html(body: str) -> str:
    """A body's Markdown as HTML that can only show: links that lead to web pages, folds, and text."""
    return str(_markdown().render(body))


def _at(pull: PullRequest) -> str:
    return f" at <code>{escape.html(pull.head[:12])}</code>" if pull.head else ""


def _status_list(statuses: Sequence[CommitStatus]) -> str:
    if not statuses:
        return ""
    lines = []
    for each in statuses:
        mark, word = _MARKS[each.state]
        context, told = escape.html(each.context), escape.html(each.description)
        if each.url.startswith(("https://", "http://")):
            told = f'<a href="{escape.html(each.url, limit=2000).replace(chr(0x200B), "")}" rel="noreferrer">{told}</a>'
        lines.append(f'<li class="{word}"><b aria-hidden="true">{mark}</b> {context}: {told} ({word})</li>\n')
    return f'<ul class="statuses" aria-label="Statuses">\n{"".join(lines)}</ul>\n'


def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
    rules: dict[str, Any] = markdown.renderer.rules  # type: ignore[attr-defined]  # only the HTML renderer has rules
    rules["html_block"] = rules["html_inline"] = _own_markup
    rules["image"] = _image_as_text
    rules["fence"] = rules["code_block"] = _log
    rules["table_open"] = lambda *_: '<div class="wide" tabindex="0" role="region" aria-label="Table"><table>\n'
    rules["table_close"] = lambda *_: "</table></div>\n"
    markdown.core.ruler.push("boxes", _draw_boxes)
    markdown.core.ruler.push("links", _quiet_links)
    return markdown


def _own_markup(tokens: "Sequence[Token]", index: int, *_: object) -> str:
    """Markup of the body's own: what is allowed stays, the rest is shown as text."""
    content, last, pieces = _COMMENT.sub("", tokens[index].content), 0, []
    for tag in _ALLOWED.finditer(content):
        pieces += [_as_text(content[last : tag.start()]), tag[0].lower()]
        last = tag.end()
    return "".join([*pieces, _as_text(content[last:])])


def _as_text(content: str) -> str:
    return content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _log(tokens: "Sequence[Token]", index: int, *_: object) -> str:
    # In the tab order, so that a long line can be scrolled to without a mouse.
    return f'<pre tabindex="0"><code>{_as_text(tokens[index].content)}</code></pre>\n'


def _image_as_text(tokens: "Sequence[Token]", index: int, *_: object) -> str:
    # A picture from elsewhere would tell its server who reads this page.
    return f"[picture: {escape.html(tokens[index].content)}]"


def _draw_boxes(state: Any) -> None:
    """Turn `[x]` at the start of a list item into a box."""
    for item, paragraph, token in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (item.type, paragraph.type, token.type) != ("list_item_open", "paragraph_open", "inline"):
            continue
        first = token.children[0]
        if first.type == "text" and (box := _BOX.match(first.content)):
            first.content = ("☐ " if box[1] == " " else "☑ ") + first.content[box.end() :]


def _quiet_links(state: Any) -> None:
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noreferrer nofollow")

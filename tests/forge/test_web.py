import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from kiro_worker.forge.escape import link
from kiro_worker.forge.web import Web, web_of

markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HERE = Web("https://github.com/ada/engine")


@pytest.mark.parametrize(
    ("remote", "base"),
    [
        ("https://github.com/ada/engine.git", "https://github.com/ada/engine"),
        ("https://x-access-token:secret@github.com/ada/engine", "https://github.com/ada/engine"),
        ("git@github.com:ada/engine.git", "https://github.com/ada/engine"),
        ("ssh://git@ssh.github.com:443/ada/engine.git", "https://github.com/ada/engine"),
        ("https://acme.ghe.com/ada/engine.git", "https://acme.ghe.com/ada/engine"),
    ],
)
def test_a_github_remote_has_pages_without_any_credential(remote, base):
    assert web_of(remote) == Web(base)


@pytest.mark.parametrize(
    "remote", ["", "/srv/git/engine.git", "file:///srv/engine.git", "http://127.0.0.1:8080/a/b.git", "https://git.example.com/a/b.git", "https://github.com/ada"]
)  # fmt: skip
def test_a_remote_that_is_not_known_as_github_s_has_none(remote):
    assert web_of(remote) is None


def test_an_enterprise_server_is_known_by_the_settings():
    told = web_of("git@ghe.example.com:ada/engine.git", api_url="https://ghe.example.com/api/v3")
    assert told == Web("https://ghe.example.com/ada/engine")
    assert web_of("git@ghe.example.com:ada/engine.git") is None
    mirror = web_of(
        "git@git.example.com:m/engine.git", kind="github", api_url="https://api.github.com", repository="ada/engine"
    )
    assert mirror == HERE
    assert web_of("https://github.com/ada/engine", kind="local") is None


def test_lines_of_a_document_are_shown_as_they_were_written():
    assert HERE.lines("c" * 40, "docs/a.md", 4, 4).endswith("/docs/a.md?plain=1#L4")
    assert HERE.lines("c" * 40, "docs/a.md").endswith("/docs/a.md")


@given(st.text(), st.text())
def test_any_path_and_any_name_make_one_link_in_one_cell(path, text):
    cell = link(text, HERE.lines("c" * 40, f"p{path}", 3))
    tokens = markdown.parse(f"| a | b |\n|---|---|\n| {cell} | x |\n")
    assert [token.type for token in tokens].count("td_open") == 2
    inside = [child for token in tokens for child in token.children or () if child.type == "link_open"]
    assert len(inside) == bool(cell)
    assert all(each.attrs["href"].startswith(f"{HERE.base}/blob/cccc") for each in inside)
    assert all(each.attrs["href"].endswith("#L3") for each in inside)

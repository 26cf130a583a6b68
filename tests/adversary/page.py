"""What in a page would act in a browser, found in what a parser makes of it."""

from html.parser import HTMLParser

# Everything that our own page is made of; whatever else is there came from elsewhere.
_OURS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "span",
        "h1",
        "h2",
        "p",
        "code",
        "strong",
        "a",
        "dl",
        "div",
        "dt",
        "dd",
        "small",
        "i",
        "section",
        "pre",
        "ul",
        "li",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "footer",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "lang",
        "charset",
        "name",
        "content",
        "http-equiv",
        "class",
        "style",
        "href",
        "role",
        "aria-label",
        "aria-hidden",
        "scope",
        "open",
        "title",
    ]
)


class _Looking(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _OURS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in _ATTRIBUTES or (name == "href" and not str(value).startswith(("https://", "http://"))):
                self.found.append(f"{tag} {name}={value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


def acting_parts(page: str) -> list[str]:
    """Elements and attributes that our page has not of itself; a page that is not there acts as the worst."""
    if "<body>" not in page:
        return ["no page"]
    looking = _Looking()
    looking.feed(page)
    looking.close()
    return looking.found

"""The figures of a page, by name."""

from html.parser import HTMLParser


class Figures(HTMLParser):
    """What stands at each `data-figure` of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, set[str]] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append((tag, dict(attrs).get("data-figure")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and (name := self._open[-1][1]) is not None and data.strip():
            self.found.setdefault(name, set()).add(data.strip())

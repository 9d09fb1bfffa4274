"""HTML as a browser reads it: which elements and attributes there are, and the text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}
SPOKEN = {"aria-label", "placeholder", "title", "alt"}
"""Attributes whose values people read or hear."""


@dataclass
class Read(HTMLParser):
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.spoken += [value for name, value in attrs if name in SPOKEN and value]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another"

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "code", "kbd"} & set(self._open):
            self.texts.append(data)

    def done(self) -> "Read":
        self.close()
        assert self._open == [], f"never closed: {self._open}"
        return self

    @property
    def text(self) -> str:
        return "".join(self.texts)


def read(html: str) -> Read:
    reader = Read()
    reader.feed(html)
    return reader.done()

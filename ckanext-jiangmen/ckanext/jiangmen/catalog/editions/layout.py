"""Text on pages: lines of Chinese broken to a width, pages filled from the top.

Own layout instead of ReportLab's paragraphs: 5,000 entries are 2,000 pages, and their
table of contents has to know every page before the first is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595.0, 842.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 547.0, 792.0, 56.0
SMALL, PLAIN = 8.0, 9.0
LEADING = 1.35
NOT_AT_START = frozenset("，。、；：？！）》〉”’】」』〕…,.;:?!)%")
BACK = 24


class Measure(dict[str, float]):
    """Widths of characters at size 1, looked up in the font once each."""

    def __init__(self, font: TTFont) -> None:
        super().__init__()
        self._face: Any = font.face

    def __missing__(self, character: str) -> float:
        width = self._face.getCharWidth(ord(character)) / 1000
        self[character] = width
        return width

    def wrap(self, text: str, width: float, size: float) -> list[str]:
        """Return the lines of `text`, none wider than `width` points.

        A closing mark hangs over the edge instead of beginning a line.
        """
        limit, lines = width / size, []
        for part in text.split("\n"):
            if sum(map(self.__getitem__, part)) <= limit:
                lines.append(part)
            else:
                self._break(part, limit, lines)
        return lines

    def _break(self, text: str, limit: float, lines: list[str]) -> None:
        start, used = 0, 0.0
        for place, character in enumerate(text):
            used += self[character]
            if used <= limit or place == start or character in NOT_AT_START:
                continue
            cut = _word_start(text, start, place)
            lines.append(text[start:cut].rstrip())
            used = sum(map(self.__getitem__, text[cut : place + 1]))
            start = cut
        lines.append(text[start:])


def _word_start(text: str, start: int, place: int) -> int:
    """Return where the Latin word or number at `place` begins, if it is a short one."""
    cut = place
    while cut > start and _in_word(text[cut]) and _in_word(text[cut - 1]):
        cut -= 1
    return cut if start < cut and place - cut <= BACK else place


def _in_word(character: str) -> bool:
    return character.isascii() and not character.isspace()


@dataclass
class Page:
    """What stands on one page, in points from its lower left corner."""

    texts: list[tuple[float, float, float, str]] = field(default_factory=list)
    rules: list[float] = field(default_factory=list)
    marks: list[tuple[str, float, str, int]] = field(default_factory=list)
    links: list[tuple[str, float, float]] = field(default_factory=list)


class Flow:
    """Pages being filled from the top; `number` is the page's place, from 0."""

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self.pages: list[Page] = []
        self.turn()

    @property
    def number(self) -> int:
        """The place of the page that is being filled."""
        return len(self.pages) - 1

    def turn(self) -> None:
        """Begin a new page."""
        self.page, self.y = Page(), TOP
        self.pages.append(self.page)

    def need(self, height: float) -> None:
        """Begin a new page unless `height` points are left."""
        if self.y - height < BOTTOM:
            self.turn()

    def skip(self, height: float) -> None:
        """Leave `height` points free."""
        self.y -= height

    def line(self, text: str, size: float, x: float = LEFT) -> None:
        """Write one line that fits."""
        self.need(size * LEADING)
        self.y -= size * LEADING
        self.page.texts.append((x, self.y, size, text))

    def paragraph(self, text: str, size: float, x: float = LEFT) -> None:
        """Write a text in as many lines as it needs."""
        for line in self.measure.wrap(text, RIGHT - x, size):
            self.line(line, size, x)

    def cells(self, texts: Sequence[str], edges: Sequence[float], size: float) -> None:
        """Write a row: a text between each two edges, as high as the longest."""
        columns = [
            self.measure.wrap(text, right - left - 4, size) if text else []
            for text, left, right in zip(texts, edges, edges[1:], strict=False)
        ]
        for place in range(max(map(len, columns), default=0)):
            self.need(size * LEADING)
            self.y -= size * LEADING
            for left, lines in zip(edges, columns, strict=False):
                if place < len(lines) and lines[place]:
                    self.page.texts.append((left, self.y, size, lines[place]))

    def rule(self) -> None:
        """Draw a line across, right below the last text."""
        self.page.rules.append(self.y - 2)

    def mark(self, key: str, title: str, level: int) -> None:
        """Make the present place reachable as `key`, and list it in the outline."""
        self.page.marks.append((key, self.y, title, level))

    def link(self, key: str) -> None:
        """Make the last line lead to `key`."""
        self.page.links.append((key, self.y - 2, self.y + PLAIN))


def draw(canvas: Canvas, font: TTFont, page: Page, foot: str) -> None:
    """Draw a page with its foot line, and end it."""
    _write(canvas, font, [*page.texts, (LEFT, BOTTOM - 20, SMALL, foot)])
    canvas.setLineWidth(0.4)
    for y in page.rules:
        canvas.line(LEFT, y, RIGHT, y)
    for key, y, title, level in page.marks:
        canvas.bookmarkPage(key, fit="XYZ", left=0, top=y, zoom=0)
        canvas.addOutlineEntry(title, key, level, closed=level > 0)
    for key, low, high in page.links:
        canvas.linkRect("", key, (LEFT, low, RIGHT, high), relative=0, thickness=0)
    canvas.showPage()


def _write(
    canvas: Any, font: Any, texts: list[tuple[float, float, float, str]]
) -> None:
    """Add texts to the page's stream, as ReportLab's text object does.

    Its own measures every text anew and formats numbers slowly: half of all the time.
    """
    code, present = ["BT"], None
    for x, y, size, words in texts:
        code.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
        for subset, piece in font.splitString(words, canvas._doc):
            if present != (subset, size):
                present = (subset, size)
                name = font.getSubsetInternalName(subset, canvas._doc)
                code.append(f"{name} {size:g} Tf")
            code.append(f"({canvas._escape(piece)}) Tj")
    canvas._code += [*code, "ET"]

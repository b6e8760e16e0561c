"""Posters with a QR code, as PDF: a page for each, in A4 or A5, drawn in lines and in the font every reader brings."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from app.http.qr import qr_rows

FONT = "STSong-Light"  # 宋体, by name: PDF readers have it or one like it, and the file stays small
SIZES = {"A4": A4, "A5": A5}
WIDTH, HEIGHT = A4
BLUE, INK, SOFT = HexColor("#0b57a8"), HexColor("#14202c"), HexColor("#51606f")
QUIET = 4  # modules of white around the code, ISO/IEC 18004

pdfmetrics.registerFont(UnicodeCIDFont(FONT))


@dataclass(frozen=True)
class Poster:
    """`place`: above the title; `steps`: what to do and what happens; `note`: how long and where it holds."""

    place: str
    title: str
    address: str
    call: str
    steps: tuple[str, ...]
    note: str


def pdf(posters: Sequence[Poster], *, size: str) -> bytes:
    """All posters, one on each page. Takes about 15 ms for each: run it in a thread."""
    page = SIZES[size]
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=page)
    canvas.setTitle(posters[0].title if len(posters) == 1 else f"二维码海报 {len(posters)} 张")
    canvas.setAuthor("掌办")
    for poster in posters:
        canvas.scale(page[0] / WIDTH, page[1] / HEIGHT)
        _draw(canvas, poster)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: Canvas, poster: Poster) -> None:
    canvas.setFillColor(BLUE)
    canvas.rect(0, HEIGHT - 74 * mm, WIDTH, 74 * mm, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    _text(canvas, [poster.place], top=HEIGHT - 20 * mm, size=24)
    title = _wrapped(poster.title, 44, most=2)
    _text(canvas, title, top=HEIGHT - (50 if len(title) == 1 else 42) * mm, size=44)
    canvas.setFillColor(INK)
    _code(canvas, poster.address, x=(WIDTH - 118 * mm) / 2, y=HEIGHT - 200 * mm, side=118 * mm)
    _text(canvas, [poster.call], top=HEIGHT - 212 * mm, size=30)
    _text(canvas, poster.steps, top=HEIGHT - 228 * mm, size=19)
    canvas.setFillColor(SOFT)
    _text(canvas, [poster.note], top=20 * mm, size=14)
    _text(canvas, ["不会用手机？请到咨询导办台，工作人员帮您办。政务服务热线 12345"], top=10 * mm, size=14)


def _text(canvas: Canvas, lines: Sequence[str], *, top: float, size: float) -> None:
    """Lines in the middle of the page, the first one at `top`; each as large as it fits."""
    for n, line in enumerate(lines):
        width = pdfmetrics.stringWidth(line, FONT, size)
        fitting = min(size, size * (WIDTH - 30 * mm) / width) if width else size
        canvas.setFont(FONT, fitting)
        canvas.drawCentredString(WIDTH / 2, top - n * size * 1.5, line)


def _wrapped(text: str, size: float, *, most: int) -> list[str]:
    """At most so many lines of about the same length; a longer text gets smaller letters."""
    width = pdfmetrics.stringWidth(text, FONT, size)
    count = min(most, max(1, -(-int(width) // int(WIDTH - 30 * mm))))
    length = -(-len(text) // count)
    return [text[n : n + length] for n in range(0, len(text), length)]


def _code(canvas: Canvas, address: str, *, x: float, y: float, side: float) -> None:
    """The QR code as one path of bars, so that it is sharp at any size."""
    rows = qr_rows(address)
    unit = side / (len(rows) + 2 * QUIET)
    path = canvas.beginPath()
    for n, row in enumerate(rows):
        for first, length in _bars(row):
            path.rect(x + (first + QUIET) * unit, y + side - (n + QUIET + 1) * unit, length * unit, unit)
    canvas.drawPath(path, stroke=0, fill=1)


def _bars(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Runs of black in a row: where each begins and how long it is."""
    for is_black, run in groupby(enumerate(row), key=itemgetter(1)):
        modules = list(run)
        if is_black:
            yield modules[0][0], len(modules)

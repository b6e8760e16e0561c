"""QR codes as pictures made of lines: inline for pages, as rows of black squares for print."""

import io
from typing import Any

import qrcode
import qrcode.image.svg


def qr_svg(text: str, *, border: int = 2) -> str:
    """A QR code as an inline SVG image; `border` in modules."""
    buffer = io.BytesIO()
    _code(text, border=border).make_image(image_factory=qrcode.image.svg.SvgPathImage).save(buffer)
    svg = buffer.getvalue().decode()
    return svg[svg.index("<svg") :]


def qr_rows(text: str) -> list[list[bool]]:
    """The modules of a QR code that still reads with a quarter of it worn off; True is black, no border."""
    rows: list[list[bool]] = _code(text, border=0, level=qrcode.constants.ERROR_CORRECT_Q).get_matrix()
    return rows


def _code(text: str, *, border: int, level: int = qrcode.constants.ERROR_CORRECT_L) -> "qrcode.QRCode[Any]":
    code = qrcode.QRCode(border=border, error_correction=level)
    code.add_data(text)
    code.make(fit=True)
    return code

"""What people hand in as a picture comes out as a plain JPEG, or not at all; and lies sealed on the disk."""

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app import files
from app.errors import NotFound
from app.pictures import MAX_BYTES, NotAPicture, PictureTooLarge, harmless
from app.sealing import seal_bytes, unseal_bytes
from tests.factories import NOW


def picture(size: tuple[int, int] = (640, 480), kind: str = "JPEG", **more: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(made, kind, **more)
    return made.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred kB that unpacks to a great many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = zlib.compress(b"\0" * ((width + 1) * height), 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_a_phones_photo_is_made_small_turned_upright_and_loses_what_it_says_about_the_place() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "SECRET-PLACE"  # turned by 90 degrees; a description
    made = Image.open(io.BytesIO(await harmless(picture((4000, 3000), exif=exif, comment=b"<script>"))))
    assert (made.format, made.size) == ("JPEG", (1200, 1600))
    assert (dict(made.getexif()), made.info.get("comment")) == ({}, None)


async def test_a_signature_drawn_on_nothing_stands_on_white() -> None:
    drawn = io.BytesIO()
    Image.new("RGBA", (100, 40)).save(drawn, "PNG")
    made = Image.open(io.BytesIO(await harmless(drawn.getvalue())))
    assert made.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(x) print\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:500],
        picture(kind="GIF"),
        picture(kind="BMP", size=(9, 9)),
        bomb(12_000, 12_000),
        bomb(5001, 5001),
    ],
    ids=["nothing", "text", "eps", "svg", "cut off", "gif", "bmp", "bomb", "just too many pixels"],
)
async def test_whatever_else_it_is_it_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        await harmless(content)


async def test_more_than_five_megabytes_are_refused_unread() -> None:
    with pytest.raises(PictureTooLarge):
        await harmless(b"\xff" * (MAX_BYTES + 1))


@given(st.binary(max_size=2000), st.integers(min_value=0))
def test_a_sealed_file_opens_in_its_place_only_and_unaltered(content: bytes, at: int) -> None:
    sealed = seal_bytes(content, "file:a")
    assert unseal_bytes(sealed, "file:a") == content
    broken = bytearray(sealed)
    broken[at % len(sealed)] ^= 1
    for wrong, place in ((bytes(broken), "file:a"), (sealed, "file:b"), (sealed[:5], "file:a")):
        with pytest.raises(ValueError, match="does not open"):
            unseal_bytes(wrong, place)


async def test_a_file_is_sealed_under_a_name_of_ours_for_the_group_only(tmp_path: Path) -> None:
    key = await files.keep(tmp_path, b"a picture of somebody", kind="pickup", now=NOW)
    path = tmp_path / key
    assert key.startswith("pickup/2026-11/")
    assert (b"somebody" in path.read_bytes(), path.stat().st_mode & 0o777) == (False, 0o640)
    assert await files.read(tmp_path, key) == b"a picture of somebody"
    await files.drop(tmp_path, [key, key])
    with pytest.raises(NotFound):
        await files.read(tmp_path, key)


async def test_only_files_that_were_not_written_just_now_can_be_strays(tmp_path: Path) -> None:
    old, new = [await files.keep(tmp_path, b"x", kind="pickup", now=NOW) for _ in range(2)]
    os.utime(tmp_path / old, (1, 1))
    assert await files.strays(tmp_path, kind="pickup", months=["2026-11", "2026-10"], older_than_s=3600) == [old]
    assert new != old

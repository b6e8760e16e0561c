"""Run as a program by `app.pictures`: a picture comes in, a plain JPEG goes out. Imports nothing of ours.

The limits are set before anything is read: memory, CPU time, no files.
"""

import io
import resource
import sys
import warnings

from PIL import Image, ImageOps

MEGABYTE = 1024 * 1024
LIMITS = {
    resource.RLIMIT_AS: 1024 * MEGABYTE,
    resource.RLIMIT_CPU: 15,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 1600


def main() -> None:
    for limit, value in LIMITS.items():
        resource.setrlimit(limit, (value, value))
    content = sys.stdin.buffer.read(6 * MEGABYTE)
    sys.stdout.buffer.write(_reencoded(content))


def _reencoded(content: bytes) -> bytes:
    warnings.simplefilter("error")  # a bomb of a size Pillow only warns of
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is decoded small
        upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    made = io.BytesIO()
    _flat(upright).save(made, "JPEG", quality=80, comment=b"", exif=b"")
    return made.getvalue()


def _flat(picture: Image.Image) -> Image.Image:
    """On white: a signature is drawn on nothing."""
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", layered.size, "white")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


if __name__ == "__main__":
    main()

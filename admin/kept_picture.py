"""A picture that came with a reply which was not sent: kept for its sender, so that nobody chooses it twice."""

import binascii
from pathlib import Path

from app import files
from app.errors import InvalidInput, NotFound
from app.sealing import seal, unseal
from app.staff.by import By
from chatbot.attachments import PICTURE, Handed


def held(file: Handed, *, code: str, by: By) -> str:
    """What the page sends back in its place: good for this conversation and this member of staff only."""
    return seal(file.key, _place(code, by))


async def again(folder: Path, sealed: str, *, code: str, by: By) -> Handed:
    """The picture that `held` stands for. Raises `InvalidInput` when it is no longer there: strays are removed."""
    try:
        key = unseal(sealed, _place(code, by))
        await files.read(folder, key)
    except (ValueError, binascii.Error, NotFound):
        raise InvalidInput({"photo": "之前选的图片已过期，请重新选择图片"}) from None
    return Handed(PICTURE, key)


def _place(code: str, by: By) -> str:
    return f"kept_picture:{code}:{by.staff_id}"

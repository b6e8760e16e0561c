"""The hand-over as a counter does it: with a photo or a signature, which stay only when the result really goes."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app import files, pictures
from app.errors import AppError
from app.pickup import actions
from app.pickup.models import Pickup
from app.pictures import NotAPicture
from app.sealing import unseal
from app.staff.by import By

KIND = "pickup"
PNG = "data:image/png;base64,"
STRAY_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a hand-over leaves behind, as it came in: a photo's bytes, and a signature as the browser drew it.

    Attributes:
        signature: a data URL of a PNG, or empty.
        is_required: one of them must be there.
    """

    folder: Path
    photo: bytes = b""
    signature: str = ""
    is_required: bool = True

    async def keep(self, now: datetime) -> dict[str, str]:
        """Make them harmless and keep them. Returns the columns that name them.

        Raises `PictureTooLarge` or `NotAPicture`; then nothing is kept.
        """
        given = {"photo_key": self.photo, "signature_key": _drawn(self.signature)}
        made = {name: await pictures.harmless(content) for name, content in given.items() if content}
        return {name: await files.keep(self.folder, content, kind=KIND, now=now) for name, content in made.items()}


def _drawn(signature: str) -> bytes:
    if not signature:
        return b""
    try:
        return base64.b64decode(signature.removeprefix(PNG), validate=True)
    except ValueError:  # no base64, or no ASCII at all
        raise NotAPicture() from None


@dataclass(frozen=True, slots=True)
class Counted:
    """What the clerk enters at the counter."""

    items: int
    receiver: str
    is_proxy_confirmed: bool = False


async def hand_over(
    *, pickup_code: str, counter_code: str, counted: Counted, proofs: Proofs, by: By, now: datetime
) -> Pickup:
    """Hand over with proof. Raises what `actions.hand_over` and `Proofs.keep` raise; then no picture is left."""
    kept = await proofs.keep(now)
    try:
        return await actions.hand_over(
            pickup_code=pickup_code,
            counter_code=counter_code,
            items_counted=counted.items,
            receiver=counted.receiver,
            is_proxy_confirmed=counted.is_proxy_confirmed,
            proofs=kept if kept or proofs.is_required else None,
            by=by,
            now=now,
        )
    except AppError:
        # Anything else may have been committed all the same: then `sweep` decides.
        await files.drop(proofs.folder, kept.values())
        raise


async def undo(*, pickup_code: str, folder: Path, by: By, now: datetime) -> None:
    """Take a hand-over back, and its pictures with it: they show the wrong person."""
    was = await actions.undo_hand_over(pickup_code=pickup_code, by=by, now=now)
    await files.drop(folder, [key for key in (was.photo_key, was.signature_key) if key])


def receiver_of(pickup: Pickup) -> str:
    """Who took it, in the clear; empty for a locker. Screens show it masked."""
    return unseal(pickup.receiver_sealed, actions.receiver_place(pickup.code)) if pickup.receiver_sealed else ""


async def sweep(folder: Path, now: datetime) -> int:
    """Remove pictures of this and the last month that no hand-over names, left by a crash. A periodic job."""
    months = {f"{now:%Y-%m}", f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"}
    keys = await files.strays(folder, kind=KIND, months=months, older_than_s=STRAY_AFTER.total_seconds())
    named: set[str] = set()
    for n in range(0, len(keys), 500):
        part = keys[n : n + 500]
        named |= {str(key) for key in await Pickup.filter(photo_key__in=part).values_list("photo_key", flat=True)}
        named |= {
            str(key) for key in await Pickup.filter(signature_key__in=part).values_list("signature_key", flat=True)
        }
    left = [key for key in keys if key not in named]
    await files.drop(folder, left)
    return len(left)

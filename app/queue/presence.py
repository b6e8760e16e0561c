"""That somebody is in the hall: by the code on the hall's tablet, which changes all the time, or by a printed code.

The code on the tablet holds for a minute, by the server's clock alone; what it is exchanged for holds for ten, so that
signing in and choosing do not outlive it.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from app import codes
from app.codes import Code, ExpiredCode, ForgedCode, Purpose, WrongPurpose
from app.halls import queries as halls
from app.ids import hashed
from app.queue import rules, scans
from app.queue.errors import HallCodeExpired, HallWithoutPlace, NotHallCode, PresenceOver, PrintedNotEnough, TooFar
from app.queue.models import Device, Scan
from app.queue.policy import policy_of
from app.queue.rules import Place
from app.staff import tries
from app.staff.errors import TooManyTries

CODE_LIFE = timedelta(seconds=60)
LIFE = timedelta(minutes=10)
STRANGE_LOGGED = 100  # refusals of codes that are not ours, and of printed ones, that a hall's log takes at a time


@dataclass(frozen=True, slots=True)
class Presence:
    """`channel`: wall or printed. `origin`: which of the tablet's codes was scanned; all who scan the same share it."""

    hall_code: str
    channel: str
    until: datetime
    origin: str = ""

    @property
    def text(self) -> str:
        """What the phone keeps, signed."""
        return codes.issue(Code(Purpose.PRESENCE, self.hall_code, f"{self.channel}.{self.origin}", self.until))

    @classmethod
    def of(cls, code: Code) -> "Presence":
        channel, _, origin = code.nonce.partition(".")
        return cls(code.subject, channel, code.expires_at, origin)


def wall_code(device: Device, *, now: datetime) -> str:
    """What the tablet shows now, as a code; the page puts it into an address."""
    return codes.issue(Code(Purpose.HALL, device.hall_code, device.code, now + CODE_LIFE))


async def by_wall(text: str, *, now: datetime) -> Presence:
    """Somebody has just scanned the tablet: `text` is the code, or the address in which it stood.

    Raises `HallCodeExpired` for a photo of it, `NotHallCode` for everything else, also from a tablet that was revoked.
    """
    try:
        code = codes.read(_code_in(text), purpose=Purpose.HALL, now=now)
    except ExpiredCode as exc:
        await _note_expired(exc.data["expired"], now)
        raise HallCodeExpired() from exc
    except (ForgedCode, WrongPurpose) as exc:
        await _note_strange(_code_in(text), now)
        raise NotHallCode() from exc
    if not await Device.exists(code=code.nonce, hall_code=code.subject, revoked_at=None):
        await _note(code.subject, "wall", code.nonce, NotHallCode.code, now)
        raise NotHallCode()
    return Presence(code.subject, "wall", now + LIFE, f"{code.nonce}.{code.expires_at:%H%M%S}")


async def by_print(hall_code: str, *, phone: Place | None, now: datetime) -> Presence:
    """Somebody has scanned a printed code; `phone` is where their phone says it is, which nobody keeps.

    Raises NotFound, or what `rules.ensure_printed` raises.
    """
    hall = await halls.hall(hall_code)
    has_place = hall.latitude is not None and hall.longitude is not None
    place = (hall.latitude or 0.0, hall.longitude or 0.0) if has_place else None
    try:
        rules.ensure_printed(await policy_of(hall_code), hall=place, phone=phone)
    except (PrintedNotEnough, HallWithoutPlace, TooFar) as exc:
        await _note(hall_code, "printed", "", exc.code, now)
        raise
    return Presence(hall_code, "printed", now + LIFE)


async def proved(text: str, *, now: datetime) -> Presence:
    """From what a phone has just scanned, or from what it was given for that.

    Raises `HallCodeExpired`, `NotHallCode` or `PresenceOver`.
    """
    try:
        code = codes.read(text, purpose=Purpose.PRESENCE, now=now)
    except ExpiredCode as exc:
        raise PresenceOver() from exc
    except (ForgedCode, WrongPurpose):
        return await by_wall(text, now=now)
    return Presence.of(code)


def read(text: str, *, now: datetime) -> Presence:
    """What a phone kept. Raises `PresenceOver`, for a forged one too."""
    try:
        code = codes.read(text, purpose=Purpose.PRESENCE, now=now)
    except (ForgedCode, WrongPurpose, ExpiredCode) as exc:
        raise PresenceOver() from exc
    return Presence.of(code)


def _code_in(text: str) -> str:
    """The code itself, from the address on the tablet or as it is."""
    try:
        found = parse_qs(urlsplit(text).query).get("c") if "?" in text else None
    except ValueError:  # no address at all, such as http://[
        return text
    return found[0] if found else text


async def _note_strange(text: str, now: datetime) -> None:
    """A code that is not ours is filed under the hall that it names, if there is one."""
    hall_code = codes.alleged_subject(text)
    if hall_code and await halls.halls(codes=[hall_code]):
        await _note(hall_code, "wall", hashed(text)[:16], NotHallCode.code, now)


async def _note(hall_code: str, channel: str, subject: str, outcome: str, now: datetime) -> None:
    """Anybody may send anything, so a hall's log takes so many of these in a quarter of an hour."""
    with suppress(TooManyTries):
        await tries.take(key=tries.key_of("scan", channel, hall_code), limit=STRANGE_LOGGED, now=now)
        await scans.note(
            purpose="wall", channel=channel, hall_code=hall_code, subject=subject, outcome=outcome, now=now
        )


async def _note_expired(code: Code, now: datetime) -> None:
    """Each code once, however often its photo goes round."""
    subject, outcome = f"{code.nonce}.{code.expires_at:%y%m%d%H%M%S}", HallCodeExpired.code
    if not await Scan.exists(purpose="wall", subject=subject, outcome=outcome):
        await scans.note(
            purpose="wall", channel="wall", hall_code=code.subject, subject=subject, outcome=outcome, now=now
        )

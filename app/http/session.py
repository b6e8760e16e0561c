"""Who is calling: opaque tokens of citizens and staff, kept as hashes, ended on the server.

Citizens: 24 h idle, 30 days in all. Staff: 15 min idle, 12 h in all (security.md A04). Machines in the halls, such
as lockers, keep their key until it is revoked, or nobody has used it for a quarter of a year.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tortoise import fields
from tortoise.models import Model

from app.db import transactional
from app.errors import NotAllowed, SignInNeeded
from app.http.context import AppRequest
from app.ids import hashed
from app.prepared import Prepared

Kind = Literal["citizen", "staff", "machine"]


@dataclass(frozen=True)
class Life:
    idle: timedelta
    absolute: timedelta

    @property
    def note_every(self) -> timedelta:
        """How stale `seen_at` may get, so that not every request writes a row."""
        return self.idle / 15

    def holds(self, *, opened_at: datetime, seen_at: datetime, now: datetime) -> bool:
        return now - opened_at <= self.absolute and now - seen_at <= self.idle


LIVES: dict[Kind, Life] = {
    "citizen": Life(idle=timedelta(hours=24), absolute=timedelta(days=30)),
    "staff": Life(idle=timedelta(minutes=15), absolute=timedelta(hours=12)),
    "machine": Life(idle=timedelta(days=90), absolute=timedelta(days=3650)),
}


class Session(Model):
    token_hash = fields.CharField(max_length=64, primary_key=True)
    kind = fields.CharField(max_length=8)
    subject_id = fields.BigIntField()
    channel = fields.CharField(max_length=16)
    opened_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()

    class Meta:
        table = "http_session"
        indexes = (("kind", "subject_id"), ("opened_at",))


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in citizen or member of staff, or a machine."""

    kind: Kind
    id: int
    channel: str
    token_hash: str


@transactional
async def open_session(*, kind: Kind, subject_id: int, channel: str, now: datetime) -> str:
    """Open a session. Returns its token: 256 random bits, told once and stored only as a hash."""
    token = secrets.token_urlsafe(32)
    await Session.create(
        token_hash=hashed(token), kind=kind, subject_id=subject_id, channel=channel, opened_at=now, seen_at=now
    )
    return token


@transactional
async def close_session(*, token_hash: str) -> None:
    """Sign out: the token is worth nothing from now on."""
    await Session.filter(token_hash=token_hash).delete()


@transactional
async def close_all_sessions(*, kind: Kind, subject_id: int, but: str | None = None) -> int:
    """End all sessions of a person (role change, new password, a lost phone), but for the one with hash `but`."""
    mine = Session.filter(kind=kind, subject_id=subject_id)
    return await (mine.exclude(token_hash=but) if but else mine).delete()


async def purge_sessions(now: datetime) -> int:
    """Delete sessions past their absolute life. A periodic job."""
    dead = 0
    for kind, life in LIVES.items():
        dead += await Session.filter(kind=kind, opened_at__lt=now - life.absolute).delete()
    return dead


_FIND = Prepared(
    lambda _: Session.filter(token_hash="", kind="").values_list("subject_id", "channel", "opened_at", "seen_at")
)
_MOMENT = Session._meta.fields_map["opened_at"]


async def find_caller(token: str, *, kind: Kind, now: datetime, is_active: bool = True) -> Caller | None:
    """Whose token this is, or None when it is unknown, of another kind, idle too long, or too old.

    `is_active`: somebody did something; what a page asks by itself keeps no session alive.
    """
    token_hash = hashed(token)
    rows = await _FIND.rows([token_hash, kind])
    if not rows:
        return None
    subject_id, channel, *times = rows[0]
    opened_at, seen_at = (_MOMENT.to_python_value(time) for time in times)
    life = LIVES[kind]
    if not life.holds(opened_at=opened_at, seen_at=seen_at, now=now):
        return None
    if is_active and now - seen_at > life.note_every:
        await Session.filter(token_hash=token_hash).update(seen_at=now)
    return Caller(kind=kind, id=subject_id, channel=channel, token_hash=token_hash)


async def still_holds(caller: Caller, *, now: datetime) -> bool:
    """Whether the caller's session goes on. Asking is not being active: a page left open keeps no session alive."""
    session = await Session.get_or_none(token_hash=caller.token_hash, kind=caller.kind)
    return session is not None and LIVES[caller.kind].holds(
        opened_at=session.opened_at, seen_at=session.seen_at, now=now
    )


def cookie_name(request: AppRequest, kind: Kind) -> str:
    """`__Host-` binds the cookie to this host and to https; plain http happens on a laptop only."""
    name = "zb_staff" if kind == "staff" else "zb"
    return f"__Host-{name}" if request.app.ctx.settings.is_https else name


async def caller_of(
    request: AppRequest, *, kind: Kind, now: datetime, by_cookie: bool, is_active: bool = True
) -> Caller:
    """The caller of this request. Raises `SignInNeeded`."""
    token = request.cookies.get(cookie_name(request, kind)) if by_cookie else request.token
    if not token or len(token) > 128:
        raise SignInNeeded()
    caller = await find_caller(token, kind=kind, now=now, is_active=is_active)
    if caller is None:
        raise SignInNeeded()
    request.ctx.caller = caller
    return caller


def ensure_our_origin(request: AppRequest) -> None:
    """Raises `NotAllowed` when a page of another site sends this; who names no origin is no such page."""
    origin = request.headers.get("origin")
    scheme = request.scheme.replace("ws", "http")  # a WebSocket's origin is that of its page
    ours = request.app.ctx.settings.public_url, f"{scheme}://{request.headers.get('host', '')}"
    if origin is not None and origin not in ours:
        raise NotAllowed()

"""The family's phones: up to three relatives who are told what the owner of a ticket is told (features.md D11).

The owner shows a link that holds for half an hour; a relative opens it, signs in and confirms. Both may end it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError

from app import codes
from app.citizens import queries as citizens
from app.codes import Code, Purpose
from app.db import transactional
from app.ids import new_code
from app.queue import viewing
from app.queue.errors import InviteOver, TicketOver, TooManyCompanions
from app.queue.models import Companion, Ticket
from app.queue.states import OPEN
from app.queue.stepping import ticket_by
from app.queue.viewing import Viewer

MOST = 3
INVITE_LIVES = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody who is told. `name` is masked; `code` names them where they are ended."""

    code: str
    name: str


async def invite(*, ticket_code: str, viewer: Viewer, now: datetime) -> Code:
    """A code for the family, to be signed with `codes.issue`. Raises NotFound, `OnlyTheOwner` or `TicketOver`."""
    ticket = await viewing.own(ticket_code, viewer)
    _ensure_open(ticket)
    return Code(Purpose.FAMILY, ticket.code, new_code(), now + INVITE_LIVES)


async def invited(*, text: str, now: datetime) -> Ticket:
    """The ticket to which the owner has let in whoever holds this text.

    Raises `ForgedCode`, `WrongPurpose`, `ExpiredCode`, NotFound or `TicketOver`.
    """
    ticket = await ticket_by(codes.read(text, purpose=Purpose.FAMILY, now=now).subject)
    _ensure_open(ticket)
    return ticket


@transactional
async def join(*, text: str, citizen_id: int, now: datetime) -> Ticket:
    """Be told what the owner is told. Safe to repeat; the owner needs none of it.

    Raises:
        InviteOver: they were there and it was ended after this invitation.
        TooManyCompanions: three are there already.
        ForgedCode, WrongPurpose, ExpiredCode, NotFound, TicketOver: as `invited`.
    """
    ticket = await invited(text=text, now=now)
    if ticket.citizen_id == citizen_id:
        return ticket
    known = await Companion.get_or_none(ticket_id=ticket.id, citizen_id=citizen_id)
    if known and known.ended_at is None:
        return ticket
    issued_at = codes.read(text, purpose=Purpose.FAMILY, now=now).expires_at - INVITE_LIVES
    if known and known.ended_at and issued_at < known.ended_at:
        raise InviteOver()
    for place in await _free_places(ticket):
        if await _take_place(ticket, known, citizen_id=citizen_id, place=place, now=now):
            return ticket
    raise TooManyCompanions(most=MOST)


async def _free_places(ticket: Ticket) -> list[int]:
    rows = await Companion.filter(ticket_id=ticket.id)
    return sorted({*range(1, MOST + 1)} - {row.place for row in rows})


async def _take_place(ticket: Ticket, known: Companion | None, *, citizen_id: int, place: int, now: datetime) -> bool:
    """False when another relative took it in this moment."""
    try:
        await _write(ticket, known, citizen_id=citizen_id, place=place, now=now)
    except IntegrityError:
        return False
    return True


@transactional
async def _write(ticket: Ticket, known: Companion | None, *, citizen_id: int, place: int, now: datetime) -> None:
    if known:
        await Companion.filter(id=known.id).update(place=place, joined_at=now, ended_at=None)
        return
    await Companion.create(code=new_code(), ticket_id=ticket.id, citizen_id=citizen_id, place=place, joined_at=now)


@transactional
async def end(*, ticket_code: str, viewer: Viewer, companion_code: str | None = None, now: datetime) -> None:
    """The owner ends a relative's by its code; a relative ends their own. Safe to repeat. Raises NotFound."""
    found = await viewing.seen(ticket_code, viewer)
    theirs = Companion.filter(ticket_id=found.ticket.id, ended_at=None)
    if found.is_owner:
        await theirs.filter(code=companion_code).update(place=None, ended_at=now)
        return
    await theirs.filter(citizen_id=viewer.citizen_id).update(place=None, ended_at=now)


async def companions(ticket_id: int) -> list[Relative]:
    """Who is told besides the owner, in the order in which they came."""
    rows = await Companion.filter(ticket_id=ticket_id, ended_at=None).order_by("joined_at", "id")
    people = await citizens.citizens({row.citizen_id for row in rows})
    return [Relative(row.code, _name(people.get(row.citizen_id))) for row in rows]


def _name(person: citizens.CitizenView | None) -> str:
    return (person.masked_name or person.masked_mobile if person else None) or "微信用户"


async def told_with(ticket_code: str) -> list[int]:
    """Citizens who are to hear what the ticket's owner hears."""
    ids = await Ticket.filter(code=ticket_code).values_list("id", flat=True)
    mine = Companion.filter(ticket_id__in=[int(str(row)) for row in ids], ended_at=None)
    return [int(str(row)) for row in await mine.order_by("id").values_list("citizen_id", flat=True)]


async def watchers(ticket_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Citizens who may watch besides the owner, by ticket."""
    found: dict[int, set[int]] = {}
    rows = Companion.filter(ticket_id__in=list(ticket_ids), ended_at=None)
    for ticket_id, citizen_id in await rows.values_list("ticket_id", "citizen_id"):
        found.setdefault(ticket_id, set()).add(citizen_id)
    return {ticket_id: frozenset(ids) for ticket_id, ids in found.items()}


def _ensure_open(ticket: Ticket) -> None:
    if ticket.state not in OPEN:
        raise TicketOver()

"""Whose ticket it is: a citizen's, a guest's who holds its secret, or a relative's who was let in to watch."""

from dataclasses import dataclass

from app.errors import NotFound
from app.queue.errors import OnlyTheOwner
from app.queue.models import Companion, Ticket
from app.queue.stepping import ticket_by


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a signed-in citizen, somebody with the secret of a guest, or both.

    Attributes:
        guest_hash: `app.ids.hashed` of what the browser keeps.
    """

    citizen_id: int | None = None
    guest_hash: str | None = None

    def owns(self, ticket: Ticket) -> bool:
        is_citizens = self.citizen_id is not None and ticket.citizen_id == self.citizen_id
        return is_citizens or (self.guest_hash is not None and ticket.guest_hash == self.guest_hash)


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as somebody may see it. Only the owner acts on it."""

    ticket: Ticket
    is_owner: bool


async def seen(code: str, viewer: Viewer) -> Seen:
    """Raises NotFound for a ticket that does not exist and for somebody else's alike."""
    ticket = await ticket_by(code)
    if viewer.owns(ticket):
        return Seen(ticket, is_owner=True)
    if viewer.citizen_id is not None and await _watches(ticket, viewer.citizen_id):
        return Seen(ticket, is_owner=False)
    raise NotFound()


async def own(code: str, viewer: Viewer) -> Ticket:
    """Raises NotFound, or `OnlyTheOwner` for a relative."""
    found = await seen(code, viewer)
    if not found.is_owner:
        raise OnlyTheOwner()
    return found.ticket


async def _watches(ticket: Ticket, citizen_id: int) -> bool:
    return await Companion.filter(ticket_id=ticket.id, citizen_id=citizen_id, ended_at=None).exists()

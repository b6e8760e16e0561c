"""Who looks at a ticket in this browser: a citizen who is signed in, a guest who holds a ticket's secret, or both."""

from contextlib import suppress

from sanic import HTTPResponse, redirect

from app.errors import NotFound, SignInNeeded
from app.http.context import AppRequest
from app.ids import hashed
from app.queue import viewing
from app.queue.errors import OnlyTheOwner
from app.queue.models import Ticket
from app.queue.viewing import Seen, Viewer
from h5 import guests
from h5.face import face


def viewer_of(request: AppRequest) -> Viewer:
    caller, secret = request.ctx.caller, guests.known_secret(request)
    return Viewer(citizen_id=caller.id if caller else None, guest_hash=hashed(secret) if secret else None)


async def ticket_seen(request: AppRequest, code: str) -> Seen | HTTPResponse:
    """The ticket, or the way to it: without the secret in the address, or by signing in.

    Raises NotFound for a ticket that is none of theirs, which tells nobody whether it exists.
    """
    if secret := request.args.get("k"):
        return await _keep(request, code, secret)
    try:
        return await viewing.seen(code, viewer_of(request))
    except NotFound:
        if request.ctx.caller is None and request.method == "GET":
            return face.to_sign_in(request)
        raise


async def ticket_owned(request: AppRequest, code: str) -> Ticket | HTTPResponse:
    """The same, for what is the owner's alone. Raises `OnlyTheOwner` for a relative, who may watch."""
    found = await ticket_seen(request, code)
    if isinstance(found, Seen) and not found.is_owner:
        raise OnlyTheOwner()
    return found.ticket if isinstance(found, Seen) else found


async def _keep(request: AppRequest, code: str, secret: str) -> HTTPResponse:
    """Put the secret of a printed or sent link into the browser, and go on without it in the address.

    Only the one of this ticket: nobody is talked into using somebody else's.
    """
    answer = redirect(request.path, status=303)
    with suppress(NotFound):
        if guests.SECRET.fullmatch(secret):
            await viewing.seen(code, Viewer(guest_hash=hashed(secret)))
            guests.keep(request, answer, secret)
    return answer


def ensure_known(request: AppRequest) -> Viewer:
    """Whoever sends a form of theirs. Raises `SignInNeeded` for somebody we know nothing of."""
    viewer = viewer_of(request)
    if viewer == Viewer():
        raise SignInNeeded()
    return viewer

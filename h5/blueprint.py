"""The group of all citizen pages, under `/h5`."""

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

from h5.errors import refuse
from h5.face import face
from h5.pages import bookings, choosing, home, look, matters, me, messages, pickups, sign_in, sign_in_phone, waiting

PAGES: list[Blueprint] = [
    home.pages,
    look.pages,
    matters.pages,
    choosing.pages,
    bookings.pages,
    waiting.pages,
    me.pages,
    messages.pages,
    pickups.pages,
    sign_in.pages,
    sign_in_phone.pages,
]

for _pages in PAGES:
    _pages.exception(Exception)(refuse)
face.static.serve_on(home.pages)

blueprint: BlueprintGroup = Blueprint.group(*PAGES, url_prefix="/h5")

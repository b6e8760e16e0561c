"""The group of all citizen pages, under `/h5`."""

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

from h5.errors import refuse
from h5.face import face
from h5.pages import (
    bookings,
    chat,
    choosing,
    consent,
    courier,
    display,
    family,
    here,
    home,
    kiosk,
    look,
    matters,
    me,
    messages,
    notice_settings,
    pickups,
    proxies,
    rate,
    screen,
    sign_in,
    sign_in_phone,
    ticket,
    waiting,
    walk_in,
    wall,
)

PAGES: list[Blueprint] = [
    home.pages,
    look.pages,
    matters.pages,
    choosing.pages,
    display.pages,
    consent.pages,
    bookings.pages,
    waiting.pages,
    me.pages,
    messages.pages,
    notice_settings.pages,
    pickups.pages,
    ticket.pages,
    chat.pages,
    family.pages,
    rate.pages,
    screen.pages,
    proxies.pages,
    courier.pages,
    here.pages,
    walk_in.pages,
    wall.pages,
    kiosk.pages,
    sign_in.pages,
    sign_in_phone.pages,
]

for _pages in PAGES:
    _pages.exception(Exception)(refuse)
face.static.serve_on(home.pages)

blueprint: BlueprintGroup = Blueprint.group(*PAGES, url_prefix="/h5")

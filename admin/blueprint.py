"""The group of all pages of the console, under `/admin`."""

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

from admin.errors import refuse
from admin.face import face
from admin.pages import (
    accounts,
    alarms,
    audit,
    book_for,
    booking_rules,
    bookings,
    calendar,
    conduct,
    counter,
    deliveries,
    desk,
    devices,
    digest,
    following,
    hall_place,
    hours,
    machines,
    matter,
    matters,
    offline,
    pickup,
    pickup_moves,
    pickups,
    posters,
    priority,
    queue_rules,
    ratings,
    remote,
    scan,
    scans,
    sign_in,
    statistics,
    today,
    waiting,
    walk_in,
)

PAGES: list[Blueprint] = [
    sign_in.pages,
    today.pages,
    desk.pages,
    counter.pages,
    alarms.pages,
    following.pages,
    digest.pages,
    statistics.pages,
    queue_rules.pages,
    scan.pages,
    walk_in.pages,
    pickups.pages,
    pickup.pages,
    pickup_moves.pages,
    machines.pages,
    offline.pages,
    book_for.pages,
    bookings.pages,
    remote.pages,
    waiting.pages,
    hours.pages,
    booking_rules.pages,
    conduct.pages,
    devices.pages,
    hall_place.pages,
    posters.pages,
    priority.pages,
    ratings.pages,
    scans.pages,
    matters.pages,
    matter.pages,
    calendar.pages,
    deliveries.pages,
    accounts.pages,
    audit.pages,
]

for _pages in PAGES:
    _pages.exception(Exception)(refuse)
face.static.serve_on(sign_in.pages)

blueprint: BlueprintGroup = Blueprint.group(*PAGES, url_prefix="/admin")

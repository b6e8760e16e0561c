"""The group of all resources of the JSON API, under `/api/v1`."""

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

from miniprogram_api import (
    arrivals,
    board,
    bookings,
    courier,
    display,
    halls,
    lockers,
    matters,
    me,
    messages,
    pickups,
    proxies,
    sessions,
    tickets,
    waiting,
    walk_ins,
)

# Each resource file offers one blueprint; add its line here.
RESOURCES: list[Blueprint] = [
    messages.messages,
    messages.subscriptions,
    sessions.sessions,
    me.me,
    me.consents,
    matters.blueprint,
    matters.themes_blueprint,
    halls.blueprint,
    board.blueprint,
    display.blueprint,
    bookings.blueprint,
    bookings.restrictions_blueprint,
    waiting.blueprint,
    tickets.blueprint,
    walk_ins.blueprint,
    arrivals.check_ins_blueprint,
    arrivals.presences_blueprint,
    arrivals.walk_ins_blueprint,
    pickups.blueprint,
    proxies.blueprint,
    courier.blueprint,
    lockers.blueprint,
]

blueprint: BlueprintGroup = Blueprint.group(*RESOURCES, url_prefix="/api/v1")

"""The group of all resources of the JSON API, under `/api/v1`."""

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

from miniprogram_api import bookings, halls, matters, me, messages, pickups, sessions, tickets, waiting

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
    bookings.blueprint,
    bookings.restrictions_blueprint,
    waiting.blueprint,
    tickets.blueprint,
    pickups.blueprint,
]

blueprint: BlueprintGroup = Blueprint.group(*RESOURCES, url_prefix="/api/v1")

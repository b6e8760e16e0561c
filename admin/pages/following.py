"""The stream every page of the hall's staff listens to: that the queue, an alarm or a conversation has changed. It says
no more.
"""

import json
from datetime import datetime
from functools import partial

from sanic import Blueprint

from admin.caller import desk_of, staff_stream
from app.http.context import AppRequest
from app.http.feeds import Show, Source
from app.queue import alarms, queries
from app.queue.history import topic_of
from app.staff.queries import Member
from chatbot import queries as chats

pages = Blueprint("admin_following")

LOOKS_EVERY_S = 1.5  # an alarm reaches colleagues in 2 s also where no ring arrives (features.md D14)
Stamps = dict[str, str]


@pages.get("/following")
@staff_stream()
async def following(request: AppRequest, member: Member) -> Show[Stamps]:
    """Stamps of the alarms, of the conversations and of the chosen hall's queue; who waits, and who too long."""
    desk = await desk_of(request, member.by)
    hall_code = desk.hall.code if desk else ""
    topic = topic_of(hall_code) if hall_code else alarms.TOPIC
    source = Source(f"console {hall_code}", topic, partial(_stamps, hall_code), LOOKS_EVERY_S)
    return Show(source, "", lambda stamps: json.dumps(stamps))


async def _stamps(hall_code: str, now: datetime) -> Stamps:
    queue = await queries.stamp(hall_code, now) if hall_code else ""
    signs = await chats.signs(now)
    return {
        "alarms": await alarms.stamp(),
        "queue": queue,
        "chats": signs.stamp,
        "late": signs.late,
        "waiting": signs.waiting,
    }

"""What 办不成事 was pressed for: only what is there, and of bookings only one's own."""

from contextlib import suppress
from dataclasses import dataclass

from app.booking import queries as bookings
from app.errors import NotFound
from app.halls import queries as halls
from app.matters import queries as matters
from chatbot.peers import Peer


@dataclass(frozen=True, slots=True)
class StuckAbout:
    """`codes` go along with the conversation, `text` is said in the citizen's name."""

    codes: dict[str, str]
    text: str


async def about_of(peer: Peer, matter: str, hall: str, booking: str) -> StuckAbout:
    """What of it is known."""
    name = (await matters.listed([matter])).get(matter, "") if matter else ""
    places = {each.code: each.name for each in await halls.halls(codes=[hall])} if hall else {}
    number = await _own(peer, booking)
    codes = {"matter": matter if name else "", "hall": hall if hall in places else "", "booking": number}
    parts = [name, places.get(hall, ""), f"预约号 {number}" if number else ""]
    return StuckAbout(codes, "办不成事：" + ("，".join(filter(None, parts)) or "请人工帮我看看"))


async def _own(peer: Peer, number: str) -> str:
    if number and peer.citizen_id is not None:
        with suppress(NotFound):
            return (await bookings.booking(number, citizen_id=peer.citizen_id)).number
    return ""

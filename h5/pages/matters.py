"""Finding a matter, and its guide."""

from sanic import Blueprint, HTTPResponse
from sanic import json as json_answer

from app import clock
from app.booking.kinds import without_rooms
from app.halls import queries as halls
from app.halls.models import Hall
from app.http.context import AppRequest
from app.matters import queries
from app.matters.guide import Guide
from app.matters.models import Matter
from app.matters.rules import is_stale
from app.matters.search.entry import Filter
from h5.face import face, render

pages = Blueprint("h5_matters")

AUDIENCES = {"natural": "个人办事", "legal": "企业和组织办事"}
DELIVERY = {
    "hall_pickup": "大厅窗口领取",
    "courier": "邮寄送达",
    "electronic": "电子证照或文书",
    "self_service": "自助终端打印",
    "bank_transfer": "转入银行账户",
}


@pages.get("/search")
@face.page()
async def search(request: AppRequest) -> HTTPResponse:
    """Results for what was typed, or the matters of a theme."""
    text = (request.args.get("q") or "").strip()[:100]
    theme = (request.args.get("theme") or "")[:24]
    bookable = request.args.get("bookable") == "1"
    where = Filter(theme=theme or None, bookable=True if bookable else None)
    found = await queries.search(text, where=where, page_size=40, now=clock.now())
    themes = {item.code: item.name for item in await queries.themes()}
    return render(
        request,
        "search.html",
        q=text,
        theme=theme,
        theme_name=themes.get(theme, ""),
        bookable=bookable,
        found=found,
        hot=await queries.hot(6),
    )


@pages.get("/themes")
@face.page()
async def themes(request: AppRequest) -> HTTPResponse:
    """All themes, for people and for businesses, and 一件事: what one event in a life brings with it."""
    shown = [theme for theme in await queries.themes() if theme.count]
    groups = [(name, [theme for theme in shown if theme.audience == key]) for key, name in AUDIENCES.items()]
    events = await queries.life_events()
    names = await queries.listed([code for event in events for code in event.matter_codes])
    return render(request, "themes.html", groups=groups, events=events, names=names)


@pages.get("/suggest")
@face.page()
async def suggest(request: AppRequest) -> HTTPResponse:
    """Up to eight suggestions for the search box."""
    found = await queries.suggest((request.args.get("q") or "").strip()[:50], limit=8)
    items = [{"code": hit.entry.code, "name": hit.entry.name, "by": hit.matched} for hit in found.hits]
    return json_answer(items, ensure_ascii=False)


@pages.get("/matters/<code:str>")
@face.page()
async def guide(request: AppRequest, code: str) -> HTTPResponse:
    """What to bring, how long it takes, what it costs, and where to go."""
    matter = await queries.matter(code)
    return render(
        request,
        "guide.html",
        matter=matter,
        guide=Guide.model_validate(matter.guide),
        places=await _places(matter),
        delivery=DELIVERY,
        today=clock.now().date(),
        stale=is_stale(matter.checked_on, today=clock.now().date()),
    )


async def _places(matter: Matter) -> list[tuple[Hall, str]]:
    """Where the matter is handled: hall and name of the counters. A hall that we do not know (any more) is left out,
    and so are visits by video where there are no rooms for them.
    """
    shut = await without_rooms(matter.places)
    open_places = [place for place in matter.places if place not in shut]
    known = {hall.code: hall for hall in await halls.halls(codes=[hall for hall, _ in open_places])}
    names = await halls.group_names([f"{hall}.{group}" for hall, group in open_places])
    return [(known[hall], names.get(f"{hall}.{group}", group)) for hall, group in open_places if hall in known]

"""Finding a matter, and its guide."""

from sanic import Blueprint, HTTPResponse
from sanic import json as json_answer

from app import clock
from app.halls import queries as halls
from app.http.context import AppRequest
from app.matters import queries
from app.matters.guide import Guide
from app.matters.rules import is_stale
from app.matters.search.entry import Filter
from h5.face import face, render

pages = Blueprint("h5_matters")


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
    places = [
        (await halls.hall(hall_code), await halls.group_name(hall_code, group_code))
        for hall_code, group_code in await queries.windows_of(code)
    ]
    return render(
        request,
        "guide.html",
        matter=matter,
        guide=Guide.model_validate(matter.guide),
        places=places,
        stale=is_stale(matter.checked_on, today=clock.now().date()),
    )

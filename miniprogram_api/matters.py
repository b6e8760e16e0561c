"""Service matters: search, suggestions, lists, themes and whole guides."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from sanic import Blueprint

from app import clock
from app.errors import NotFound
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.fields import OutsideCode, Text
from app.http.messages import Message
from app.matters import queries
from app.matters.guide import Guide
from app.matters.models import Matter
from app.matters.rules import is_stale
from app.matters.search.entry import Entry, Filter, Found, Hit

blueprint = Blueprint("matters", url_prefix="/matters")
themes_blueprint = Blueprint("themes", url_prefix="/themes")

FRESH_S = 5  # an edit is seen within a minute everywhere: this, and the second the index takes
SearchText = Annotated[Text, Field(max_length=100, description="name, colloquial word, pinyin or initials")]
Page = Annotated[int, Field(ge=1, le=500)]
PageSize = Annotated[int, Field(ge=1, le=queries.MAX_PAGE)]


class MattersIn(Message):
    """What to look for; everything may be left out, then all matters come, the most asked for first."""

    q: SearchText = ""
    theme: OutsideCode | None = None
    audience: Literal["natural", "legal"] | None = None
    level: Annotated[str | None, Field(max_length=2, description="1 nation … 3 city, 4 county, 5 township")] = None
    department: Annotated[Text | None, Field(max_length=64)] = None
    bookable: bool | None = None
    payable: bool | None = None
    courier: bool | None = None
    online: bool | None = None
    page: Page = 1
    page_size: PageSize = 20

    def filter(self) -> Filter:
        chosen = self.model_dump(exclude={"q", "page", "page_size"})
        return Filter(**chosen)


class SuggestionsIn(Message):
    q: SearchText = ""
    limit: Annotated[int, Field(ge=1, le=20)] = 8


class MatterOut(Message):
    """One line of a list. `marks` are [start, end) stretches of `name`, `matchedMarks` of `matched`, to be marked.

    `matched` is the alias or colloquial word by which it was found, null when it was the name itself.
    """

    code: str
    name: str
    short_name: str
    department: str
    level_code: str
    project_type: str
    themes: list[str]
    is_suspended: bool
    bookable: bool
    payable: bool
    courier: bool
    online: bool
    matched: str | None
    marks: list[tuple[int, int]]
    matched_marks: list[tuple[int, int]]

    @classmethod
    def of(cls, hit: Hit) -> "MatterOut":
        entry = hit.entry
        return cls(
            code=entry.code,
            name=entry.name,
            short_name=entry.short_name,
            department=entry.department,
            level_code=entry.level_code,
            project_type=entry.project_type,
            themes=list(entry.themes),
            is_suspended=entry.is_suspended,
            bookable=entry.bookable,
            payable=entry.payable,
            courier=entry.couriable,
            online=entry.online,
            matched=hit.matched,
            marks=list(hit.marks),
            matched_marks=list(hit.matched_marks),
        )


class MattersOut(Message):
    items: list[MatterOut]
    total: int
    page: int
    page_size: int

    @classmethod
    def of(cls, found: Found, *, page: int, page_size: int) -> "MattersOut":
        return cls(items=[MatterOut.of(hit) for hit in found.hits], total=found.total, page=page, page_size=page_size)


class SuggestionOut(Message):
    """`text` is what to show: the alias that was recognised, else the short name."""

    code: str
    text: str
    name: str
    marks: list[tuple[int, int]]

    @classmethod
    def of(cls, hit: Hit) -> "SuggestionOut":
        text = hit.matched or hit.entry.short_name
        marks = hit.matched_marks if hit.matched else ()
        return cls(code=hit.entry.code, text=text, name=hit.entry.name, marks=list(marks))


class SuggestionsOut(Message):
    items: list[SuggestionOut]
    total: int


class HotOut(Message):
    code: str
    name: str
    short_name: str
    bookable: bool

    @classmethod
    def of(cls, entry: Entry) -> "HotOut":
        return cls(code=entry.code, name=entry.name, short_name=entry.short_name, bookable=entry.bookable)


class HotListOut(Message):
    items: list[HotOut]
    total: int


class GuideOut(Message):
    """A whole guide: its state here, and its items after GB/T 39046 as the department gave them."""

    code: str
    name: str
    status: str
    version: int
    bookable: bool
    duration_min: int
    checked_on: date | None
    is_stale: bool
    guide: Guide

    @classmethod
    def of(cls, row: Matter, *, today: date) -> "GuideOut":
        return cls(
            code=row.code,
            name=row.name,
            status=row.status,
            version=row.version,
            bookable=row.bookable,
            duration_min=row.duration_min,
            checked_on=row.checked_on,
            is_stale=is_stale(row.checked_on, today=today),
            guide=Guide.model_validate(row.guide),
        )


class ThemeOut(Message):
    code: str
    name: str
    audience: str
    count: int


class ThemesOut(Message):
    items: list[ThemeOut]
    total: int


@blueprint.get("")
@endpoint(query=MattersIn, returns=MattersOut, cached_s=FRESH_S)
async def matters(request: AppRequest, *, query: MattersIn) -> MattersOut:
    """Search or browse matters"""
    found = await queries.search(
        query.q, where=query.filter(), page=query.page, page_size=query.page_size, now=clock.now()
    )
    return MattersOut.of(found, page=query.page, page_size=query.page_size)


@blueprint.get("/suggestions")
@endpoint(query=SuggestionsIn, returns=SuggestionsOut, cached_s=FRESH_S)
async def suggestions(request: AppRequest, *, query: SuggestionsIn) -> SuggestionsOut:
    """What may be meant, while still typing"""
    found = await queries.suggest(query.q, limit=query.limit)
    return SuggestionsOut(items=[SuggestionOut.of(hit) for hit in found.hits], total=found.total)


@blueprint.get("/hot")
@endpoint(returns=HotListOut, cached_s=FRESH_S)
async def hot(request: AppRequest) -> HotListOut:
    """The matters asked for most"""
    items = [HotOut.of(entry) for entry in await queries.hot(12)]
    return HotListOut(items=items, total=len(items))


@blueprint.get("/<code>")
@endpoint(returns=GuideOut, refuses=(NotFound,), cached_s=FRESH_S)
async def matter(request: AppRequest, code: str) -> GuideOut:
    """The whole guide of a matter"""
    return GuideOut.of(await queries.matter(code), today=clock.now().date())


@themes_blueprint.get("")
@endpoint(returns=ThemesOut, cached_s=FRESH_S)
async def themes(request: AppRequest) -> ThemesOut:
    """The navigation themes, with how many matters each holds"""
    items = [
        ThemeOut(code=theme.code, name=theme.name, audience=theme.audience, count=theme.count)
        for theme in await queries.themes()
    ]
    return ThemesOut(items=items, total=len(items))

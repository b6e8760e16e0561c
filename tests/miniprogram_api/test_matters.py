"""Matters through the JSON API."""

import time
from collections.abc import AsyncIterator

import aiohttp
import jsonschema
import pytest
from sanic import Sanic

from app.directory.seed import load_seed as load_directory
from app.http import access, errors, openapi
from app.http.admission import Admission
from app.http.context import App, Context
from app.matters import live, queries
from app.matters.actions import save_guide
from app.matters.models import Matter
from app.matters.seed import load_seed
from app.server import TypedRequest
from app.settings import Settings
from miniprogram_api import matters
from tests.factories import NOW
from tests.matters.conftest import FOLDER
from tests.running import serving, until


@pytest.fixture
async def api(db: str) -> AsyncIterator[aiohttp.ClientSession]:
    await load_directory(folder=FOLDER, now=NOW)
    await load_seed(folder=FOLDER, now=NOW)
    await live.refresh()
    context = Context(settings=Settings(), admission=Admission(at_once=8, waiting=40, deadline_s=5))
    app: App = Sanic("matters", ctx=context, configure_logging=False, request_class=TypedRequest)
    app.config.AUTO_EXTEND = False
    access.install(app)
    errors.install(app)
    app.blueprint(matters.blueprint)
    app.blueprint(matters.themes_blueprint)
    async with serving(app) as address, aiohttp.ClientSession(address) as client:
        client.app = app  # type: ignore[attr-defined]
        yield client


async def ask(api: aiohttp.ClientSession, path: str, status: int = 200) -> dict:
    async with api.get(path) as answer:
        assert answer.status == status
        return await answer.json()


@pytest.mark.parametrize("text", ["办社保卡", "sbk"])
async def test_the_card_is_found_by_its_everyday_name_and_its_initials(api: aiohttp.ClientSession, text: str) -> None:
    answer = await ask(api, f"/matters?q={text}&pageSize=3")
    assert answer["items"][0]["code"] == "HN-RS-001"
    assert (answer["page"], answer["pageSize"]) == (1, 3)
    assert len(answer["items"]) == min(3, answer["total"])


async def test_the_list_shows_everything_page_by_page(api: aiohttp.ClientSession) -> None:
    pages = [await ask(api, f"/matters?page={page}&pageSize=50") for page in (1, 2, 3)]
    assert [len(page["items"]) for page in pages] == [50, 50, 3]
    assert len({item["code"] for page in pages for item in page["items"]}) == 103
    assert {page["total"] for page in pages} == {103}


async def test_only_bookable_matters_come_when_asked_for(api: aiohttp.ClientSession) -> None:
    answer = await ask(api, "/matters?bookable=1&pageSize=50")
    assert (answer["total"], {item["bookable"] for item in answer["items"]}) == (102, {True})
    others = await ask(api, "/matters?bookable=false")
    assert [item["name"] for item in others["items"]] == ["义务教育阶段学校新生入学"]


async def test_filters_can_be_combined(api: aiohttp.ClientSession) -> None:
    answer = await ask(api, "/matters?theme=P-JT&payable=true&courier=true&audience=natural&level=3")
    rows = await Matter.filter(payable=True, couriable=True, natural=True, level_code="3")
    assert {item["code"] for item in answer["items"]} == {row.code for row in rows if "P-JT" in row.themes}
    assert answer["total"] > 0


@pytest.mark.parametrize(
    ("query", "field"),
    [("page=0", "page"), ("pageSize=51", "pageSize"), ("audience=dog", "audience"), ("bookable=perhaps", "bookable"),
     ("colour=red", "colour"), (f"q={'长' * 101}", "q")],
)  # fmt: skip
async def test_a_wrong_parameter_is_named_in_chinese(api: aiohttp.ClientSession, query: str, field: str) -> None:
    error = (await ask(api, f"/matters?{query}", 422))["error"]
    assert (error["code"], list(error["fields"])) == ("input.invalid", [field])
    assert not error["fields"][field].isascii()


async def test_the_whole_guide_is_there_in_camel_case(api: aiohttp.ClientSession) -> None:
    answer = await ask(api, "/matters/HN-GA-001")
    assert (answer["name"], answer["checkedOn"], answer["isStale"]) == ("居民身份证首次申领", "2026-11-23", False)
    guide = answer["guide"]
    assert guide["legalBasis"][0]["title"] == "中华人民共和国居民身份证法"
    assert guide["promisedLimit"] == {
        "days": 15, "unit": "working_day", "text": "15个工作日", "textOfLaw": None, "status": "to_be_checked"
    }  # fmt: skip
    assert guide["materials"][0]["exemptByElicence"] is True
    assert guide["formFields"][1]["validate"] == "gb11643"
    assert not any("_" in key for key in guide)


async def test_every_guide_of_the_city_can_be_shown(api: aiohttp.ClientSession) -> None:
    for code in await Matter.all().values_list("code", flat=True):
        assert (await ask(api, f"/matters/{code}"))["guide"]["code"] == code


async def test_a_matter_that_is_not_there_is_404(api: aiohttp.ClientSession) -> None:
    assert (await ask(api, "/matters/HN-XX-999", 404))["error"]["code"] == "not_found"


async def test_suggestions_come_while_typing(api: aiohttp.ClientSession) -> None:
    answer = await ask(api, "/matters/suggestions?q=sheb&limit=3")
    assert answer["items"][0] == {
        "code": "HN-RS-001", "text": "社保卡", "name": "社会保障卡申领", "marks": [[0, 2]]
    }  # fmt: skip
    assert len(answer["items"]) == 3
    assert (await ask(api, "/matters/suggestions"))["items"][0]["code"] == "HN-GA-002"


async def test_themes_and_hot_matters(api: aiohttp.ClientSession) -> None:
    themes = await ask(api, "/themes")
    assert (themes["total"], themes["items"][0]) == (
        32,
        {"code": "P-SY", "name": "生育", "audience": "natural", "count": 5},
    )
    hot = await ask(api, "/matters/hot")
    assert [item["name"] for item in hot["items"][:2]] == ["居民身份证换领", "居民身份证丢失补领"]


async def test_an_edit_is_seen_on_the_channel_within_a_minute(api: aiohttp.ClientSession) -> None:
    await ask(api, "/matters/HN-GA-001")
    guide = (await Matter.get(code="HN-GA-001")).guide | {"notes": "带好证件"}
    await save_guide(guide=guide, seen_version=1, by="li", now=NOW)
    started = time.monotonic()

    async def seen() -> bool:
        return (await ask(api, "/matters/HN-GA-001"))["guide"]["notes"] == "带好证件"

    await until(seen, seconds=matters.FRESH_S + 5)
    assert time.monotonic() - started < 60


async def test_a_search_in_vain_reaches_the_staff_list(api: aiohttp.ClientSession) -> None:
    assert (await ask(api, "/matters?q=宠物狗办证"))["items"] == []
    noted = await queries.searches_without_answer(since=NOW.date().replace(year=2020))
    assert [(miss.text, miss.count) for miss in noted] == [("宠物狗办证", 1)]


async def test_answers_match_the_published_schema(api: aiohttp.ClientSession) -> None:
    document = openapi.describe(api.app, title="t", version="1")  # type: ignore[attr-defined]
    for path, name in (("/matters?q=sbk", "MattersOut"), ("/matters/HN-GA-002", "GuideOut"), ("/themes", "ThemesOut")):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(await ask(api, path))

"""The border to HTTP, through real sockets: checked bodies, one error shape, idempotency, turns, clean contexts."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlsplit

import aiohttp
import pytest
from pydantic import Field
from sanic import Sanic
from yarl import URL

from app.errors import AppError
from app.http import access, errors
from app.http.admission import Admission
from app.http.context import App, AppRequest, Context, network_at
from app.http.endpoint import endpoint
from app.http.fields import Mobile, ShortText, Text
from app.http.messages import Message
from app.http.session import Caller, close_session, find_caller, open_session
from app.log import request_fields, request_lines
from app.outbox import RecordedEvent
from app.server import TypedRequest
from app.settings import Settings
from tests.citizens.site import site
from tests.factories import NOW
from tests.marks import on_both
from tests.running import serving


class OrderIn(Message):
    item_name: ShortText
    mobile: Mobile
    count: Annotated[int, Field(ge=1, le=9)]


class OrderOut(Message):
    number: int


class PageIn(Message):
    q: Annotated[Text, Field(min_length=2, max_length=10)] = ""
    page: Annotated[int, Field(ge=1, le=500)] = 1
    is_open: bool | None = None


class SoldOut(AppError):
    code = "test.sold_out"
    status = 409
    message = "已售完"


def small_app() -> App:
    context = Context(settings=Settings(), admission=Admission(at_once=4, waiting=40, deadline_s=2))
    app: App = Sanic("small", ctx=context, configure_logging=False, request_class=TypedRequest)
    app.config.AUTO_EXTEND = False
    access.install(app)
    errors.install(app)

    @app.post("/orders")
    @endpoint(body=OrderIn, returns=OrderOut, status=201, idempotent=True, refuses=(SoldOut,))
    async def order(request: AppRequest, body: OrderIn) -> OrderOut:
        """下单"""
        if body.count == 9:
            raise SoldOut()
        row = await RecordedEvent.create(name=body.item_name, payload="", recorded_at=NOW)
        await asyncio.sleep(0.01)
        return OrderOut(number=row.id)

    @app.get("/context")
    @endpoint()
    async def context_of_the_request(request: AppRequest) -> OrderOut:
        fields = request_fields.get()
        return OrderOut(number=0 if fields == {"request_id": str(request.id)} else 1)

    @app.get("/surprise")
    @endpoint()
    async def surprise(request: AppRequest) -> OrderOut:
        raise KeyError("340403190001010016")

    @app.get("/kept")
    @endpoint(returns=OrderOut, cached_s=60)
    async def kept(request: AppRequest) -> OrderOut:
        app.ctx.calls += 1  # type: ignore[attr-defined]
        return OrderOut(number=app.ctx.calls)  # type: ignore[attr-defined]

    @app.get("/page")
    @endpoint(query=PageIn, returns=OrderOut)
    async def page(request: AppRequest, query: PageIn) -> OrderOut:
        return OrderOut(number=query.page if query.is_open is None else -query.page)

    app.ctx.calls = 0  # type: ignore[attr-defined]
    return app


@pytest.fixture
async def http(db: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with serving(small_app()) as url, aiohttp.ClientSession(url) as client:
        yield client


GOOD = {"itemName": "表", "mobile": "13812341234", "count": 1}


async def refusal(response: aiohttp.ClientResponse) -> tuple[int, str]:
    return response.status, (await response.json())["error"]["code"]


async def test_every_fault_of_a_body_is_named_at_once_in_chinese(http: aiohttp.ClientSession) -> None:
    answer = await http.post("/orders", json={"itemName": " ", "mobile": "1381234", "count": 0, "openid": "o1"})
    error = (await answer.json())["error"]
    assert answer.status == 422
    assert error["fields"] == {
        "itemName": "至少填写 1 个字",
        "mobile": "请输入 11 位手机号码",
        "count": "不能小于 1",
        "openid": "不支持的字段，请删除",
    }
    assert await RecordedEvent.all().count() == 0


@pytest.mark.parametrize("mobile", ["13812341234", "１３８１２３４１２３４", "+86 138-1234-1234"])
async def test_mobiles_are_taken_as_people_type_them(http: aiohttp.ClientSession, mobile: str) -> None:
    assert (await http.post("/orders", json={**GOOD, "mobile": mobile})).status == 201


HOSTILE = [
    b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"itemName": NaN}', b"1e999", b'"\\ud800"', b"[" * 9000,
    b'{"itemName": {"$gt": ""}, "mobile": [], "count": true}', b'{"count": 18446744073709551616}',
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE)
async def test_hostile_bodies_are_refused_and_store_nothing(http: aiohttp.ClientSession, body: bytes) -> None:
    answer = await http.post("/orders", data=body, headers={"content-type": "application/json"})
    assert answer.status in (400, 422)
    assert {"code", "message", "requestId"} <= set((await answer.json())["error"])
    assert await RecordedEvent.all().count() == 0


NO_NUMBER = ["true", '"1"', "1.0", "1e0", "NaN"]


@pytest.mark.parametrize("count", NO_NUMBER)
async def test_only_a_whole_number_is_a_whole_number(http: aiohttp.ClientSession, count: str) -> None:
    body = json.dumps(GOOD).replace('"count": 1', f'"count": {count}')
    answer = await http.post("/orders", data=body.encode(), headers={"content-type": "application/json"})
    assert (answer.status, (await answer.json())["error"]["fields"]) == (422, {"count": "应为整数"})
    assert await RecordedEvent.all().count() == 0


@pytest.mark.parametrize("twice", ['"count": 1, "count": 2', '"count": 1, "co\\u0075nt": 1'])
async def test_a_name_given_twice_is_refused_and_named(http: aiohttp.ClientSession, twice: str) -> None:
    body = json.dumps(GOOD).replace('"count": 1', twice)
    answer = await http.post("/orders", data=body.encode(), headers={"content-type": "application/json"})
    assert (answer.status, (await answer.json())["error"]["fields"]) == (422, {"count": "重复填写，请只保留一个"})
    assert await RecordedEvent.all().count() == 0


QUERIES = {
    "page=10": (200, 10), "page=10&isOpen=true": (200, -10), "page=2&isOpen=0": (200, -2), "page=": (200, 1),
    "page=1_0": (422, {"page": "应为整数"}), "page=%2B1": (422, {"page": "应为整数"}),
    "page=%EF%BC%91": (422, {"page": "应为整数"}), "page=%201": (422, {"page": "应为整数"}),
    "page=1.0": (422, {"page": "应为整数"}), "page=1&page=2": (422, {"page": "应为整数"}),
    "q=%E4%B8%80": (422, {"q": "至少填写 2 个字"}), "q=12345678901": (422, {"q": "最多填写 10 个字"}),
    "page=501": (422, {"page": "不能大于 500"}), "isOpen=yes": (422, {"isOpen": "应为是或否"}),
}  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), QUERIES.items(), ids=QUERIES)
async def test_a_number_in_an_address_is_ascii_digits(http, query: str, expected: tuple[int, object]) -> None:
    answer = await http.get(URL(f"/page?{query}", encoded=True))
    content = await answer.json()
    assert (answer.status, content.get("number") or content["error"]["fields"]) == expected


async def test_a_form_is_not_json_and_too_much_is_too_much(http: aiohttp.ClientSession) -> None:
    assert await refusal(await http.post("/orders", data={"a": "b"})) == (415, "input.content_type")
    big = json.dumps({**GOOD, "itemName": "x" * 300_000})
    headers = {"content-type": "application/json"}
    assert await refusal(await http.post("/orders", data=big, headers=headers)) == (413, "input.too_large")


@pytest.mark.parametrize("accept", ["*/*", ";;;", "text/html;q=x", "\u00e9"])
async def test_errors_are_json_whatever_the_accept_header(http: aiohttp.ClientSession, accept: str) -> None:
    headers = {"accept": accept}
    assert await refusal(await http.get("/nothing", headers=headers)) == (404, "not_found")
    assert await refusal(await http.put("/orders", headers=headers)) == (405, "input.method")


async def test_a_surprise_tells_nothing_about_us(http: aiohttp.ClientSession) -> None:
    answer = await http.get("/surprise")
    text = await answer.text()
    assert answer.status == 500
    assert "系统繁忙" in text
    assert "KeyError" not in text
    assert "3404" not in text


async def test_the_same_key_gives_the_same_answer_and_one_row(http: aiohttp.ClientSession) -> None:
    headers = {"idempotency-key": "key-00001"}
    answers = await asyncio.gather(*(http.post("/orders", json=GOOD, headers=headers) for _ in range(8)))
    assert {answer.status for answer in answers} == {201}
    assert len({(await answer.json())["number"] for answer in answers}) == 1
    assert await RecordedEvent.all().count() == 1


@on_both
async def test_a_key_belongs_to_one_body(db: str, http: aiohttp.ClientSession) -> None:
    headers = {"idempotency-key": "key-00002"}
    assert (await http.post("/orders", json=GOOD, headers=headers)).status == 201
    other = await http.post("/orders", json={**GOOD, "count": 2}, headers=headers)
    assert await refusal(other) == (409, "idempotency.key_reused")
    assert await refusal(await http.post("/orders", json=GOOD, headers={"idempotency-key": "é"})) == (
        422,
        "idempotency.bad_key",
    )


async def test_a_refused_request_leaves_its_key_free(http: aiohttp.ClientSession) -> None:
    headers = {"idempotency-key": "key-00003"}
    refused = await http.post("/orders", json={**GOOD, "count": 9}, headers=headers)
    assert await refusal(refused) == (409, "test.sold_out")
    assert (await http.post("/orders", json=GOOD, headers=headers)).status == 201


@on_both
async def test_three_thousand_clients_that_hang_up_hold_nothing(db: str, http: aiohttp.ClientSession) -> None:
    url = http._base_url
    assert url is not None
    body = json.dumps(GOOD).encode()
    head = (
        f"POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()

    async def hang_up(i: int) -> None:
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(head + body)
        await asyncio.sleep(0.02 * (i % 20) / 20)
        writer.transport.abort()

    for batch in range(30):
        await asyncio.gather(*(hang_up(batch * 100 + i) for i in range(100)), return_exceptions=True)
    async with asyncio.timeout(1):
        assert (await http.post("/orders", json=GOOD)).status == 201


async def test_one_citizens_context_never_reaches_the_next_on_the_same_connection(http: aiohttp.ClientSession) -> None:
    for _ in range(3):
        assert (await (await http.get("/context")).json())["number"] == 0


async def test_a_request_is_one_line_of_the_log_without_anybodys_number(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    request_lines.write()
    caplog.set_level(logging.INFO, "app.access")
    replaced = (await http.get("/kept", headers={"x-request-id": "13812341234"})).headers["x-request-id"]
    assert re.fullmatch("r[0-9a-f]{15}", replaced)
    ours = (await http.get('/340403190001010016"\n', params={"a": "1"})).headers["x-request-id"]
    request_lines.write()
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines() if '"app.access"' in line)
    assert (first["request_id"], first["method"], first["path"], first["status"]) == (replaced, "GET", "/kept", 200)
    assert (second["request_id"], second["status"]) == (ours, 404)
    assert "0016" in second["path"] and "19000101" not in second["path"]


async def test_a_kept_answer_carries_what_every_answer_carries(http: aiohttp.ClientSession) -> None:
    for answer in (await http.get("/kept"), await http.get("/kept"), await http.get("/context")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert re.fullmatch("r[0-9a-f]{15}", answer.headers["x-request-id"])


async def test_a_kept_answer_is_made_once_and_revalidates(http: aiohttp.ClientSession) -> None:
    first, second = await http.get("/kept"), await http.get("/kept")
    assert await first.json() == await second.json() == {"number": 1}
    again = await http.get("/kept", headers={"if-none-match": first.headers["etag"]})
    assert again.status == 304


async def test_a_full_house_refuses_at_once_and_recovers(db: str) -> None:
    door, leave = Admission(at_once=1, waiting=1, deadline_s=5), asyncio.Event()

    async def work() -> bool:
        return await leave.wait()

    inside = [asyncio.ensure_future(door.run(work)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(AppError, match="busy"):
        await door.run(work)
    leave.set()
    assert await asyncio.gather(*inside) == [True, True]
    assert await door.run(work) is True


async def test_a_key_of_broken_bytes_is_refused(db: str) -> None:
    async with serving(small_app()) as url:
        place, body = urlsplit(url), json.dumps(GOOD, ensure_ascii=False).encode()
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(
            b"POST /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n"
            b"x-request-id: \xff\r\nidempotency-key: abcdefgh\xff\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        )
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith("HTTP/1.1 422")
    assert '"code":"idempotency.bad_key"' in answer


async def test_a_token_ends_at_once_when_signed_out_and_is_stored_as_a_hash_only(db: str, sql) -> None:
    token = await open_session(kind="citizen", subject_id=7, channel="wechat", now=NOW)
    caller = await find_caller(token, kind="citizen", now=NOW)
    assert isinstance(caller, Caller)
    assert caller.id == 7
    assert await find_caller(token, kind="staff", now=NOW) is None
    assert token not in str(await sql("SELECT * FROM http_session"))
    await close_session(token_hash=caller.token_hash)
    assert await find_caller(token, kind="citizen", now=NOW) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:bbbb::9]", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_network_is_what_one_household_has(address, network) -> None:
    assert network_at(address) == network


PLAIN_IDS = {b"a.B_9-z": True, b"a" * 64: True, b"a" * 65: False, b"\xff": False, "é".encode(): False, b"a b": False}


async def said(url: str, request: bytes) -> tuple[int, str]:
    """Status and all that comes back for these very bytes. Status 0 for a connection that just closes."""
    host, port = str(URL(url).host), int(URL(url).port or 0)
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request.replace(b"{host}", f"{host}:{port}".encode()))
    answer = (await asyncio.wait_for(reader.read(), 5)).decode()
    writer.close()
    return int(answer.split(" ", 2)[1]) if answer else 0, answer


@pytest.mark.parametrize(("given", "is_taken"), PLAIN_IDS.items(), ids=map(repr, PLAIN_IDS))
@pytest.mark.parametrize("path", ["/kept", "/nothing", "/context"])
async def test_a_request_id_is_taken_when_it_is_a_plain_one(http, path: str, given: bytes, is_taken: bool) -> None:
    asked = f"GET {path} HTTP/1.1\r\nhost: {{host}}\r\nconnection: close\r\nx-request-id: ".encode() + given
    for _ in range(2):  # the second time from memory
        status, answer = await said(str(http._base_url), asked + b"\r\n\r\n")
        assert status == (404 if path == "/nothing" else 200)
        assert "content-type: application/json" in answer
        ours = re.findall(r"x-request-id: (\S+)\r\n", answer)
        assert ours == [given.decode()] if is_taken else re.fullmatch("r[0-9a-f]{15}", *ours)


FORM = b"content-type: application/x-www-form-urlencoded\r\n"
HOSTILE_PAGES = {
    "a referer that is no address": (b"POST /h5/consent", FORM + b"referer: http://[\r\n", 401),
    "a referer with half a character": (b"POST /h5/consent", FORM + b"referer: http://{host}/h5/\xff\r\n", 401),
    "a list for a path": (b"POST /h5/sign-in/phone", FORM, 422),
    "a list for a path, to wechat": (b"POST /h5/sign-in/wechat", FORM, 422),
    "a list for a path, with the code": (b"POST /h5/sign-in/phone/code", FORM, 422),
    "half a character in a signature": (b"GET /h5/sign-in/wechat/back?state=x", b"cookie: zb_state=a.\xff\r\n", 403),
    "half a character in a target": (b"GET /h5/sign-in?next=/h5/%FF", b"", 200),
}


@pytest.mark.parametrize(("line", "header", "status"), HOSTILE_PAGES.values(), ids=HOSTILE_PAGES)
async def test_hostile_bytes_get_a_page_that_says_what_to_do(db: str, line: bytes, header: bytes, status: int) -> None:
    async with site() as opened:
        async with opened.http.get(f"{opened.url}/h5/sign-in/phone") as page:
            token = re.search(r'name="csrf" value="([0-9a-f]+)"', await page.text())
        assert token is not None
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in opened.http.cookie_jar).encode()
        body = b"next[]=x&mobile=13812341234&code=123456&csrf=" + token[1].encode() if line.startswith(b"POST") else b""
        own = header if b"cookie: " in header else header + b"cookie: " + cookies + b"\r\n"
        size = f"content-length: {len(body)}\r\n\r\n".encode()
        head = line + b" HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n" + own + size
        got, answer = await said(opened.url, head + body)
    assert (got, "text/html" in answer, "系统繁忙" in answer) == (status, True, False)

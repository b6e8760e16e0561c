"""The way out: what a server can answer that we do not believe, and what the log may say of a call."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sanic import HTTPResponse, Request, Sanic, raw, redirect

from app.db import transactional
from app.errors import PlatformUnavailable
from app.platforms.http import MAX_ANSWER, Answer, Outgoing, PlatformHttp, encoded
from tests.running import free_port, serving


def strange_platform() -> Sanic:
    app = Sanic("strange", configure_logging=False)
    app.config.AUTO_EXTEND = False
    answers = {
        "list": raw(b"[]"), "deep": raw(b"[" * 100_000), "html": raw(b"<p>hello"), "bytes": raw(b"\xff\xfe"),
        "long": raw(b'"' + b"x" * MAX_ANSWER + b'"'), "redirect": redirect("/good"), "error": raw(b"{}", status=502),
        "good": raw(b'{"ok": 1}'),
    }  # fmt: skip

    @app.get("/<what:str>")
    async def answer(request: Request, what: str) -> HTTPResponse:
        return answers[what]

    @app.post("/echo")
    async def echo(request: Request) -> HTTPResponse:
        return raw(b'{"sent": "%s"}' % request.body.hex().encode())

    return app


@pytest.fixture
async def http() -> AsyncIterator[PlatformHttp]:
    async with serving(strange_platform()) as url:
        client = PlatformHttp(url, name="strange")
        yield client
        await client.close()


async def get(http: PlatformHttp, path: str, params: dict[str, str]) -> dict[str, Any]:
    return await http.call(Outgoing("GET", path, params), Answer.json)


REASONS = [
    ("list", "not an object"), ("deep", "not json"), ("html", "not json"), ("bytes", "not json"),
    ("long", "answer too long"), ("redirect", "http 302"), ("error", "http 502"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "reason"), REASONS)
async def test_an_answer_nobody_can_believe_is_an_unavailable_platform(
    http: PlatformHttp, what: str, reason: str
) -> None:
    with pytest.raises(PlatformUnavailable) as failure:
        await get(http, f"/{what}", {})
    assert failure.value.data == {"reason": reason}


async def test_nobody_there_is_an_unavailable_platform() -> None:
    http = PlatformHttp(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(PlatformUnavailable):
        await get(http, "/", {})
    await http.close()


async def test_chinese_is_sent_as_it_is(http: PlatformHttp) -> None:
    answer = await http.call(Outgoing("POST", "/echo", {}, encoded({"a": "中"})), Answer.json)
    assert bytes.fromhex(answer["sent"]).decode() == '{"a":"中"}'


async def test_no_call_inside_a_transaction(db: str, http: PlatformHttp) -> None:
    @transactional
    async def act() -> None:
        await get(http, "/good", {})

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await act()


async def test_a_call_is_one_line_without_its_query(http: PlatformHttp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "app.platforms.http")
    assert await get(http, "/good", {"access_token": "secret-token"}) == {"ok": 1}
    (line,) = [vars(record) for record in caplog.records if record.name == "app.platforms.http"]
    assert (line["platform"], line["call"], line["outcome"]) == ("strange", "/good", "ok")
    assert "secret-token" not in str(line)

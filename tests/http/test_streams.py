"""Event streams as their readers notice them: shared looks, limits, slow readers, sessions, a stop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from sanic import Sanic

from app import clock, live
from app.db import transactional
from app.http import errors, streams
from app.http.admission import Admission
from app.http.context import AppRequest, Context
from app.http.feeds import Show, Source
from app.http.open_streams import OpenStreams
from app.http.session import Session, close_session, find_caller, open_session, still_holds
from app.http.streams import stream
from app.server import TypedRequest
from app.settings import Settings
from tests.listening import Reader, listening
from tests.running import serving, until


@dataclass
class Board:
    """What the streams of these tests show, and how often it was looked at."""

    text: str = "first"
    looks: list[float] = field(default_factory=list)
    is_away: bool = False

    async def load(self, now: datetime) -> str:
        self.looks.append(asyncio.get_running_loop().time())
        if self.is_away:
            raise OSError("no database")
        return self.text

    def show(self, text: str) -> None:
        self.text = text
        live.changed("board")


@dataclass(frozen=True)
class Place:
    url: str
    board: Board
    app: Sanic

    @property
    def open(self) -> int:
        return self.app.ctx.streams.count


@asynccontextmanager
async def place(**limits: int) -> AsyncIterator[Place]:
    board = Board()
    room = {"at_most": 50, "per_source": 50, "per_person": 2, **limits}
    context = Context(
        settings=Settings(),
        admission=Admission(at_once=2, waiting=2, deadline_s=5),
        streams=OpenStreams(**room, looks_every_s=1.0),
    )
    app = Sanic("streams", ctx=context, configure_logging=False, request_class=TypedRequest)
    app.config.update(AUTO_EXTEND=False, MOTD=False)
    errors.install(app)
    source = Source("board", "board", board.load)

    @app.get("/board")
    @stream()
    async def public(request: AppRequest) -> Show[str]:
        return Show(source, "text", lambda text: text)

    @app.get("/length")
    @stream()
    async def length(request: AppRequest) -> Show[str]:
        return Show(source, "length", lambda text: str(len(text)))

    @app.get("/mine")
    @stream(caller="staff")
    async def mine(request: AppRequest) -> Show[str]:
        who = request.ctx.caller
        return Show(source, f"mine {who.id}", lambda text: f"{who.id}: {text}")

    async def stop(app: Sanic) -> None:
        await app.ctx.streams.stop()

    app.before_server_stop(stop)
    async with serving(app) as url:
        yield Place(url, board, app)


async def test_a_stream_shows_what_is_there_at_once_and_each_change_soon() -> None:
    async with place() as here, listening(f"{here.url}/board") as reader:
        assert reader.answer.content_type == "text/event-stream"
        assert reader.answer.headers["x-accel-buffering"] == "no"
        assert "no-store" in reader.answer.headers["cache-control"]
        assert "content-encoding" not in reader.answer.headers
        assert await reader.message() == "first"
        here.board.show("second\nline")
        assert await reader.message(within=1) == "second\nline"


async def test_a_stream_that_has_nothing_new_still_says_that_it_lives() -> None:
    async with place() as here, listening(f"{here.url}/board") as reader:
        heard = [await reader.next(), await reader.next(), await reader.next(within=2)]
        assert [sent and sent.kind for sent in heard] == ["message", "alive", "alive"]
        assert heard[2] is not None
        assert abs(datetime.fromisoformat(heard[2].data) - clock.now()) < timedelta(seconds=3)


async def test_a_ring_without_a_change_sends_no_snapshot_again() -> None:
    async with place() as here, listening(f"{here.url}/board") as reader:
        await reader.message()
        live.changed("board")
        kinds = [sent.kind for _ in range(3) if (sent := await reader.next())]
        assert kinds == ["alive"] * 3


async def test_all_streams_share_one_look_and_a_storm_of_rings_is_four_looks_a_second() -> None:
    async with place() as here, AsyncExitStack() as stack:
        readers: list[Reader] = [
            await stack.enter_async_context(listening(f"{here.url}/{path}")) for path in ["board", "length"] * 10
        ]
        assert [await reader.message() for reader in readers] == ["first", "5"] * 10
        before = len(here.board.looks)
        for n in range(100):
            here.board.show(f"storm {n}")
            await asyncio.sleep(0.01)
        for reader, last in zip(readers, ["storm 99", "8"] * 10, strict=True):
            await reader.until_shows(last)
        looks = here.board.looks[before:]
        assert len(looks) <= 7
        assert min(b - a for a, b in pairwise(looks)) >= 0.24


async def test_streams_take_no_turn_from_others() -> None:
    async with place() as here, AsyncExitStack() as stack:  # two turns, and room for two who wait
        for _ in range(20):
            reader = await stack.enter_async_context(listening(f"{here.url}/board"))
            assert await reader.message() == "first"
        assert here.open == 20


@pytest.mark.parametrize(
    ("limit", "code", "status"), [("at_most", "busy", 503), ("per_source", "streams.too_many", 429)]
)
async def test_one_stream_too_many_is_refused_with_a_time_to_come_back(limit: str, code: str, status: int) -> None:
    async with place(**{limit: 2}) as here, listening(f"{here.url}/board"), listening(f"{here.url}/board") as second:
        async with listening(f"{here.url}/board") as refused:
            body = await refused.answer.json()
            assert (refused.answer.status, body["error"]["code"]) == (status, code)
            assert int(refused.answer.headers["retry-after"]) > 0
        second.answer.close()
        await until(lambda: here.open == 1)
        async with listening(f"{here.url}/board") as reader:
            assert await reader.message() == "first"


async def test_the_addresses_of_one_household_share_its_streams() -> None:
    async with place(per_source=2) as here, AsyncExitStack() as stack:
        here.app.config.FORWARDED_SECRET = "s"
        answers = []
        for address in ("[2001:db8:1:2::a]", "[2001:db8:1:2:f::b]", "[2001:db8:1:2:9::c]", "[2001:db8:1:3::a]"):
            forwarded = f'for="{address}";secret=s'
            reader = await stack.enter_async_context(listening(f"{here.url}/board", forwarded=forwarded))
            answers.append(reader.answer.status)
    assert answers == [200, 200, 429, 200]


async def test_a_hundred_readers_who_hang_up_leave_nothing_behind() -> None:
    async with place(at_most=100, per_source=100) as here:
        for _ in range(2):
            for _ in range(50):
                async with listening(f"{here.url}/board"):
                    pass
        await until(lambda: here.open == 0)
        looks = len(here.board.looks)
        await asyncio.sleep(2.5)
        assert len(here.board.looks) <= looks + 1  # nobody looks for nobody


async def test_a_reader_who_does_not_read_is_dropped_and_holds_up_nobody() -> None:
    async with place() as here, listening(f"{here.url}/board") as reader:
        await reader.message()
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.connect(("127.0.0.1", urlsplit(here.url).port))
            lazy.sendall(b"GET /board HTTP/1.1\r\nhost: x\r\n\r\n")
            await until(lambda: here.open == 2)
            for n in range(6):
                here.board.show(f"{n} " * 20_000)
                await reader.until_shows(f"{n} {n} ", within=1.5)
            await until(lambda: here.open == 1, seconds=streams.SEND_S + 3)
            here.board.show("and on")
            await reader.until_shows("and on", within=1)


async def test_a_stop_ends_all_streams_within_a_second_also_of_those_who_do_not_read() -> None:
    async with place() as here, listening(f"{here.url}/board") as reader:
        await reader.message()
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.connect(("127.0.0.1", urlsplit(here.url).port))
            lazy.sendall(b"GET /board HTTP/1.1\r\nhost: x\r\n\r\n")
            await until(lambda: here.open == 2)
            here.board.show("x" * 900_000)
            await reader.message()
            began = asyncio.get_running_loop().time()
            await here.app.ctx.streams.stop()
            assert await reader.end(within=1) in ([], ["alive"])
            await until(lambda: here.open == 0, seconds=1)
            assert asyncio.get_running_loop().time() - began < 2.5
            async with listening(f"{here.url}/board") as refused:
                assert refused.answer.status == 503


async def test_what_cannot_be_read_is_not_said_to_be_alive_and_is_shown_when_it_can_be_again() -> None:
    async with place() as here, listening(f"{here.url}/board") as reader:
        await reader.next()
        await reader.next()
        here.board.is_away = True
        with pytest.raises(TimeoutError):
            while True:
                await reader.next(within=2.2)
        here.board.is_away = False
        here.board.text = "back"
        assert await reader.message(within=2) == "back"


async def signed_in(person: int = 7) -> str:
    return await open_session(kind="staff", subject_id=person, channel="admin", now=clock.now())


async def test_a_personal_stream_needs_a_session_and_a_page_of_ours(db: str) -> None:
    token = await signed_in()
    async with place() as here:
        for headers, status in [
            ({}, 401),
            ({"cookie": "zb_staff=nonsense"}, 401),
            ({"cookie": f"zb={token}"}, 401),
            ({"cookie": f"zb_staff={token}", "origin": "https://elsewhere.example"}, 403),
        ]:
            async with listening(f"{here.url}/mine", **headers) as refused:
                assert (headers, refused.answer.status) == (headers, status)
        async with listening(f"{here.url}/mine", cookie=f"zb_staff={token}", origin=here.url) as reader:
            assert await reader.message() == "7: first"


async def test_one_person_has_few_streams_and_others_have_theirs(db: str) -> None:
    token = await signed_in()
    other = await signed_in(8)
    async with place() as here:
        mine = f"{here.url}/mine"
        async with listening(mine, cookie=f"zb_staff={token}"), listening(mine, cookie=f"zb_staff={token}"):
            async with listening(mine, cookie=f"zb_staff={token}") as third:
                assert third.answer.status == 429
            async with listening(mine, cookie=f"zb_staff={other}") as reader:
                assert await reader.message() == "8: first"


async def test_a_personal_stream_ends_with_the_session(db: str) -> None:
    token = await signed_in()
    async with place() as here, listening(f"{here.url}/mine", cookie=f"zb_staff={token}") as reader:
        await reader.message()
        (session,) = await Session.all()
        await close_session(token_hash=session.token_hash)
        kinds = await reader.end(within=streams.CHECK_S + 3)
        assert kinds[-1] == "over"
        assert set(kinds[:-1]) == {"alive"}


async def test_a_page_left_open_keeps_no_session_alive(db: str) -> None:
    """15 minutes without a touch end a session of staff; that a stream asks about it is no touch."""
    token, now = await signed_in(), clock.now()
    caller = await find_caller(token, kind="staff", now=now)
    assert caller is not None
    assert await still_holds(caller, now=now + timedelta(minutes=14))
    assert not await still_holds(caller, now=now + timedelta(minutes=16))


async def test_a_change_is_told_after_the_commit_and_not_when_it_is_undone(db: str) -> None:
    rings: list[str] = []
    live.add_bell("board", (bell := lambda: rings.append("rung")))

    @transactional
    async def act(*, fails: bool) -> None:
        live.changed("board")
        assert rings == []
        if fails:
            raise ValueError

    try:
        with pytest.raises(ValueError):
            await act(fails=True)
        assert rings == []
        await act(fails=False)
        assert rings == ["rung"]
    finally:
        live.remove_bell("board", bell)

"""A worker killed with SIGKILL again and again while it sends: each notice ends once, and what WeChat sees twice is
counted. `python -m bench.kills PORT` is that WeChat, in a process of its own; `/told` says what it saw.
"""

import asyncio
import json
import random
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_answer

from app import clock
from bench.figures import Figure
from bench.notices import SEND, environment, fill
from bench.site import OTHER_CORES, Site, opened, stop, wait_for
from notify.models import Dispatch
from notify.sender import AT_ONCE
from tests.running import free_port, until

TAKES_S = 0.2  # WeChat, so that each kill meets calls under way
FINAL = ("sent", "skipped", "failed")


def measure(site: Site, *, notices: int, kills: int) -> list[Figure]:
    """So many kills while so many notices are sent."""
    asyncio.run(fill(site, notices))
    with wechat() as url:
        asyncio.run(_send_all(site, url, kills))
        seen = json.loads(urllib.request.urlopen(f"{url}/told").read())
    states = asyncio.run(_states(site))
    final = sum(count for state, count in states.items() if state in FINAL)
    detail = f"{notices:,} notices, {kills} kills, {dict(states)}"
    return [
        Figure("notices with one final state", final, notices, "", detail, is_least=True),
        Figure(
            "calls repeated for each kill", round(seen["again"] / kills, 1), AT_ONCE, "",
            f"{seen['calls']:,} calls, {seen['again']:,} for the second time and refused for want of consent",
        ),
    ]  # fmt: skip


async def _send_all(site: Site, url: str, kills: int) -> None:
    env, chance = environment(site, url), random.Random(7)
    async with opened(site):
        await Dispatch.all().update(next_try_at=clock.now())
        for _ in range(kills):
            worker, left = await asyncio.to_thread(_worker, env), await _left()
            await until(partial(_is_less, left), seconds=60)
            await asyncio.sleep(chance.uniform(0.1, 0.6))
            worker.kill()
            worker.wait()
        worker = await asyncio.to_thread(_worker, env)
        try:
            await until(partial(_is_less, 1), seconds=180)
        finally:
            stop(worker)


def _worker(env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app", "worker"], env=env, stderr=subprocess.DEVNULL)


async def _is_less(than: int) -> bool:
    """Whether fewer are left; all of them may have been sent already."""
    return await _left() < max(than, 1)


async def _left() -> int:
    return await Dispatch.filter(final_at=None).count()


async def _states(site: Site) -> Counter[str]:
    async with opened(site):
        return Counter([str(state) for state in await Dispatch.all().values_list("state", flat=True)])


@contextmanager
def wechat() -> Iterator[str]:
    port = free_port()
    server = subprocess.Popen(["taskset", "-c", OTHER_CORES, sys.executable, "-m", "bench.kills", str(port)])
    try:
        wait_for(f"http://127.0.0.1:{port}/told", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(server)


def serve(port: int) -> None:
    """Everybody has allowed one message; who is to get a second one is refused (43101)."""
    app = Sanic("wechat", configure_logging=False)
    app.config.update({"AUTO_EXTEND": False, "MOTD": False, "ACCESS_LOG": False})
    calls, had = Counter[str](), set[str]()

    @app.post("/cgi-bin/stable_token", name="token")
    async def token(request: Request) -> HTTPResponse:
        return json_answer({"access_token": "T", "expires_in": 7200})

    @app.post(SEND, name="send")
    async def send(request: Request) -> HTTPResponse:
        to = request.json["touser"]
        calls["all"] += 1
        number = calls["all"]
        if calls[to]:
            calls["again"] += 1
        calls[to] += 1
        await asyncio.sleep(TAKES_S / 2)
        if to in had:
            return json_answer({"errcode": 43101, "errmsg": "user refuse to accept the msg"})
        had.add(to)
        await asyncio.sleep(TAKES_S / 2)
        return json_answer({"errcode": 0, "errmsg": "ok", "msgid": number})

    @app.get("/told", name="told")
    async def told(request: Request) -> HTTPResponse:
        return json_answer({"calls": calls["all"], "again": calls["again"]})

    app.run(host="127.0.0.1", port=port, single_process=True, motd=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]))

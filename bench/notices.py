"""Notices on their way: rows to their final state with one worker process, against WeChat that takes 50 ms to answer.

`python -m bench.notices PORT` is that WeChat: a process of its own. The rival does the same with wechatpy's own client
in threads, which is how a system around that library would send (bench/rivals/wechatpy_sender.py).
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_answer

from app import clock
from app.citizens.models import Identity, Way
from app.ids import new_code
from bench.figures import Figure, ratio
from bench.site import OTHER_CORES, SERVER_CORE, Site, opened, start, stop, wait_for
from notify.models import Allowance, Dispatch, Notice
from notify.sender import AT_ONCE
from notify.templates import TEMPLATES, filled
from tests.running import free_port

WARM_UP_S = 8  # a worker begins with what waits for it since the seed
TAKES_S = 0.05  # WeChat, for one answer
SEND = "/cgi-bin/message/subscribe/send"
VALUES = {
    "when": "2026年11月26日 09:15", "hall": "淮南市政务服务中心", "matter": "居民身份证换领", "arrive": "提前 20 分钟"
}  # fmt: skip


def measure(site: Site, *, notices: int) -> list[Figure]:
    """Sent in a second, from the first one due to the last one final; every one must have been sent once."""
    with wechat() as url:
        ours = _sent_a_second(site, url, ["-m", "app", "worker"], notices)
        theirs = _sent_a_second(site, url, ["-m", "bench.rivals.wechatpy_sender", url], notices // 4)
    detail = f"{notices:,} notices, {AT_ONCE} calls at once, WeChat takes {TAKES_S * 1000:.0f} ms"
    return [
        Figure(f"notices sent, {site.kind}", round(ours), 800, "a second", detail, is_least=True),
        ratio(f"notices : wechatpy in {AT_ONCE} threads, {site.kind}", ours, theirs, 4),
    ]


def _sent_a_second(site: Site, url: str, command: list[str], notices: int) -> float:
    asyncio.run(fill(site, notices))
    env = environment(site, url)
    server = start(["taskset", "-c", SERVER_CORE, sys.executable, *command], env, site.folder / "sender.log")
    try:
        return asyncio.run(_watch(site, notices))
    finally:
        stop(server)


def environment(site: Site, url: str) -> dict[str, str]:
    """Of a worker that sends to the WeChat at this address."""
    settings = {"WECHAT__BASE_URL": url, "WECHAT__APPID": "wx1", "WECHAT__SECRET": "s"}
    return site.environment(WECHAT__TEMPLATES=json.dumps({"booked": "TPL"}), **settings)


async def fill(site: Site, notices: int) -> None:
    """So many notices to as many citizens, each of whom allows one message."""
    now, ids = clock.now(), range(1, notices + 1)
    async with opened(site):
        for model in (Notice, Dispatch, Allowance):
            await model.all().delete()
        await Identity.filter(channel=Way.MINI_PROGRAM).delete()
        await Identity.bulk_create(
            (Identity(channel=Way.MINI_PROGRAM, external_id=f"o{n:027}", citizen_id=n, proven_at=now) for n in ids),
            batch_size=1000,
        )
        await Allowance.bulk_create((Allowance(citizen_id=n, kind="booked", credits=1) for n in ids), batch_size=1000)
        template = TEMPLATES["booked"]
        await Notice.bulk_create(
            (
                Notice(
                    id=n, code=new_code(), key=f"b{n}", citizen_id=n, kind="booked", words="booked", values=VALUES,
                    title=template.title, body=template.body.format(**VALUES), page=f"/h5/bookings/{n}", created_at=now,
                )
                for n in ids
            ),
            batch_size=500,
        )  # fmt: skip
        data = filled(template, VALUES)
        await Dispatch.bulk_create(
            (
                Dispatch(
                    notice_id=n, channel="wechat", citizen_id=n, kind="booked", data=data,
                    next_try_at=now + timedelta(days=1),
                    expires_at=now + timedelta(days=2),
                )
                for n in ids
            ),
            batch_size=500,
        )  # fmt: skip


async def _watch(site: Site, notices: int) -> float:
    """Sent in a second, from the moment at which all become due to the last one's end."""
    async with opened(site):
        await asyncio.sleep(WARM_UP_S)
        begun = time.monotonic()
        await Dispatch.all().update(next_try_at=clock.now())
        while time.monotonic() < begun + 120:
            if await Dispatch.filter(final_at__not_isnull=True).count() == notices:
                took = time.monotonic() - begun
                states = Counter(await Dispatch.all().values_list("state", flat=True))
                if states != {"sent": notices}:
                    raise RuntimeError(f"not all was sent: {states}")
                return notices / took
            await asyncio.sleep(0.05)
        raise TimeoutError("the notices were not sent")


@contextmanager
def wechat() -> Iterator[str]:
    """WeChat, on the cores that are not the sender's."""
    port = free_port()
    command = ["taskset", "-c", OTHER_CORES, sys.executable, "-m", "bench.notices", str(port)]
    server = subprocess.Popen(command)
    try:
        wait_for(f"http://127.0.0.1:{port}/", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(server)


def serve(port: int) -> None:
    app = Sanic("wechat", configure_logging=False)
    app.config.update({"AUTO_EXTEND": False, "MOTD": False, "ACCESS_LOG": False})
    seen: Counter[str] = Counter()

    @app.post("/cgi-bin/stable_token", name="token")
    async def token(request: Request) -> HTTPResponse:
        return json_answer({"access_token": "T", "expires_in": 7200})

    @app.get("/cgi-bin/token", name="older_token")
    async def older_token(request: Request) -> HTTPResponse:
        return json_answer({"access_token": "T", "expires_in": 7200})

    @app.post(SEND, name="send")
    async def send(request: Request) -> HTTPResponse:
        await asyncio.sleep(TAKES_S)
        seen[request.json["touser"]] += 1
        return json_answer({"errcode": 0, "errmsg": "ok", "msgid": sum(seen.values())})

    app.run(host="127.0.0.1", port=port, single_process=True, motd=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]))

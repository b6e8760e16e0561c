"""WeChat's pushes: 200 messages a second to one process on one core, signed and encrypted, each answered in its answer.

`python -m bench.callback PORT` is WeChat: a process of its own, which prints its figures as JSON.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from statistics import quantiles

import aiohttp

from bench.chatbot import asked
from bench.figures import Figure
from bench.site import OTHER_CORES, Site, product
from tests.sandbox.wechat_chat import OURS, PUSH
from tests.sandbox.wechat_state import OFFICIAL_ACCOUNT

A_SECOND, SECONDS, WARM_UP_S = 200, 10, 2
PEOPLE = 2000  # who write; nobody so often that it would be too fast


def measure(site: Site) -> list[Figure]:
    """p50 and p99 of the answers; every one must be a sealed answer, or silence for who waits for a person."""
    settings = {
        "WECHAT__OA_APPID": OFFICIAL_ACCOUNT,
        **{f"WECHAT__{name.upper()}": value for name, value in PUSH.items()},
    }
    with product(site, **settings) as port:
        done = subprocess.run(
            ["taskset", "-c", OTHER_CORES, sys.executable, "-m", "bench.callback", str(port)],
            capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
    told = json.loads(done.stdout)
    if told["unanswered"]:
        raise RuntimeError(f"{told['unanswered']} pushes were not answered")
    detail = f"p50 {told['p50_ms']} ms, {told['pushes']:,} pushes"
    return [Figure(f"push to answer at {A_SECOND}/s, p99, {site.kind}", told["p99_ms"], 50, "ms", detail)]


async def _push_all(port: int) -> dict[str, float]:
    url, crypt, chance = f"http://127.0.0.1:{port}/wechat/callback", OURS[OFFICIAL_ACCOUNT], random.Random(7)
    texts = [text[:200] for text in asked(A_SECOND * (SECONDS + WARM_UP_S)) if text.strip()]
    times: list[float] = []
    unanswered = 0
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as http:

        async def push(n: int, text: str) -> None:
            nonlocal unanswered
            at = int(time.time())
            xml = (
                f"<xml><ToUserName>gh_hn</ToUserName><FromUserName>o{chance.randrange(PEOPLE):027d}</FromUserName>"
                f"<CreateTime>{at}</CreateTime><MsgType>text</MsgType><Content><![CDATA[{text}]]></Content>"
                f"<MsgId>{24_000_000_000_000_000 + n}</MsgId></xml>"
            )
            query, body = crypt.push(xml, at=at, nonce=str(n))
            begun = time.perf_counter()
            async with http.post(url, params=query, data=body) as response:
                answer = await response.text()
            times.append(time.perf_counter() - begun)
            # Whoever waits for a person after two misses is answered by nobody else: `success`.
            unanswered += response.status != 200 or not answer.startswith(("<xml>", "success"))

        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for n, text in enumerate(texts):
                await asyncio.sleep(max(0.0, begun + n / A_SECOND - time.perf_counter()))
                group.create_task(push(n, text))
    cuts = quantiles(sorted(times[A_SECOND * WARM_UP_S :]), n=100)
    return {
        "pushes": len(times), "unanswered": unanswered, "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_push_all(int(sys.argv[1])))))

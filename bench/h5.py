"""How light the citizens' first page is, and how soon it is painted on a slow phone.

The phone: 375 px, 400 kbit/s down, 400 ms for each round trip, a processor six times slower than this one.
"""

import asyncio
import statistics
from typing import Any

from playwright.async_api import Browser, async_playwright

from bench.figures import Figure
from bench.site import Site, product

SLOW_NET = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER = 6
PAINTS = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: "largest-contentful-paint", buffered: true}))"""


def measure(site: Site, *, rounds: int) -> list[Figure]:
    """A first visit to the home page. Bytes are those on the wire; the paint is the median of the visits."""
    with product(site) as port:
        seen = asyncio.run(_visits(f"http://127.0.0.1:{port}/h5/", rounds))
    paints = sorted(paint / 1000 for paint, _, _ in seen)
    _, size, requests = seen[0]
    detail = f"{paints[0]:.2f} to {paints[-1]:.2f} s; 400 kbit/s, 400 ms, CPU / {SLOWER}"
    return [
        Figure("H5 first load", round(size / 1024, 1), 30, "KB", f"{requests} requests"),
        Figure("H5 largest paint, slow phone", round(statistics.median(paints), 2), 2.0, "s", detail),
    ]


async def _visits(url: str, visits: int) -> list[tuple[float, int, int]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        seen = [await _visit(browser, url) for _ in range(visits)]
        await browser.close()
    return seen


async def _visit(browser: Browser, url: str) -> tuple[float, int, int]:
    context = await browser.new_context(viewport={"width": 375, "height": 667})
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    sizes: list[int] = []

    def loaded(event: dict[str, Any]) -> None:
        sizes.append(event["encodedDataLength"])

    session.on("Network.loadingFinished", loaded)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", SLOW_NET)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto(url, wait_until="networkidle")
    paint = await page.evaluate(PAINTS)
    await context.close()
    return paint, int(sum(sizes)), len(sizes)

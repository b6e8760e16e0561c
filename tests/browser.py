"""A real Chromium, the size of a phone, and a film for its camera."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

PHONE: ViewportSize = {"width": 375, "height": 740}
FILM = 640, 480


@asynccontextmanager
async def chromium(*arguments: str) -> AsyncIterator[Browser]:
    """Debian's Chromium without a window; it may use the camera without asking."""
    async with async_playwright() as playwright:
        options = ["--no-sandbox", "--use-fake-ui-for-media-stream", *arguments]
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        try:
            yield browser
        finally:
            await browser.close()


async def sign_in(page: Page, product: str) -> None:
    """By WeChat: one tick and one tap."""
    await page.goto(f"{product}/h5/sign-in")
    await page.get_by_label("我已阅读并同意").check()
    await page.get_by_role("button", name="微信登录").click()
    await page.wait_for_url(lambda url: urlsplit(url).path == "/h5/")


def camera(path: Path) -> list[str]:
    """Arguments with which the camera shows the film at `path`, read anew each time the camera opens."""
    return ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={path}"]


def film(code: Image.Image, path: Path) -> None:
    """A film in which somebody holds a phone with this QR code before the camera (YUV4MPEG2, grey)."""
    picture = Image.new("L", FILM, 200)
    picture.paste(code.convert("L").resize((400, 400)), (120, 40))
    frame = b"FRAME\n" + picture.tobytes() + b"\x80" * (FILM[0] * FILM[1] // 2)
    path.write_bytes(b"YUV4MPEG2 W%d H%d F5:1 Ip A1:1 C420jpeg\n" % FILM + frame * 5)

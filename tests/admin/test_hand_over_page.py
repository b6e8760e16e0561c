"""The hand-over at a counter's phone: a signature by finger, a photo made small before it is sent."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from app import clock, files
from app.pickup import proxies
from app.pickup.models import Pickup
from tests.admin.console import console
from tests.admin.test_camera import open_counter
from tests.admin.test_looks import FAULTS
from tests.pickup.shelf import make_ready
from tests.queue.day import make_hall
from tests.running import until
from tests.staff.people import make_staff

PICTURES = Path("var/console")


@pytest.fixture
async def url(db: str, tmp_path: Path) -> AsyncIterator[str]:
    await make_hall(opened_by=None)
    await make_staff()
    async with console(files_folder=tmp_path / "files") as browser:
        yield browser.url


async def present_proxy(page: Page, url: str) -> Pickup:
    now = clock.now()
    pickup = await make_ready(citizen_id=5, now=now)
    named = await proxies.name_proxy(pickup_code=pickup.code, citizen_id=5, name="王小红", tail="1234", now=now)
    shown = await proxies.show_code(secret=named.secret, now=now)
    await page.goto(f"{url}/admin/today")
    await page.fill("[name=text]", shown.text)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/pickups/{pickup.code}")
    return pickup


async def sign(page: Page) -> None:
    pad = page.locator("[data-canvas]")
    await pad.scroll_into_view_if_needed()
    box = await pad.bounding_box()
    assert box
    await page.mouse.move(box["x"] + 40, box["y"] + 60)
    await page.mouse.down()
    for x, y in ((90, 30), (120, 90), (200, 40), (260, 80)):
        await page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    await page.mouse.up()


async def holds(page: Page, condition: str) -> None:
    await until(lambda: page.evaluate(condition))


async def test_a_signature_and_a_photo_by_phone(url: str, tmp_path: Path) -> None:
    photo = io.BytesIO()
    Image.effect_noise((4000, 3000), 80).convert("RGB").save(photo, "JPEG", quality=95)
    assert len(photo.getvalue()) > 5 * 1024 * 1024
    await asyncio.to_thread(PICTURES.mkdir, parents=True, exist_ok=True)
    async for page in open_counter(url, []):
        pickup = await present_proxy(page, url)
        await expect(page.locator(".note.warn")).to_contain_text("代领：王** 证件尾号 1234")
        await page.check("[name=proxy]")
        await page.fill("[name=counted]", "2")
        await page.fill("[name=receiver]", "王小红")
        await sign(page)
        upload = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
        await page.set_input_files("[name=photo]", files=[upload])  # type: ignore[list-item]
        await holds(page, "document.querySelector('[name=photo]').files[0].size < 3e6")
        assert await page.evaluate(FAULTS) == []
        await page.screenshot(path=PICTURES / "hand-over.png", full_page=True)
        await page.click("text=确认交付")
        await expect(page.locator(".note.bad")).to_contain_text("登记 3 件，实点 2 件")
        await page.check("[name=proxy]")
        await page.fill("[name=counted]", "3")  # the signature is still there
        await page.click("text=确认交付")
        await expect(page.locator(".note.good")).to_contain_text("清点 3 件")
        assert await page.evaluate(FAULTS) == []
        await page.screenshot(path=PICTURES / "handed-over.png", full_page=True)
        await page.click("text=查看签名")
        await holds(page, "document.querySelector('img.proof')?.naturalWidth === 1000")
        await page.screenshot(path=PICTURES / "signature.png", full_page=True)
    row = await Pickup.get(id=pickup.id)
    drawn = Image.open(io.BytesIO(await files.read(tmp_path / "files", row.signature_key or "")))
    assert (drawn.size, drawn.convert("L").getextrema()[0] < 60, row.photo_key) == ((1000, 400), True, None)

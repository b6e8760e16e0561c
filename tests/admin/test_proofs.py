"""The proof of a hand-over: kept when the result goes, gone when it does not, seen only by who may."""

import io
import os
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from app import clock
from app.pickup import handing, proxies
from app.pickup.models import Pickup
from app.staff.models import AuditRow
from tests.admin.console import Browser, Page, browsing
from tests.admin.test_shelf import drawn, hand_over, scan
from tests.pickup.shelf import make_ready
from tests.staff.people import make_staff


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "files"


def kept(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


def photo() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (800, 600), (10, 90, 10)).save(made, "JPEG")
    return made.getvalue()


async def hand_over_with_photo(clerk: Browser, pickup: Pickup, content: bytes, *, counted: str = "3") -> Page:
    form = aiohttp.FormData()
    for name, value in {"csrf": clerk.csrf, "counted": counted, "receiver": "张小明", "signature": ""}.items():
        form.add_field(name, value)
    form.add_field("photo", io.BytesIO(content), filename="../../x.jpg", content_type="image/jpeg")
    return await clerk.post(f"/admin/pickups/{pickup.code}/hand-over", form)


async def test_a_photo_is_kept_sealed_and_shown_to_staff_of_the_hall_with_an_audit_row(
    clerk: Browser, store: Path
) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    page = await hand_over_with_photo(clerk, pickup, photo())
    assert (page.status, "查看照片" in page.words, "查看签名" in page.words) == (200, True, False)
    (file,) = kept(store)
    assert b"JFIF" not in file.read_bytes()
    async with clerk.http.get(f"{clerk.url}/admin/pickups/{pickup.code}/proof/photo") as answer:
        seen, headers = await answer.read(), answer.headers
    assert (Image.open(io.BytesIO(seen)).size, headers["content-type"]) == ((800, 600), "image/jpeg")
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert headers["content-disposition"] == "attachment"
    assert (await AuditRow.get(action="pickup.view_photo")).subject == f"pickup:{pickup.code}"
    assert (await clerk.get(f"/admin/pickups/{pickup.code}/proof/signature")).status == 404
    assert (await clerk.get(f"/admin/pickups/{pickup.code}/proof/receiver_sealed")).status == 404


async def test_staff_of_another_hall_see_no_proof(clerk: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    await hand_over(clerk, pickup)
    await make_staff("sun.hao", halls=("HALL-TJA",))
    async with browsing(clerk.url) as other:
        await other.sign_in("sun.hao")
        assert (await other.get(f"/admin/pickups/{pickup.code}/proof/signature")).status == 403


async def test_nothing_is_left_of_a_hand_over_that_was_refused(clerk: Browser, store: Path) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    pages = [
        await hand_over_with_photo(clerk, pickup, photo(), counted="2"),
        await hand_over_with_photo(clerk, pickup, b"GIF89a not a photo"),
        await hand_over_with_photo(clerk, pickup, b"\xff\xd8" + b"0" * (5 * 1024 * 1024)),
        await hand_over(clerk, pickup, signature="data:image/png;base64,@@@"),
    ]
    said = [("登记 3 件，实点 2 件", 409), ("无法读取这张图片", 422), ("照片超过 5 MB", 413), ("无法读取这张图片", 422)]
    assert [(words in page.words, page.status) for page, (words, _) in zip(pages, said, strict=True)] == [
        (True, status) for _, status in said
    ]
    assert (kept(store), (await Pickup.get()).state) == ([], "ready")


async def test_without_photo_and_signature_it_is_not_handed_over(clerk: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    page = await hand_over(clerk, pickup, signature="")
    assert (page.status, "请拍照或让领取人签名" in page.words, (await Pickup.get()).state) == (422, True, "ready")


async def test_a_wrong_hand_over_is_taken_back_within_a_minute_and_its_picture_goes(
    clerk: Browser, store: Path
) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    page = await hand_over(clerk, pickup)
    assert ("60 秒内可撤销交付" in page.words, len(kept(store))) == (True, 1)
    page = await clerk.post(f"/admin/pickups/{pickup.code}/undo")
    row = await Pickup.get()
    assert ("等待出示取件码" in page.words, row.state, row.receiver_sealed, kept(store)) == (True, "ready", None, [])
    assert (await AuditRow.get(action="pickup.undo_hand_over")).details["items"] == 3
    await scan(clerk, pickup)
    await hand_over(clerk, pickup)
    await Pickup.all().update(handed_at=clock.now() - handing.STRAY_AFTER)
    late = await clerk.post(f"/admin/pickups/{pickup.code}/undo")
    assert (late.status, "现在已不能撤销" in late.words, len(kept(store))) == (409, True, 1)


async def test_pictures_that_a_crash_left_behind_are_swept_and_named_ones_stay(clerk: Browser, store: Path) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    await hand_over(clerk, pickup)
    (named,) = kept(store)
    stray = named.with_name("STRAYSTRAYSTRAY0")
    stray.write_bytes(b"x")
    for path in (named, stray):
        os.utime(path, (1, 1))
    assert (await handing.sweep(store, clock.now()), kept(store)) == (1, [named])


async def test_a_proxy_is_named_to_the_clerk_who_must_confirm(clerk: Browser) -> None:
    pickup = await make_ready(citizen_id=5, now=clock.now())
    named = await proxies.name_proxy(pickup_code=pickup.code, citizen_id=5, name="王小红", tail="1234", now=clock.now())
    shown = await proxies.show_code(secret=named.secret, now=clock.now())
    page = await clerk.post("/admin/scan", text=shown.text)
    assert "代领：王** 证件尾号 1234" in page.words
    unconfirmed = await hand_over(clerk, pickup, receiver="王小红")
    assert (unconfirmed.status, "请核对代领人证件" in unconfirmed.words) == (409, True)
    page = await hand_over(clerk, pickup, receiver="王小红", proxy="1")
    assert (page.status, "代领：王** 证件尾号 1234" in page.words) == (200, True)
    assert "王小红" not in page.text


async def test_a_photo_and_a_signature_can_both_be_there(clerk: Browser, store: Path) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    form = aiohttp.FormData()
    for name, value in {"csrf": clerk.csrf, "counted": "3", "receiver": "张小明", "signature": drawn()}.items():
        form.add_field(name, value)
    form.add_field("photo", photo(), filename="x.jpg", content_type="image/jpeg")
    page = await clerk.post(f"/admin/pickups/{pickup.code}/hand-over", form)
    assert ("查看照片" in page.words, "查看签名" in page.words, len(kept(store))) == (True, True, 2)
    row = await Pickup.get()
    assert (row.photo_key != row.signature_key, row.photo_key is not None) == (True, True)

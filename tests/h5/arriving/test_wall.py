"""The tablet on the wall (D1): only a paired one shows a code, the code changes, and its clock does no harm."""

from datetime import timedelta

import pytest

from app import clock
from app.queue import devices
from app.queue.models import Device
from app.staff.by import SYSTEM
from tests.h5.arriving.site import HALL, Site, address_on

WALL = f"/h5/wall/{HALL}"


async def test_a_tablet_nobody_has_paired_shows_how_to_and_no_code(site: Site) -> None:
    async with site.visiting() as stranger:
        page = await stranger.get(WALL)
        assert (page.status, "设备未配对" in page.words, "<svg" in page.text) == (403, True, False)
        assert "大厅管理员登录工作台，打开“大厅设备”" in page.words
        assert (await stranger.get(f"{WALL}/now")).status == 403
        stranger.http.cookie_jar.update_cookies({"zb_wall": "guessed"})
        assert (await stranger.get(WALL)).status == 403


async def test_the_link_pairs_the_tablet_once_and_leaves_the_address(site: Site) -> None:
    link = await site.link_of("wall")
    async with site.visiting() as tablet, site.visiting() as late:
        page = await tablet.get(link)
        assert (page.status, page.address) == (200, WALL)
        assert address_on(page).startswith(f"{site.url}/h5/here?c=ZB1.")
        again = await late.get(link)
        assert (again.status, "配对链接无效、已用过或已超过 24 小时" in again.words) == (409, True)
        assert (await late.get(WALL)).status == 403
        cookie = next(c for c in tablet.http.cookie_jar if c.key == "zb_wall")
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


async def test_the_wall_says_what_to_do_with_and_without_a_phone(site: Site) -> None:
    async with site.visiting() as tablet:
        page = await tablet.get(await site.link_of("wall"))
    assert ("淮南市政务服务中心" in page.words, "每 20 秒更换，拍照、截图无效" in page.words) == (True, True)
    assert "没有手机，或不会操作？ 请到咨询导办台，工作人员帮您取号" in page.words
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in page.text


async def test_the_code_is_another_one_each_time_and_the_tablet_is_seen(site: Site) -> None:
    async with site.visiting() as tablet:
        first = address_on(await tablet.get(await site.link_of("wall")))
        site.later(seconds=40)
        second = address_on(await tablet.get(f"{WALL}/now"))
    assert first != second
    assert abs((await Device.get()).last_seen_at - site.now) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (5, ""),
        (30, "本机时钟快 30 秒，不影响签到"),
        (-120, "本机时钟慢 120 秒，不影响签到"),
        (300, "本机时钟快 300 秒，请校准本机时间"),
        (-7200, "本机时钟慢 约 2 小时，请校准本机时间"),
    ],
)
async def test_a_wrong_clock_is_shown_and_changes_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, seconds: int, says: str
) -> None:
    moment = site.now
    monkeypatch.setattr(clock, "now", lambda: moment)
    async with site.visiting() as tablet, site.visiting() as phone:
        await tablet.get(await site.link_of("wall"))
        page = await tablet.get(f"{WALL}/now?at={round((moment.timestamp() + seconds) * 1000)}")
        assert page.words.partition("截图无效")[2].strip() == says
        here = await phone.get(site.path(address_on(page)))
        assert (here.status, here.address) == (200, "/h5/here")


async def test_a_time_that_is_none_is_passed_over(site: Site) -> None:
    async with site.visiting() as tablet:
        await tablet.get(await site.link_of("wall"))
        for at in ("", "soon", "-1", "9" * 40, "1e9", "%C2%B2"):
            page = await tablet.get(f"{WALL}/now?at={at}")
            assert (page.status, "本机时钟" in page.words) == (200, False)


async def test_a_revoked_tablet_shows_no_code_any_more(site: Site) -> None:
    async with site.visiting() as tablet, site.visiting() as phone:
        address = address_on(await tablet.get(await site.link_of("wall")))
        await devices.revoke(code=(await Device.get()).code, by=SYSTEM, now=site.now)
        assert (await tablet.get(WALL)).status == 403
        late = await phone.get(site.path(address))
        assert (late.status, "无法识别该二维码，请扫大厅屏幕上的最新二维码" in late.words) == (422, True)

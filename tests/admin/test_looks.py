"""The console in a real browser, as wide as a phone and as a desk: nothing spills, all can be hit and read."""

import pytest
from yarl import URL

from app import clock
from app.queue.check_in import check_in
from app.staff.models import Staff
from app.staff.rules import Role
from tests.admin.console import Browser
from tests.admin.talking import make_talk
from tests.admin.test_bookings import make_named, make_slot
from tests.admin.test_manager import make_steps
from tests.admin.test_matter import CODE, make_guides
from tests.browser import PHONE, chromium
from tests.pickup.shelf import make_ready
from tests.queue.day import CLERK
from tests.staff.people import PASSWORD

PAGES = (
    "today", "desk", "pickups", "pickups/ready", "pickups?tab=overdue", "offline", "machines",
    "bookings", "bookings/new", "waiting", "hours", "booking-rules", "conduct", "ratings", "matters",
    "chats", "chats/queues", "chats/phrases", "chats/words", "chats/history", "chats/figures", "chats/consults",
    "walk-in", "devices", "posters", "alarms", "digest", "statistics", "queue-rules",
    "matters/searches", "matters/stale", "faqs", "faqs/new", "faqs/imports", "faqs/figures", "unmatched",
    "bot-rules", "bot-rules/new",
    "calendar", "deliveries", "accounts", "audit", "password",
)  # fmt: skip

# What a finger cannot hit (links within a sentence aside), what spills over, what is not named as it reads, and letters
# too faint to read (AA: 4.5).
FAULTS = """() => {
  const faults = [], page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) faults.push(`spills over: ${page.scrollWidth}`);
  const seen = e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && r.right > 0 };
  for (const e of document.querySelectorAll('a, button, summary, select, input:not([type=hidden]), label.choice')) {
    if (!seen(e) || e.closest('p') || e.closest('label.choice') !== null && e.tagName === 'INPUT') continue;
    const r = e.getBoundingClientRect();
    if (r.height < 43.5 || r.width < 43.5) faults.push(`${e.textContent.trim()} ${r.width}x${r.height}`);
  }
  for (const e of document.querySelectorAll('[aria-label]')) {  // who speaks to the page says what stands there
    const text = e.matches('a, button, summary') ? e.innerText.trim() : '';
    if (!e.ariaLabel.trim() || !e.ariaLabel.includes(text)) faults.push(`${text} is named ${e.ariaLabel}`);
  }
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (seen(e) && !e.labels.length && !e.ariaLabel) faults.push(`no name: ${e.name}`);
  }
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const part = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = color => color.slice(0, 3).map(v => part(v / 255))
    .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c } return [255, 255, 255] };
  for (const e of document.querySelectorAll('main *, header *, aside *')) {
    if (!seen(e) || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) faults.push(`${e.textContent.trim().slice(0, 20)} contrast ${ratio.toFixed(2)}`);
  }
  return faults;
}"""


@pytest.mark.parametrize("width", [375, 1280])
async def test_every_page_fits_and_can_be_hit_and_read(clerk: Browser, width: int) -> None:
    await Staff.filter(username="hu.min").update(roles=[role.value for role in Role])
    booking, called = await make_named(), await make_named("王芳")
    await make_slot()
    pickup = await make_ready(now=clock.now())
    for row in (called, await make_named("李建国")):
        await check_in(text=row.number, hall_code="HALL-SZ", by=CLERK, now=clock.now())
    await make_guides()
    await clerk.post("/admin/today/next")
    await clerk.post("/admin/alarms", note="有人争吵")
    await make_steps(40)
    talk = await make_talk()
    paths = (
        *PAGES,
        f"chats/{talk}",
        f"bookings/{booking.number}",
        f"pickups/{pickup.code}",
        f"matters/{CODE}",
        "nothing-here",
    )
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": width, "height": 800})
        await page.goto(f"{clerk.url}/admin/sign-in")
        found = {"sign-in": await page.evaluate(FAULTS)}
        await page.fill("[name=username]", "hu.min")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.goto(f"{clerk.url}/admin/desk")
        await page.click(".tiles button")
        for path in paths:
            await page.goto(f"{clerk.url}/admin/{path}")
            if path == "statistics":
                await page.locator(".charts svg").nth(1).wait_for()
            found[path] = await page.evaluate(FAULTS)
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert len(found) == len(paths) + 1


async def test_the_figures_are_there_without_script_and_drawn_with_it(clerk: Browser) -> None:
    await Staff.filter(username="hu.min").update(roles=["manager"])
    await make_steps(20)
    session = clerk.http.cookie_jar.filter_cookies(URL(clerk.url))
    cookies = [{"name": name, "value": morsel.value, "url": clerk.url} for name, morsel in session.items()]
    async with chromium() as browser:
        for has_script, pictures in ((False, 0), (True, 2)):
            context = await browser.new_context(viewport=PHONE, java_script_enabled=has_script)
            await context.add_cookies(cookies)
            page = await context.new_page()
            await page.goto(f"{clerk.url}/admin/statistics")
            if has_script:
                await page.locator("#t-hour").scroll_into_view_if_needed()
                await page.locator(".charts svg").nth(1).wait_for()
            assert await page.locator("[data-table=t-hour] svg").count() == pictures
            assert "5.0" in await page.inner_text("#t-hour tbody tr")


# How wide the fields of the first form with this name are in parts of the form, and in what colour its faults are.
FIELD_WIDTHS = """names => names.map(name => {
  const field = document.querySelector(`[name="${name}"]`), form = field.closest('form').getBoundingClientRect();
  return field.getBoundingClientRect().width / form.width > .85;
})"""
RED = "ids => ids.map(id => getComputedStyle(document.getElementById(id)).color)"


async def test_forms_on_a_phone_are_as_wide_as_it_and_their_faults_red_and_named(clerk: Browser) -> None:
    await Staff.filter(username="hu.min").update(roles=[role.value for role in Role])
    slot = await make_slot()
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 375, "height": 800})
        await page.goto(f"{clerk.url}/admin/sign-in")
        await page.fill("[name=username]", "hu.min")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.goto(f"{clerk.url}/admin/audit")
        assert await page.evaluate(FIELD_WIDTHS, ["first", "last", "staff_name", "action", "subject"]) == [True] * 5
        await page.goto(f"{clerk.url}/admin/bookings/new")
        assert await page.evaluate(FIELD_WIDTHS, ["q"]) == [True]
        await page.goto(f"{clerk.url}/admin/bookings/new?matter=HN-GA-001&on={slot.on}")
        assert await page.evaluate(FIELD_WIDTHS, ["on", "name", "mobile", "people"]) == [True] * 4
        await page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
        await page.get_by_role("button", name="确认预约").click()
        said = await page.locator(".note.bad li").all_inner_texts()
        red = await page.evaluate(RED, ["e-slot", "e-name", "e-mobile"])
        await page.get_by_role("link", name="手机").click()
        assert await page.evaluate("document.querySelector('#f-mobile').getBoundingClientRect().top") < 800
    assert [text.replace("\n", "") for text in said] == ["时段：此项必填", "姓名：此项必填", "手机：此项必填"]
    assert red == ["rgb(168, 32, 26)"] * 3

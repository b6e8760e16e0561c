"""候补名单: staff see who waits, masked; the look is written down; another hall's list stays closed."""

from datetime import date

from app.booking.models import Waiting
from app.citizens.actions import sign_in_mobile
from app.clock import CHINA, now
from app.staff.models import AuditRow
from tests.admin.console import Browser


async def test_the_line_is_shown_in_order_masked_and_the_look_written_down(clerk: Browser) -> None:
    on: date = now().astimezone(CHINA).date()
    for n in (1, 2):
        citizen_id = await sign_in_mobile(mobile=f"1390000000{n}", now=now())
        await Waiting.create(
            code=f"W{n}", line="HALL-SZ.HZ.x.am", citizen_id=citizen_id, person=f"c{n}", hall_code="HALL-SZ",
            group_code="HZ", on=on, part="am", matter_codes=["ID"], people=n, slots=1, joined_at=now(), until=now(),
        )  # fmt: skip
    page = await clerk.get("/admin/waiting")
    assert page.words.index("第 1 位") < page.words.index("第 2 位")
    assert ("13900000001" in page.text, "2 人候补" in page.words) == (False, True)
    row = await AuditRow.get(action="booking.waiting")
    assert (row.hall_code, row.details) == ("HALL-SZ", {"on": str(on), "count": 2})
    assert (await clerk.get("/admin/waiting?hall=HALL-TJA")).status == 403

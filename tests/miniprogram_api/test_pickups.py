"""What a citizen's phone is told of results; never the shelf, never somebody else's."""

from app import clock
from app.codes import Purpose, read
from app.http.session import open_session
from app.pickup import actions, queries
from app.pickup.present import present
from tests.admin.console import Browser, console
from tests.factories import NOW
from tests.pickup.shelf import COUNTER, make_hall, make_ready
from tests.staff.people import by_of, make_staff


async def ask(browser: Browser, path: str, citizen_id: int = 5) -> tuple[int, dict]:
    token = await open_session(kind="citizen", subject_id=citizen_id, channel="wechat", now=clock.now())
    headers = {"authorization": f"Bearer {token}"}
    async with browser.http.get(f"{browser.url}/api/v1{path}", headers=headers) as response:
        return response.status, await response.json()


async def test_my_results_are_listed_without_the_shelf(db: str) -> None:
    await make_hall()
    pickup = await make_ready(citizen_id=5)
    async with console() as browser:
        status, answer = await ask(browser, "/pickups")
        one = await ask(browser, f"/pickups/{pickup.code}")
    (mine,) = answer["items"]
    assert (status, mine["stateName"], mine["hallName"]) == (200, "待领取", "淮南市政务服务中心")
    assert mine["items"] == [{"name": "居民身份证", "count": 1}, {"name": "领取凭证", "count": 2}]
    assert "A-03" not in str(answer)
    assert one == (200, mine)


async def test_the_code_is_fresh_and_signed_and_has_digits(db: str) -> None:
    await make_hall()
    pickup = await make_ready(citizen_id=5)
    async with console() as browser:
        status, answer = await ask(browser, f"/pickups/{pickup.code}/code")
    code = read(answer["text"], purpose=Purpose.PICKUP, now=clock.now())
    assert (status, code.subject, len(answer["digits"])) == (200, pickup.code, 8)
    assert answer["digitsAsk"] == "手机号后四位"


async def test_after_the_hand_over_the_code_names_no_clerk(db: str) -> None:
    await make_hall()
    staff = await make_staff()
    by = by_of(staff)
    pickup = await make_ready(citizen_id=5)
    text = (await queries.show_code(code=pickup.code, citizen_id=5, now=NOW)).text
    await present(text=text, hall_code="HALL-SZ", by=by, now=NOW)
    await actions.hand_over(pickup_code=pickup.code, counter_code=COUNTER, items_counted=3, receiver="", by=by, now=NOW)
    async with console() as browser:
        status, answer = await ask(browser, f"/pickups/{pickup.code}/code")
    assert (status, staff.name in str(answer)) == (409, False)
    assert answer["error"]["message"] == (
        "该结果已于 11月24日 09:00 由工作人员交付，不能重复领取；如有疑问请拨打 12345"
    )


async def test_somebody_elses_result_answers_like_none_at_all(db: str) -> None:
    await make_hall()
    pickup = await make_ready(citizen_id=5)
    async with console() as browser:
        answers = [
            await ask(browser, path, citizen_id=6)
            for path in (f"/pickups/{pickup.code}", f"/pickups/{pickup.code}/code", "/pickups/NOSUCH")
        ]
    assert [(status, answer["error"]["code"]) for status, answer in answers] == [(404, "not_found")] * 3

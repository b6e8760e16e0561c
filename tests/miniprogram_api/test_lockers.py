"""A locker speaks to the API with its own key, which opens what lies in it and nothing else."""

from dataclasses import replace

from app import clock
from app.http.session import open_session
from app.pickup import lockers, machines, queries
from app.pickup.models import Machine, Pickup
from tests.admin.console import Browser, console
from tests.pickup.shelf import make_hall, make_ready
from tests.queue.day import CLERK

BOTH = replace(CLERK, hall_codes=frozenset({"HALL-SZ", "HALL-TJA"}))


async def pair(hall_code: str = "HALL-SZ") -> tuple[Machine, str]:
    return await machines.add_machine(
        name="1 号自助柜", hall_code=hall_code, site="一楼", compartments=4, by=BOTH, now=clock.now()
    )


async def ask(browser: Browser, key: str, method: str, path: str, body: object = None):
    headers = {"authorization": f"Bearer {key}"}
    async with browser.http.request(
        method, f"{browser.url}/api/v1/lockers{path}", headers=headers, json=body
    ) as response:
        return response.status, await response.json() if response.status != 204 else None


async def text_of(pickup: Pickup) -> str:
    return (await queries.show_code(code=pickup.code, citizen_id=5, now=clock.now())).text


async def stored(machine: Machine) -> Pickup:
    pickup = await make_ready(citizen_id=5, now=clock.now())
    return await lockers.store(pickup_code=pickup.code, machine_code=machine.code, no=3, by=CLERK, now=clock.now())


async def test_redeem_confirm_and_once_more(db: str) -> None:
    await make_hall()
    machine, key = await pair()
    pickup = await stored(machine)
    async with console() as browser:
        seen = await ask(browser, key, "GET", "/current")
        status, door = await ask(browser, key, "POST", "/redeem", {"text": await text_of(pickup)})
        path = f"/reservations/{door['reservation']}"
        again = await ask(browser, key, "POST", "/redeem", {"text": await text_of(pickup)})
        back = await ask(browser, key, "POST", f"{path}/give-back")
        stale = await ask(browser, key, "POST", f"{path}/confirm")
        _, second = await ask(browser, key, "POST", "/redeem", {"text": await text_of(pickup)})
        done = [await ask(browser, key, "POST", f"/reservations/{second['reservation']}/confirm") for _ in range(2)]
        empty = await ask(browser, key, "GET", "/current")
    assert seen == (200, {"name": "1 号自助柜", "site": "一楼", "compartments": 4, "taken": [3]})
    assert (status, door["compartment"], door["itemsTotal"]) == (200, 3, 3)
    assert (again[0], again[1]["error"]["code"]) == (409, "pickup.being_opened")
    assert (back, stale[1]["error"]["code"]) == ((204, None), "pickup.reservation_over")
    assert (done[0][0], done[0], empty[1]["taken"]) == (200, done[1], [])
    assert (await Pickup.get()).state == "handed_over"


async def test_the_citizen_reads_in_which_locker_it_waits_but_not_in_which_compartment(db: str) -> None:
    await make_hall()
    machine, _ = await pair()
    pickup = await stored(machine)
    token = await open_session(kind="citizen", subject_id=5, channel="wechat", now=clock.now())
    async with console() as browser:
        headers = {"authorization": f"Bearer {token}"}
        async with browser.http.get(f"{browser.url}/api/v1/pickups/{pickup.code}", headers=headers) as response:
            answer = await response.json()
    assert (answer["stateName"], answer["locker"]) == ("自助柜待取", "1 号自助柜（一楼）")


async def test_a_key_redeems_at_its_own_site_only_and_no_other_token_will_do(db: str) -> None:
    await make_hall()
    await make_hall("HALL-TJA", "田家庵区政务服务中心")
    machine, key = await pair()
    other, foreign = await pair("HALL-TJA")
    pickup = await stored(machine)
    citizen, staff = [
        await open_session(kind=kind, subject_id=machine.id, channel="x", now=clock.now())
        for kind in ("citizen", "staff")
    ]
    async with console() as browser:
        body = {"text": await text_of(pickup)}
        answers = [
            await ask(browser, token, "POST", "/redeem", body) for token in (foreign, citizen, staff, "nonsense")
        ]
        headers = {"authorization": f"Bearer {key}"}
        async with browser.http.get(f"{browser.url}/api/v1/me", headers=headers) as me:
            as_citizen = me.status
        await machines.revoke_machine(code=machine.code, by=BOTH, now=clock.now())
        revoked = await ask(browser, key, "POST", "/redeem", body)
    assert [(status, answer["error"]["code"]) for status, answer in answers] == [
        (409, "pickup.not_in_this_locker"), *[(401, "auth.sign_in_needed")] * 3,
    ]  # fmt: skip
    assert (as_citizen, revoked[0], other.hall_code) == (401, 401, "HALL-TJA")

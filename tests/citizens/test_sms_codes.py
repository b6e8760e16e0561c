"""Codes by text message: who may have one, and how often it may be guessed (security.md A08)."""

import asyncio
from datetime import timedelta

import pytest

from app.citizens.errors import SmsCodeDead, SmsCodeWrong, SmsDayLimit, SmsNetworkBusy, SmsNetworkDayLimit, SmsTooSoon
from app.citizens.models import SmsCode, SmsQuota
from app.citizens.sms_codes import Issued, issue, prove, purge
from app.errors import AppError
from app.settings import SmsSettings
from tests.factories import NOW
from tests.marks import on_both

MOBILE = "13800000001"
FEW = SmsSettings(network_a_minute=3, network_a_day=20)
MINUTE = timedelta(minutes=1)


async def issued(*, mobile: str = MOBILE, network: str = "203.0.113.1", now=NOW, settings=FEW) -> Issued:
    return await issue(mobile=mobile, network=network, settings=settings, now=now)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def refusal(awaitable) -> AppError | None:
    try:
        await awaitable
    except AppError as exc:
        return exc
    return None


async def test_a_code_has_six_digits_and_proves_its_mobile_once(db) -> None:
    code = await issued()
    assert len(code.code) == 6 and code.code.isdigit()
    assert await prove(handle=code.handle, code=code.code, now=NOW) == MOBILE
    with pytest.raises(SmsCodeDead):
        await prove(handle=code.handle, code=code.code, now=NOW)


async def test_neither_code_nor_mobile_nor_handle_stands_in_the_database(db, sql) -> None:
    code = await issued()
    stored = str(await sql("SELECT * FROM citizens_sms_code")) + str(await sql("SELECT * FROM citizens_sms_quota"))
    assert [secret for secret in (code.code, code.handle, MOBILE, "203.0.113.1") if secret in stored] == []


@pytest.mark.parametrize(("age", "works"), [(timedelta(seconds=299), True), (timedelta(seconds=300), False)])
async def test_a_code_lives_five_minutes(db, age, works) -> None:
    code = await issued()
    assert (await refusal(prove(handle=code.handle, code=code.code, now=NOW + age)) is None) is works


async def test_five_wrong_tries_kill_a_code(db) -> None:
    code = await issued()
    refused = [await refusal(prove(handle=code.handle, code=wrong(code.code), now=NOW)) for _ in range(5)]
    assert [exc.data.get("tries_left") for exc in refused if exc] == [4, 3, 2, 1, None]
    assert isinstance(await refusal(prove(handle=code.handle, code=code.code, now=NOW)), SmsCodeDead)


@on_both
async def test_thirty_parallel_guesses_are_five_tries(db) -> None:
    code = await issued()
    guesses = [prove(handle=code.handle, code=wrong(code.code), now=NOW) for _ in range(30)]
    refused = await asyncio.gather(*map(refusal, guesses))
    assert sorted(exc.data["tries_left"] for exc in refused if isinstance(exc, SmsCodeWrong)) == [1, 2, 3, 4]
    assert (await SmsCode.get()).tries_left == 0


@on_both
async def test_a_right_code_used_ten_times_at_once_proves_once(db) -> None:
    code = await issued()
    refused = await asyncio.gather(*(refusal(prove(handle=code.handle, code=code.code, now=NOW)) for _ in range(10)))
    assert refused.count(None) == 1


async def test_a_code_is_worth_nothing_in_another_browser(db) -> None:
    mine, theirs = await issued(), await issued(mobile="13900000002", network="203.0.113.2")
    assert isinstance(await refusal(prove(handle=theirs.handle, code=mine.code, now=NOW)), SmsCodeWrong)
    assert isinstance(await refusal(prove(handle="unknown", code=mine.code, now=NOW)), SmsCodeDead)


async def test_a_mobile_gets_one_code_a_minute(db) -> None:
    await issued()
    assert isinstance(await refusal(issued(network="203.0.113.2", now=NOW + MINUTE * 0.99)), SmsTooSoon)
    assert await refusal(issued(network="203.0.113.3", now=NOW + MINUTE)) is None


async def test_a_halls_wi_fi_serves_many_at_once_up_to_its_minute_and_a_refusal_counts_for_no_mobile(db) -> None:
    for n in range(3):
        await issued(mobile=f"1380000010{n}")
    assert isinstance(await refusal(issued(mobile="13900000002")), SmsNetworkBusy)
    assert await SmsQuota.filter(scope="mobile").count() == 3
    assert await refusal(issued(mobile="13900000002", network="203.0.113.2")) is None
    assert await refusal(issued(mobile="13900000003", now=NOW + MINUTE)) is None


async def test_a_mobile_gets_ten_codes_a_day_and_again_tomorrow(db) -> None:
    for n in range(10):
        await issued(network=f"203.0.113.{n}", now=NOW + MINUTE * n)
    refused = await refusal(issued(network="203.0.113.99", now=NOW + MINUTE * 10))
    assert isinstance(refused, SmsDayLimit)
    assert await refusal(issued(now=NOW + timedelta(days=1))) is None
    assert (await SmsQuota.get(scope="mobile")).count == 1


async def test_a_network_has_a_sum_for_the_day_and_says_how_to_go_on(db) -> None:
    for n in range(20):
        await issued(mobile=f"138000001{n:02d}", now=NOW + MINUTE * n)
    refused = await refusal(issued(mobile="13900000002", now=NOW + MINUTE * 20))
    assert isinstance(refused, SmsNetworkDayLimit)
    assert "改用手机流量" in refused.text
    assert await refusal(issued(mobile="13900000002", now=NOW + timedelta(days=1))) is None


async def test_as_delivered_a_hall_may_have_hundreds_of_codes_a_day(db) -> None:
    for n in range(40):
        await issued(mobile=f"138000001{n:02d}", now=NOW + MINUTE * (n // 20), settings=SmsSettings())
    assert await SmsCode.all().count() == 40


@on_both
async def test_twenty_people_of_one_network_at_once_get_as_many_codes_as_a_minute_has(db) -> None:
    answers = await asyncio.gather(*(refusal(issued(mobile=f"138000001{n:02d}")) for n in range(20)))
    assert (answers.count(None), await SmsCode.all().count()) == (3, 3)
    assert {exc.code for exc in answers if exc} == {"sms.network_busy"}


@on_both
async def test_twenty_requests_at_once_for_one_mobile_give_one_code(db) -> None:
    answers = await asyncio.gather(*(refusal(issued(network=f"203.0.113.{n}")) for n in range(20)))
    assert answers.count(None) == 1
    assert {exc.code for exc in answers if exc} == {"sms.too_soon"}
    assert await SmsCode.all().count() == 1


async def test_dead_codes_are_forgotten_after_a_day(db) -> None:
    await issued()
    assert await purge(NOW + timedelta(days=1)) == 0
    assert await purge(NOW + timedelta(days=1, minutes=6)) == 1

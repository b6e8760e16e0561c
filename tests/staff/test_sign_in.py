"""Signing in, being locked out, and what ends a session."""

import asyncio
import time
from datetime import timedelta

import pytest

from app.errors import InvalidInput
from app.http.session import find_caller, open_session
from app.staff import actions, passwords, queries
from app.staff.errors import TooManyTries, WrongOldPassword, WrongSignIn
from app.staff.models import AuditRow, Tries
from app.staff.rules import Role
from tests.factories import NOW
from tests.marks import on_both
from tests.staff.people import PASSWORD, ROOT, by_of, make_staff


async def try_sign_in(username: str = "hu.min", password: str = "wrong-wrong-wrong", source: str = "10.0.0.7", now=NOW):
    try:
        return await actions.sign_in(username=username, password=password, source=source, network=source, now=now)
    except (WrongSignIn, TooManyTries) as exc:
        return exc.code


async def test_the_right_password_lets_in_whatever_the_case_of_the_account_name(db: str) -> None:
    staff = await make_staff()
    assert (await try_sign_in("Hu.Min", PASSWORD)).id == staff.id
    rows = await AuditRow.filter(action="staff.sign_in").values_list("staff_id", "staff_name", "source")
    assert rows == [(staff.id, "胡敏", "10.0.0.7")]


async def test_unknown_wrong_and_disabled_get_one_answer(db: str) -> None:
    await make_staff()
    await actions.change_access(
        by=ROOT, username="hu.min", roles=[Role.CLERK], hall_codes=["HALL-SZ"], is_active=False, now=NOW
    )
    answers = [await try_sign_in(), await try_sign_in(password=PASSWORD), await try_sign_in("nobody")]
    assert answers == ["staff.wrong_sign_in"] * 3


async def test_an_unknown_account_is_not_written_down_by_name(db: str) -> None:
    await try_sign_in("my-secret-password")
    rows = await AuditRow.all().values_list("staff_id", "staff_name", "action")
    assert rows == [(None, "未知账号", "staff.sign_in_refused")]


@pytest.mark.parametrize("username", ["hu.min", "nobody"])
async def test_five_mistakes_lock_known_and_unknown_accounts_alike(db: str, username: str) -> None:
    await make_staff()
    answers = [await try_sign_in(username) for _ in range(6)]
    assert answers == ["staff.wrong_sign_in"] * 5 + ["staff.too_many_tries"]


async def test_a_stranger_elsewhere_does_not_lock_the_owner_out(db: str) -> None:
    staff = await make_staff()
    for _ in range(6):
        await try_sign_in(source="203.0.113.9")
    assert await try_sign_in(password=PASSWORD, source="203.0.113.9") == "staff.too_many_tries"
    assert (await try_sign_in(password=PASSWORD)).id == staff.id


async def test_the_lock_ends_after_fifteen_minutes(db: str) -> None:
    staff = await make_staff()
    for _ in range(5):
        await try_sign_in()
    still = NOW + timedelta(minutes=14, seconds=59)
    assert await try_sign_in(password=PASSWORD, now=still) == "staff.too_many_tries"
    assert (await try_sign_in(password=PASSWORD, now=NOW + timedelta(minutes=15))).id == staff.id


async def test_success_forgets_past_mistakes(db: str) -> None:
    await make_staff()
    for _ in range(4):
        await try_sign_in()
    await try_sign_in(password=PASSWORD)
    assert await Tries.all().count() == 0


@on_both
async def test_twenty_guesses_at_once_are_five_guesses(db: str) -> None:
    await make_staff()
    answers = await asyncio.gather(*(try_sign_in() for _ in range(20)))
    assert sorted(answers) == ["staff.too_many_tries"] * 15 + ["staff.wrong_sign_in"] * 5


async def test_an_unknown_account_takes_as_long_as_a_known_one(db: str) -> None:
    await make_staff()
    took: dict[str, list[float]] = {"hu.min": [], "nobody": []}
    for turn in range(4):
        for username, times in took.items():
            started = time.perf_counter()
            await try_sign_in(username, source=f"10.0.1.{turn}")
            times.append(time.perf_counter() - started)
    assert abs(min(took["hu.min"]) - min(took["nobody"])) < 0.02


def test_the_hash_of_nobodys_password_costs_what_todays_do() -> None:
    assert not passwords.is_dated(passwords.NOBODYS)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short-pass1", "密码须为 12 至 128 个字符"),
        ("x" * 60 + "abcdefg" * 10, "密码须为 12 至 128 个字符"),
        ("Password1234", "这个密码过于常见，容易被猜到，请换一个"),
        ("aabbaabbaabbcc", "这个密码过于常见，容易被猜到，请换一个"),
        ("my-Hu.Min-2026", "密码中不能包含账号名，请换一个"),
        (PASSWORD, "这个密码过于常见，容易被猜到，请换一个"),
    ],
)
async def test_a_weak_new_password_is_refused_and_changes_nothing(db: str, password: str, fault: str) -> None:
    staff = await make_staff()
    with pytest.raises(InvalidInput) as refusal:
        await actions.change_password(by=by_of(staff), old=PASSWORD, new=password, now=NOW)
    assert refusal.value.data == {"fields": {"new": fault}}
    assert (await try_sign_in(password=PASSWORD)).id == staff.id


async def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(db: str) -> None:
    staff = await make_staff(must_change=True)
    tokens = [await open_session(kind="staff", subject_id=staff.id, channel="console", now=NOW) for _ in range(2)]
    here = await find_caller(tokens[0], kind="staff", now=NOW)
    await actions.change_password(
        by=by_of(staff), old=PASSWORD, new="huai-he-bian-shang", now=NOW, keep=here.token_hash
    )
    assert [await find_caller(token, kind="staff", now=NOW) for token in tokens] == [here, None]
    member = await queries.member(staff.id, source="", request_id="")
    assert member.must_change_password is False


async def test_the_old_password_must_fit_and_may_not_be_guessed(db: str) -> None:
    by = by_of(await make_staff())
    for _ in range(5):
        with pytest.raises(WrongOldPassword):
            await actions.change_password(by=by, old="wrong", new="huai-he-bian-shang", now=NOW)
    with pytest.raises(TooManyTries):
        await actions.change_password(by=by, old=PASSWORD, new="huai-he-bian-shang", now=NOW)


async def test_a_change_of_role_ends_sessions_at_once_and_holds_at_the_next_request(db: str) -> None:
    staff = await make_staff()
    token = await open_session(kind="staff", subject_id=staff.id, channel="console", now=NOW)
    await actions.change_access(by=ROOT, username="hu.min", roles=[Role.EDITOR], hall_codes=[], is_active=True, now=NOW)
    assert await find_caller(token, kind="staff", now=NOW) is None
    member = await queries.member(staff.id, source="", request_id="")
    assert (member.by.roles, member.by.hall_codes) == ({Role.EDITOR}, frozenset())


async def test_a_reset_password_ends_sessions_and_must_be_changed(db: str) -> None:
    staff = await make_staff()
    token = await open_session(kind="staff", subject_id=staff.id, channel="console", now=NOW)
    await actions.reset_password(by=ROOT, username="hu.min", password="chu-ci-mi-ma-93", now=NOW)
    assert await find_caller(token, kind="staff", now=NOW) is None
    assert (await try_sign_in(password="chu-ci-mi-ma-93")).must_change_password is True

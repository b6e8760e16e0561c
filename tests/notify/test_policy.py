"""Whether, when and how somebody is told: consent, quiet hours, the day's limit, what was switched off (G3, G11)."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import CHINA
from notify import policy
from notify.policy import CITY, FOR_GOOD, Person, Policy, Sending, Verdict, What, decide, quiet_until

NOON, NIGHT = datetime(2026, 11, 26, 12, 0, tzinfo=CHINA), datetime(2026, 11, 26, 23, 30, tzinfo=CHINA)
READY = Sending(channel="wechat", kind="result_ready", can_wait=True)
REACHED = Person(addresses={"wechat": "o1"}, credits={("wechat", "result_ready"): 1})


def test_whoever_allows_it_is_told_by_day() -> None:
    assert decide(READY, REACHED, CITY, NOON) == Verdict(What.SEND)


@pytest.mark.parametrize(
    ("sending", "person", "reason"),
    [
        (replace(READY, expires_at=NOON), REACHED, "已过时"),
        (replace(READY, if_unread=True, is_read=True), REACHED, "已在消息中心读过"),
        (READY, replace(REACHED, addresses={"alipay": "2088"}), "没有该渠道账号"),
        (READY, replace(REACHED, muted=frozenset({"wechat"})), "本人已关闭该渠道"),
        (READY, replace(REACHED, unreachable=frozenset({"wechat"})), "此前无法送达"),
        (READY, replace(REACHED, credits={}), "没有订阅授权"),
        (READY, replace(REACHED, credits={("alipay", "result_ready"): 1}), "没有订阅授权"),
    ],
)
def test_why_somebody_is_not_told(sending: Sending, person: Person, reason: str) -> None:
    assert decide(sending, person, CITY, NOON) == Verdict(What.SKIP, reason)


@pytest.mark.parametrize(
    ("sending", "person"),
    [
        (READY, replace(REACHED, credits={("wechat", "result_ready"): FOR_GOOD})),
        (replace(READY, has_credit=True), replace(REACHED, credits={})),
        (replace(READY, channel="sms", needs_consent=False), Person(addresses={"sms": "138"})),
        (replace(READY, is_urgent=True), replace(REACHED, muted=frozenset({"wechat"}))),
        (replace(READY, if_unread=True), REACHED),
    ],
    ids=["long-term consent", "consent set aside", "no consent needed", "urgent though switched off", "not read yet"],
)
def test_whoever_is_told_all_the_same(sending: Sending, person: Person) -> None:
    assert decide(sending, person, CITY, NOON) == Verdict(What.SEND)


def test_at_night_what_can_wait_waits_until_eight_and_an_answer_comes_at_once() -> None:
    morning = datetime(2026, 11, 27, 8, 0, tzinfo=CHINA)
    assert decide(READY, REACHED, CITY, NIGHT) == Verdict(What.LATER, "夜间不打扰", morning)
    assert decide(replace(READY, can_wait=False), REACHED, CITY, NIGHT) == Verdict(What.SEND)


def test_beyond_the_days_limit_what_can_wait_is_gathered() -> None:
    busy = replace(REACHED, today=CITY.a_day)
    assert decide(READY, busy, CITY, NOON) == Verdict(What.GATHER, "并入汇总消息")
    assert decide(READY, replace(busy, today=CITY.a_day - 1), CITY, NOON) == Verdict(What.SEND)
    assert decide(replace(READY, can_wait=False), busy, CITY, NOON) == Verdict(What.SEND)
    assert decide(replace(READY, is_small=True), REACHED, CITY, NOON).what is What.GATHER


@pytest.mark.parametrize(
    ("clock", "ends"),
    [("21:59", None), ("22:00", "27 08:00"), ("23:59", "27 08:00"), ("00:00", "26 08:00"), ("07:59", "26 08:00"),
     ("08:00", None)],
)  # fmt: skip
def test_quiet_hours_over_midnight(clock: str, ends: str | None) -> None:
    now = datetime.fromisoformat(f"2026-11-26T{clock}:00+08:00")
    end = quiet_until(now, CITY)
    assert (f"{end.astimezone(CHINA):%d %H:%M}" if end else None) == ends


@given(st.integers(0, 366 * 24 * 3600), st.times(), st.times())
def test_the_end_of_quiet_hours_is_later_is_loud_and_within_a_day(second: int, begins: time, ends: time) -> None:
    rules, now = Policy(quiet_from=begins, quiet_to=ends), NOON + timedelta(seconds=second)
    if end := quiet_until(now, rules):
        assert now < end <= now + timedelta(days=1)
        assert quiet_until(end, rules) is None


def test_reasons_that_end_the_matter_are_those_after_which_no_other_channel_is_tried() -> None:
    assert {policy.STALE, policy.READ, policy.GATHERED} == policy.ENOUGH

"""Two text-message services share the load; the slow one gets less, and creeps back (features.md G10)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify import providers
from notify.models import Receipt
from notify.providers import Figures, moved, share
from tests.factories import NOW

NAMES = ["aliyun", "tencent"]
REST = share(NAMES)
FINE = Figures(100, 0)


@pytest.mark.parametrize(
    ("weights", "figures", "then"),
    [
        ((50, 50), (Figures(100, 15), FINE), (40, 60)),
        ((50, 50), (Figures(100, 14), FINE), (50, 50)),
        ((50, 50), (Figures(4, 4), FINE), (50, 50)),
        ((5, 95), (Figures(100, 90), FINE), (0, 100)),
        ((50, 50), (Figures(100, 50), Figures(100, 50)), (50, 50)),
        ((40, 60), (FINE, FINE), (41, 59)),
        ((50, 50), (FINE, FINE), (50, 50)),
    ],
    ids=["slow", "just not", "too few to say", "nothing left", "both slow", "creeps back", "at rest"],
)
def test_weights_move_from_the_slow_one(weights, figures, then) -> None:
    seen = dict(zip(NAMES, figures, strict=True))
    assert tuple(moved(dict(zip(NAMES, weights, strict=True)), seen, REST).values()) == then


@given(st.integers(0, 100), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=2))
def test_the_points_are_always_a_hundred_and_never_below_zero(first: int, seen: list[tuple[int, int]]) -> None:
    figures = {name: Figures(max(pair), min(pair)) for name, pair in zip(NAMES, seen, strict=True)}
    weights = moved({"aliyun": first, "tencent": 100 - first}, figures, REST)
    assert sum(weights.values()) == 100
    assert min(weights.values()) >= 0


def test_left_alone_the_weights_come_to_rest_within_fifty_minutes() -> None:
    weights = {"aliyun": 0, "tencent": 100}
    for _ in range(50):
        weights = moved(weights, {name: FINE for name in NAMES}, REST)
    assert weights == REST


async def sent(provider: str, count: int, *, minutes_ago: int, took_s: int | None) -> None:
    """Messages that a service took so long ago, and brought after so many seconds."""
    at = NOW - timedelta(minutes=minutes_ago)
    told = at + timedelta(seconds=took_s) if took_s is not None else None
    known = await Receipt.all().count()
    for n in range(known, known + count):
        await Receipt.create(
            channel="sms", provider=provider, number=f"{provider}:{n}", dispatch_id=n, sent_at=at, told_at=told,
            due_at=at + timedelta(hours=72),
        )  # fmt: skip


async def test_fifteen_in_a_hundred_without_a_receipt_move_ten_points_and_it_recovers(db: str) -> None:
    await sent("aliyun", 17, minutes_ago=10, took_s=3)
    await sent("aliyun", 3, minutes_ago=10, took_s=None)
    await sent("tencent", 20, minutes_ago=10, took_s=3)
    await sent("tencent", 20, minutes_ago=2, took_s=None)  # still within their five minutes
    await providers.balance(NOW, names=NAMES)
    assert await providers.weights_of(NAMES) == {"aliyun": 40, "tencent": 60}
    await providers.balance(NOW + timedelta(seconds=20), names=NAMES)  # another worker, in the same minute
    assert await providers.weights_of(NAMES) == {"aliyun": 40, "tencent": 60}
    await Receipt.all().delete()
    await providers.balance(NOW + timedelta(minutes=1), names=NAMES)
    assert await providers.weights_of(NAMES) == {"aliyun": 41, "tencent": 59}


async def test_one_service_alone_gets_everything(db: str) -> None:
    assert {await providers.pick(["aliyun"]) for _ in range(5)} == {"aliyun"}
    await providers.balance(NOW, names=["aliyun"])
    assert await providers.weights_of(["aliyun"]) == {"aliyun": 100}

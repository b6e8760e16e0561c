"""Whom a mobile leads to, and what others may see."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citizens.rules import (
    Holder,
    Settled,
    masked_mobile,
    masked_name,
    settle_attach,
    settle_sign_in,
)
from tests.factories import NOW

FRESH, STALE = NOW - timedelta(days=90), NOW - timedelta(days=90, seconds=1)


@pytest.mark.parametrize(
    ("holder", "settled"),
    [
        (None, Settled.NEW),
        (Holder(1, STALE, has_other_ways=True), Settled.SAME),
        (Holder(2, FRESH, has_other_ways=True), Settled.MOVED),
        (Holder(2, FRESH, has_other_ways=False), Settled.LEFT),
        (Holder(2, STALE, has_other_ways=False), Settled.MOVED),
    ],
)
def test_a_proven_mobile_moves_unless_it_is_the_only_way_in_of_somebody_recent(holder, settled) -> None:
    assert settle_attach(holder, citizen_id=1, now=NOW) is settled


@pytest.mark.parametrize(
    ("holder", "settled"),
    [
        (None, Settled.NEW),
        (Holder(2, FRESH, has_other_ways=True), Settled.SAME),
        (Holder(2, FRESH, has_other_ways=False), Settled.SAME),
        (Holder(2, STALE, has_other_ways=False), Settled.MOVED),
    ],
)
def test_a_mobile_leads_to_whoever_proved_it_in_the_last_ninety_days(holder, settled) -> None:
    assert settle_sign_in(holder, now=NOW) is settled


@given(st.timedeltas(min_value=timedelta(days=91), max_value=timedelta(days=4000)), st.booleans())
def test_nobody_ever_reads_the_records_of_a_former_owner_of_a_mobile(age, has_other_ways) -> None:
    holder = Holder(2, NOW - age, has_other_ways)
    assert settle_sign_in(holder, now=NOW) is Settled.MOVED
    assert settle_attach(holder, citizen_id=1, now=NOW) is Settled.MOVED


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("李秀英", "李**"), ("欧阳娜娜", "欧阳**"), ("欧阳", "欧*"), ("张", "*")],
)
def test_a_name_shows_its_family_only(name, masked) -> None:
    assert masked_name(name) == masked


def test_a_mobile_shows_seven_of_its_digits() -> None:
    assert masked_mobile("13812341234") == "138****1234"

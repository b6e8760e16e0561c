"""A proof under pressure only (C10, H03): who is asked for what, and what counts as a proof."""

import asyncio
import hashlib
import re
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking import guarding, jobs, pressure, proof
from app.booking.errors import ProofNeeded
from app.booking.guarding import Attempt
from app.booking.models import Pressure, UsedProof
from app.booking.proof import Proof, Task, in_words, is_right, sum_of
from app.citizens.models import Citizen
from app.recent import forget_all
from app.settings import PressureSettings
from tests.booking.town import NINE, NOW, slot
from tests.marks import on_both

FEW = PressureSettings(
    account_bookings=8, account_searches=40, source_bookings=20, source_searches=40, rush_a_minute=12, work_bits=8
)
MINE = Task(person="a1", purpose="booking", bits=8)
LATER = NOW + timedelta(minutes=3)


@pytest.fixture
async def people(db: str) -> None:
    for citizen_id in range(1, 60):
        await Citizen.create(id=citizen_id, code=f"C{citizen_id}", is_elder=citizen_id == 7, created_at=NOW)


async def attempt(citizen_id: int = 1, *, network: str = "10.0.0.1", slot_id: str = NINE, now=NOW, **values) -> str:
    """ "" when one may go on; else the challenge."""
    wanted = Attempt(citizen_id=citizen_id, network=network, slot_id=slot_id, **values)
    try:
        await guarding.ensure_welcome(wanted, settings=FEW, now=now)
    except ProofNeeded as needed:
        return needed.data["details"]["challenge"]
    return ""


async def times(n: int, **values) -> list[bool]:
    """Whether each of n tries was asked for a proof."""
    return [bool(await attempt(**values)) for _ in range(n)]


def worked(challenge: str, bits: int = 8) -> Proof:
    """What a browser does."""
    for n in count():
        if hashlib.sha256(f"{challenge}.{n}".encode()).digest()[0] >> (8 - bits) == 0:
            return Proof(challenge, "work", str(n))
    raise AssertionError


def reckoned(challenge: str, question: str) -> Proof:
    """What a person does: read the words, do the sum."""
    words = {in_words(n): n for n in range(1, 60)}
    large, sign, small = re.fullmatch(r"(.+)([加减])(.+)等于多少？", question).groups()
    result = words[large] + words[small] * (1 if sign == "加" else -1)
    return Proof(challenge, "sum", str(result))


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=16, max_size=16))
def test_every_sum_can_be_read_aloud_and_done_in_ones_head(nonce: str) -> None:
    question, result = sum_of(nonce)
    assert reckoned("", question).answer == str(result)
    assert 2 <= result <= 49
    for said in (str(result), in_words(result), f" {result} ", "".join(chr(ord(c) + 0xFEE0) for c in str(result))):
        assert is_right(Proof("", "sum", said), nonce=nonce, bits=8)
    assert not is_right(Proof("", "sum", str(result + 1)), nonce=nonce, bits=8)


@pytest.mark.usefixtures("people")
@on_both
async def test_under_normal_load_nobody_is_asked_and_nothing_is_written():
    assert await times(1) == [False]
    assert [await attempt(citizen) for citizen in (2, 3)] == ["", ""]
    assert await Pressure.all().count() == 1  # a quarter of the rush figure: one statement for three tries


@pytest.mark.usefixtures("people")
@on_both
async def test_an_account_that_tries_too_often_is_asked_and_others_are_not():
    assert await times(8) == [False] * 7 + [True]
    assert await attempt(2, network="10.0.0.2", slot_id=slot("15:00", NOW.date())) == ""
    after = NOW + timedelta(minutes=10)
    assert await attempt(slot_id=slot("15:00", NOW.date()), now=after) == ""


@pytest.mark.usefixtures("people")
async def test_an_elder_is_asked_for_the_sum_and_never_for_work():
    assert await times(8, citizen_id=7) == [False] * 7 + [True]
    with pytest.raises(ProofNeeded) as asked:
        await guarding.ensure_welcome(Attempt(7, "10.0.0.1", NINE), settings=FEW, now=NOW)
    needed = asked.value.data["details"]
    assert needed["work"] is None
    assert await attempt(7, proof=reckoned(needed["challenge"], needed["question"])) == ""
    assert await attempt(7, proof=Proof(await attempt(7), "work", "0")) != ""


@pytest.mark.usefixtures("people")
async def test_many_accounts_from_one_network_are_asked_and_the_address_is_not_kept():
    days = [NOW.date() + timedelta(days=n) for n in range(30)]
    asked = [bool(await attempt(n + 8, slot_id=slot("09:00", days[n]))) for n in range(22)]
    assert asked == [False] * 19 + [True] * 3
    assert await attempt(50, network="10.0.0.9", slot_id=slot("09:00", days[23])) == ""
    keys = "".join(str(key) for key in await Pressure.all().values_list("key", flat=True))
    assert "10.0.0.1" not in keys


@pytest.mark.usefixtures("people")
async def test_a_day_under_a_rush_asks_everybody_for_it_and_nobody_for_another_day():
    asked = [bool(await attempt(n, network=f"10.0.1.{n}")) for n in range(8, 22)]
    assert asked == [False] * 11 + [True] * 3
    assert await attempt(40, network="10.0.2.1", slot_id=slot("10:00")) != ""  # the same day
    assert await attempt(41, network="10.0.2.2", slot_id=slot("10:00", NOW.date())) == ""


@pytest.mark.usefixtures("people")
async def test_whoever_searches_too_often_may_go_on_searching_and_is_asked_at_booking():
    for _ in range(40):
        await guarding.note_search(network="10.0.0.1", settings=FEW, now=NOW)
    assert await attempt(1) != ""
    assert await attempt(2, network="10.0.0.2") == ""


@pytest.mark.usefixtures("people")
async def test_tries_at_several_processes_add_up():
    for _ in range(4):
        assert await times(2) != [True, True]
        forget_all()  # what another process would not know
    assert await attempt() != ""


@pytest.mark.usefixtures("people")
@on_both
async def test_many_tries_at_once_are_all_counted():
    asked = await asyncio.gather(*(attempt(slot_id=slot("09:00", NOW.date() + timedelta(days=n))) for n in range(40)))
    assert 1 <= sum(not challenge for challenge in asked) <= 7  # never more than one after the other
    assert await attempt() != ""


@pytest.mark.usefixtures("people")
@on_both
@pytest.mark.parametrize("by", ["work", "sum"])
async def test_either_proof_serves_one_request(by: str):
    await times(8)
    needed = proof.demand(MINE, now=NOW).data["details"]
    answer = (
        worked(needed["challenge"]) if by == "work" else reckoned(needed["challenge"], needed["question"])
    )  # fmt: skip
    assert await attempt(proof=answer, now=LATER) == ""
    assert await attempt(proof=answer, now=LATER) != ""


@pytest.mark.usefixtures("people")
@on_both
async def test_the_same_request_again_under_its_key_needs_no_second_proof():
    await times(8)
    answer = worked(proof.demand(MINE, now=NOW).data["details"]["challenge"])
    together = await asyncio.gather(*(attempt(proof=answer, repeat_key="k1") for _ in range(4)))
    assert together == [""] * 4
    assert await attempt(proof=answer, repeat_key="k2") != ""


FORGERIES = {
    "another's": (Task(person="a2", purpose="booking", bits=8), NOW),
    "for something else": (Task(person="a1", purpose="waiting", bits=8), NOW),
    "made easier": (Task(person="a1", purpose="booking", bits=1), NOW),
    "five minutes old": (MINE, NOW - timedelta(minutes=5, seconds=1)),
}


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("task", "made_at"), FORGERIES.values(), ids=FORGERIES)
async def test_a_challenge_that_is_not_for_this_is_worth_nothing(task: Task, made_at):
    await times(8)
    needed = proof.demand(task, now=made_at).data["details"]
    assert await attempt(proof=worked(needed["challenge"])) != ""


@pytest.mark.usefixtures("people")
async def test_a_wrong_sum_uses_the_challenge_up_and_nonsense_is_refused():
    await times(8)
    needed = proof.demand(MINE, now=NOW).data["details"]
    right = reckoned(needed["challenge"], needed["question"])
    assert await attempt(proof=Proof(right.challenge, "sum", "0")) != ""
    assert await attempt(proof=right) != ""
    for text in ("", "ZB1.x.y", needed["challenge"] + "A"):
        assert await attempt(proof=Proof(text, "sum", "5")) != ""


@pytest.mark.usefixtures("people")
async def test_counts_and_used_proofs_are_forgotten_in_time():
    await times(8)
    await attempt(proof=worked(proof.demand(MINE, now=NOW).data["details"]["challenge"]))
    assert await UsedProof.all().count() == 1
    await jobs.purge(NOW + timedelta(hours=1), keep_slots_days=90)
    assert (await Pressure.all().count(), await UsedProof.all().count()) == (0, 0)


def test_a_signal_counts_anew_in_each_window():
    signal, begins = pressure.Signal("book", "a1", 8, 600), NOW.timestamp()
    assert signal.key(begins) == signal.key(begins + 599) != signal.key(begins + 600)

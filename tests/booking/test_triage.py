"""Questions before a booking (C20): by the answers the wrong matter cannot be booked, on any path a citizen has."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking import actions, triage, waiting_list
from app.booking.errors import BookingRefused, NoSuchQuestion, TriageNeeded, VisitNotNeeded, WrongMatter
from app.booking.models import Slot
from app.booking.triage import Asked, led_to
from app.matters.guide import Ending, Question, Triage
from tests.booking.town import BY, HALL, NINE, NOW, TOMORROW, at, book, make_matter, slot, trace
from tests.city import CITY
from tests.factories import agree

LOST, ABROAD = Ending(matter="PASS", text="丢了的补领"), Ending(text="网上可以办")
QUESTIONS = [
    Question(key="at_hand", text="证件还在吗？", no=LOST),
    Question(key="online", text="已在网上申请了吗？", yes=ABROAD),
]
ASKED = Triage(questions=QUESTIONS, required=True)


@pytest.fixture
async def asked(town: str) -> None:
    await make_matter("ASKED", guide={"triage": ASKED.model_dump()})
    await make_matter("MAY", guide={"triage": {**ASKED.model_dump(), "required": False}})


CASES: dict[str, tuple[Mapping[str, bool], type[BookingRefused] | None]] = {
    "no answers": ({}, TriageNeeded),
    "one of two": ({"at_hand": True}, TriageNeeded),
    "another matter": ({"at_hand": False}, WrongMatter),
    "another matter, whatever follows": ({"at_hand": False, "online": False}, WrongMatter),
    "no visit": ({"at_hand": True, "online": True}, VisitNotNeeded),
    "an unknown question": ({"at_hand": True, "online": False, "drop": True}, NoSuchQuestion),
    "right": ({"at_hand": True, "online": False}, None),
}


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("answers", "refusal"), CASES.values(), ids=CASES)
async def test_only_the_right_matter_can_be_booked_held_or_waited_for(
    answers: Mapping[str, bool], refusal: type[BookingRefused] | None
):
    await Slot.filter(id__startswith=f"{HALL}.HZ.2026112514").update(left=0)
    await Slot.filter(id__gt=slot("15:00"), id__lt=slot("18:00")).update(left=0)
    await Slot.filter(id=slot("15:00")).update(left=0)
    wish = waiting_list.Wish(hall_code=HALL, on=TOMORROW, part="pm", matter_codes=["ASKED"], answers=answers)
    acts = [
        lambda: waiting_list.join(citizen_id=3, wish=wish, now=NOW),
        lambda: book(1, NINE, "ID", "ASKED", answers=answers),
        lambda: actions.hold(citizen_id=2, slot_id=NINE, matter_codes=["ASKED"], answers=answers, now=NOW),
    ]
    for citizen_id in (1, 2, 3):
        await agree(citizen_id)
    before = await trace()
    for act in acts:
        if refusal is None:
            await act()
        else:
            with pytest.raises(refusal):
                await act()
    assert (await trace() == before) == (refusal is not None)


@pytest.mark.usefixtures("asked")
async def test_the_refusal_names_the_right_matter_and_leads_there():
    with pytest.raises(WrongMatter) as refusal:
        await book(1, NINE, "ASKED", answers={"at_hand": False})
    assert refusal.value.text == "按您的回答，要办的是“事项PASS”：丢了的补领。请改约该事项"
    assert refusal.value.data["details"] == {
        "matterCode": "PASS", "matterName": "事项PASS", "page": "/h5/matters/PASS",
    }  # fmt: skip
    with pytest.raises(TriageNeeded) as needed:
        await book(1, NINE, "ASKED", answers={"at_hand": True})
    assert needed.value.data["details"] == {"questions": [{"key": "online", "text": "已在网上申请了吗？"}]}


@pytest.mark.usefixtures("asked")
async def test_where_questions_are_not_required_only_answers_that_were_given_count():
    with pytest.raises(WrongMatter):
        await book(1, NINE, "MAY", answers={"at_hand": False})
    assert (await book(1, NINE, "MAY")).state == "booked"


@pytest.mark.usefixtures("asked")
async def test_staff_have_asked_themselves_and_nobody_is_asked_again_when_moving():
    contact = actions.Contact(name="王", mobile="13900001111")
    booking = await actions.book_for(
        by=BY, slot_id=NINE, matter_codes=["ASKED"], contact=contact, channel="phone", now=NOW
    )
    moved = await actions.reschedule_for(by=BY, number=booking.number, slot_id=slot("10:00"), why="改期", now=NOW)
    assert (moved.state, moved.starts_at) == ("booked", at("10:00"))


@given(st.dictionaries(st.sampled_from(["at_hand", "online"]), st.booleans()))
def test_the_next_step_is_none_just_when_the_booking_would_pass(answers: dict[str, bool]):
    asked = Asked(ASKED, {code: code for code in led_to(ASKED)})
    try:
        asked.ensure_right(answers)
        passed = True
    except BookingRefused:
        passed = False
    assert (triage.next_step(asked, answers) is None) == passed


def test_the_citys_questions_lead_to_matters_that_exist_and_every_key_is_asked_once():
    items = json.loads((CITY / "matters.json").read_text(encoding="utf-8"))["items"]
    codes = {item["code"] for item in items}
    asked = {item["code"]: Triage.model_validate(item["triage"]) for item in items if "triage" in item}
    assert len(asked) >= 8
    assert {code for each in asked.values() for code in triage.led_to(each)} <= codes
    assert [code for code, each in asked.items() if code in triage.led_to(each)] == []
    keys = [question.key for each in asked.values() for question in each.questions]
    assert len(keys) == len(set(keys))
    assert {each.status for each in asked.values()} == {"to_be_checked"}
    endless = [q.key for each in asked.values() for q in each.questions if (q.yes is None) == (q.no is None)]
    assert endless == []

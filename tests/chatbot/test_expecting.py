"""How long it will still take: from what the queue did lately, for those on duty now, and nothing without either."""

from datetime import timedelta

from app.recent import forget_all
from chatbot import agents, duty, expecting
from chatbot.engine.answering import Brain
from chatbot.models import Conversation
from chatbot.peers import citizen
from tests.chatbot.desk import HU, SUN, last, service_of, wait
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


async def take(number: int, *, every: int, staff_id: int = 7) -> None:
    """So many who came at once and were taken one after the other, the last one now."""
    began = NOW - number * every * MINUTE
    for n in range(number):
        await Conversation.create(
            code=f"t{n}", peer=f"x{n}", channel="h5", state="closed", opened_at=began, last_at=NOW, staff_id=staff_id,
            due_at=began, taken_at=began + (n + 1) * every * MINUTE,
        )  # fmt: skip


def test_only_the_time_at_the_head_of_the_line_counts() -> None:
    taken = [(NOW, NOW + MINUTE), (NOW, NOW + 3 * MINUTE), (NOW + 9 * MINUTE, NOW + 10 * MINUTE)]
    assert expecting.heads(taken) == [60, 120, 60]


async def test_the_second_waits_twice_as_long_as_the_first_and_two_people_halve_it(db: str) -> None:
    await take(6, every=4)
    await duty.begin(by=HU, now=NOW)
    one, two = [await expecting.expected("", place=place, now=NOW) for place in (1, 2)]
    assert one is not None and two is not None
    assert (one.low_minutes, one.high_minutes, two.low_minutes, two.high_minutes) == (4, 5, 8, 9)
    assert one.text == "预计还要等 4–5 分钟（09:00 按近 3 小时的接待速度估算）"
    await duty.begin(by=SUN, now=NOW)
    forget_all()
    half = await expecting.expected("", place=1, now=NOW)
    assert half is not None and (half.low_minutes, half.high_minutes) == (2, 3)


async def test_nothing_is_said_without_people_or_without_enough_of_the_past(db: str) -> None:
    await take(4, every=4)
    await duty.begin(by=HU, now=NOW)
    assert await expecting.expected("", place=1, now=NOW) is None
    await Conversation.all().delete()
    await take(5, every=4)
    await agents.mark(HU.staff_id, duty_on=None)
    forget_all()
    assert await expecting.expected("", place=1, now=NOW) is None
    await duty.begin(by=HU, now=NOW)
    forget_all()
    assert await expecting.expected("", place=0, now=NOW) is None
    assert await expecting.expected("other", place=1, now=NOW) is None
    assert await expecting.expected("", place=1, now=NOW + timedelta(hours=4)) is None  # that was long ago


async def test_who_is_handed_over_hears_it(db: str, brain: Brain) -> None:
    await take(6, every=4)
    await duty.begin(by=HU, now=NOW)
    await wait(service_of(brain), peer=citizen(5))
    assert (await last()).text == (
        "正在为您转接人工客服，您排在第 1 位，预计还要等 4–5 分钟（09:00 按近 3 小时的接待速度估算）。"
        "等候时可以继续补充说明。"
    )

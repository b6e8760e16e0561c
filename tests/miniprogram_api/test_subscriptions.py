"""What the mini-program asks a citizen to allow, when, and what it may report as the answer."""

from collections.abc import AsyncIterator

import pytest

from notify.models import Allowance
from tests.citizens.site import Site
from tests.citizens.site import site as open_site


@pytest.fixture
async def site(db: str) -> AsyncIterator[Site]:
    async with open_site() as held:
        yield held


@pytest.fixture
async def token(site: Site) -> str:
    return (await site.sign_in("demo-zhang"))[1]["token"]


@pytest.mark.parametrize(
    ("moment", "titles"),
    [
        ("", ["预约成功", "预约变更", "办事提醒"]),
        ("?moment=booking", ["预约成功", "预约变更", "办事提醒"]),
        ("?moment=arrival", ["快到您了", "请到窗口办理", "办理结果可以领取"]),
        ("?moment=leaving", ["快到您了", "请到窗口办理", "请回来等候"]),
        ("?moment=waiting_list", ["候补到号"]),
    ],
)
async def test_each_moment_asks_for_what_is_of_use_then(site: Site, token: str, moment: str, titles: list[str]) -> None:
    _, asked = await site.api("GET", f"/subscriptions{moment}", token=token)
    assert [item["title"] for item in asked["items"]] == titles


async def test_what_was_allowed_counts_whenever_it_was_asked(site: Site, token: str) -> None:
    answers = {"TPL_CHANGED": "accept", "TPL_READY": "acceptWithAudio", "TPL_CALLED": "reject"}
    status, _ = await site.api("POST", "/subscriptions", {"answers": answers}, token=token)
    assert status == 201
    assert await Allowance.filter(credits=1).order_by("kind").values_list("kind", flat=True) == [
        "changed",
        "result_ready",
    ]


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        ({"TPL_BOOKED": "whatever"}, {"answers.TPL_BOOKED": "请从给出的选项中选择"}),
        ({"TPL_BOOKED": True}, {"answers.TPL_BOOKED": "请从给出的选项中选择"}),
        ({"TPL_STRANGE": "accept"}, {"answers.TPL_STRANGE": "不是本服务的消息模板"}),
        ({}, {"answers": "至少选择 1 项"}),
    ],
)
async def test_an_answer_that_wechat_does_not_give_is_named_and_counts_nothing(
    site: Site, token: str, answers: dict, faults: dict
) -> None:
    status, answer = await site.api("POST", "/subscriptions", {"answers": answers}, token=token)
    assert (status, answer["error"]["fields"]) == (422, faults)
    assert await Allowance.all().count() == 0


async def test_a_template_that_several_moments_ask_for_is_answered_once(site: Site, token: str) -> None:
    _, answered = await site.api("POST", "/subscriptions", {"answers": {"TPL_CALLED": "accept"}}, token=token)
    assert [item["templateId"] for item in answered["items"]] == ["TPL_CALLED"]
    assert answered["total"] == 1

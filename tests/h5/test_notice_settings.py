"""消息提醒: a citizen chooses the channels; what does not reach them is said (features.md G11, G13)."""

from app import clock
from app.citizens.models import Citizen, Identity, Way
from app.citizens.personal import sealed_mobile
from app.ids import hashed
from notify.models import Preference, Unreachable
from tests.city import Doors
from tests.h5.visitor import visiting

MOBILE = "13800000001"


async def test_a_channel_is_switched_off_and_on_again(doors: Doors) -> None:
    async with visiting(doors) as zhang:
        me = await zhang.sign_in("zhang")
        assert me.links("/h5/me/notices") == ["/h5/me/notices"]
        page = await zhang.get("/h5/me/notices")
        assert "微信服务通知 已开启" in page.words
        for _ in range(2):
            off = await zhang.post("/h5/me/notices", page, channel="wechat", state="off")
            assert "微信服务通知 已关闭" in off.words
        assert await Preference.all().values_list("channel", flat=True) == ["wechat"]
        on = await zhang.post("/h5/me/notices", off, channel="wechat", state="on")
        assert "微信服务通知 已开启" in on.words
        assert not await Preference.exists()


async def test_a_channel_that_there_is_not_is_refused(doors: Doors) -> None:
    async with visiting(doors) as zhang:
        await zhang.sign_in("zhang")
        page = await zhang.get("/h5/me/notices")
        refused = await zhang.post("/h5/me/notices", page, channel="pigeon", state="off")
        assert (refused.status, "请从页面上的渠道中选择" in refused.words) == (422, True)
        assert not await Preference.exists()


async def test_whoever_cannot_be_reached_is_asked_for_another_number(doors: Doors) -> None:
    async with visiting(doors) as zhang:
        await zhang.sign_in("zhang")
        assert "未绑定手机号，收不到" in (await zhang.get("/h5/me/notices")).words
        someone, now = await Citizen.get(), clock.now()
        await Citizen.filter(id=someone.id).update(mobile_sealed=sealed_mobile(someone.code, MOBILE))
        await Identity.create(channel=Way.MOBILE, external_id="m", citizen_id=someone.id, proven_at=now)
        assert "未绑定手机号" not in (await zhang.get("/h5/me/notices")).words
        lost = {"channel": "sms", "address_hash": hashed(MOBILE), "reason": ""}
        await Unreachable.create(citizen_id=someone.id, since=now, **lost)
        assert "您绑定的手机号收不到短信，请换绑能用的号码" in (await zhang.get("/h5/me/notices")).words

"""邮寄到家 without script, once it is overdue."""

from app import clock
from app.pickup.models import Pickup
from tests.city import Doors
from tests.h5.test_proxy import ready_for
from tests.h5.visitor import visiting


async def test_ask_for_the_courier_and_come_after_all(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        path = f"/h5/pickups/{(await ready_for(visitor)).code}"
        assert "邮寄到家" not in (await visitor.get(path)).words
        assert "现在不能申请邮寄" in (await visitor.get(f"{path}/courier")).words
        await Pickup.all().update(archive_on=clock.now().date())
        page = await visitor.get(path)
        assert f"{path}/courier" in page.links(path)
        form = await visitor.get(f"{path}/courier")
        wrong = await visitor.post(f"{path}/courier", form, name="张小明", mobile="123", address="洞山")
        assert (wrong.status, 'id="e-mobile">请输入 11 位手机号码' in wrong.text) == (422, True)
        assert 'id="e-address">至少填写 8 个字' in wrong.text
        address = "安徽省淮南市田家庵区洞山中路 1 号"
        asked = await visitor.post(f"{path}/courier", form, name="张小明", mobile="13812341234", address=address)
        assert ("已申请邮寄" in asked.words, address in asked.text) == (True, False)
        assert "已申请邮寄，正在等待寄出" in (await visitor.get(path)).words
        back = await visitor.post(f"{path}/courier/withdraw", asked)
        assert ("取件二维码" in back.text, (await Pickup.get()).state) == (True, "ready")

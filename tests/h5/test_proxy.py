"""请人代取 without script: name somebody, forward the link, take it back."""

import re

from app import clock
from app.citizens.models import Citizen
from app.pickup.models import Pickup
from tests.city import Doors
from tests.h5.visitor import Visitor, visiting
from tests.pickup.shelf import make_ready


async def ready_for(visitor: Visitor) -> Pickup:
    await visitor.sign_in("zhang")
    citizen = await Citizen.all().order_by("-id").first()
    assert citizen
    return await make_ready(citizen_id=citizen.id, now=clock.now())


def link_in(text: str) -> str:
    found = re.search(r'readonly value="https?://[^/]+([^"]+)"', text)
    assert found
    return found[1]


async def test_name_forward_and_revoke(doors: Doors) -> None:
    async with visiting(doors) as owner, visiting(doors) as proxy:
        path = f"/h5/pickups/{(await ready_for(owner)).code}"
        assert f"{path}/proxy" in (await owner.get(path)).links(path)
        form = await owner.get(f"{path}/proxy")
        wrong = await owner.post(f"{path}/proxy", form, name="王小红", tail="12")
        assert (wrong.status, 'id="e-tail">请输入证件号码的后四位' in wrong.text) == (422, True)
        assert 'value="王小红"' in wrong.text
        page = await owner.post(f"{path}/proxy", form, name="王小红", tail="012x")
        assert ("委托有效" in page.words, "王** 证件尾号 012X" in page.words) == (True, True)
        link = link_in(page.text)
        shown = await proxy.get(link)
        assert [word in shown.words for word in ("王**", "代领人证件号后四位", "居民身份证")] == [True] * 3
        assert ("<svg" in shown.text, "王小红" in shown.text, "张" in shown.words) == (True, False, False)
        assert (await proxy.get(link.replace("/proxy?", "/proxy/now?"))).status == 200
        gone = await owner.post(f"{path}/proxy/revoke", page)
        assert ("已撤销" in gone.words, "委托并生成链接" in gone.words) == (True, True)
        refused = await proxy.get(link)
        assert ("该代领委托已由本人撤销" in refused.words, 'class="qr"' in refused.text) == (True, False)
        assert (await proxy.get("/h5/proxy?k=GUESSED")).status == 404

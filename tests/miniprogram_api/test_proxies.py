"""A mini-program names a proxy, reads how it stands, and revokes."""

from app import clock
from app.http.session import open_session
from tests.admin.console import Browser, console
from tests.pickup.shelf import make_hall, make_ready

WANG = {"name": "王小红", "idTail": "012x"}


async def ask(browser: Browser, method: str, path: str, *, citizen_id: int = 5, body: object = None):
    token = await open_session(kind="citizen", subject_id=citizen_id, channel="wechat", now=clock.now())
    headers = {"authorization": f"Bearer {token}"}
    async with browser.http.request(method, f"{browser.url}/api/v1{path}", headers=headers, json=body) as response:
        return response.status, await response.json() if response.status != 204 else None


async def test_name_read_revoke(db: str) -> None:
    await make_hall()
    path = f"/pickups/{(await make_ready(citizen_id=5)).code}/proxy"
    async with console() as browser:
        none = await ask(browser, "GET", path)
        status, made = await ask(browser, "POST", path, body=WANG)
        twice = await ask(browser, "POST", path, body=WANG)
        read = await ask(browser, "GET", path)
        gone = await ask(browser, "DELETE", path)
        after = await ask(browser, "GET", path)
    assert (none[0], status, made["state"], made["name"], made["idTail"]) == (404, 201, "active", "王**", "012X")
    assert made["link"].startswith("http://127.0.0.1:8000/h5/proxy?k=")
    assert (twice[0], twice[1]["error"]["code"]) == (409, "pickup.proxy_exists")
    assert read == (200, made)
    assert (gone, after[1]["state"], after[1]["link"]) == ((204, None), "revoked", None)


async def test_faults_are_named_and_somebody_elses_result_answers_like_none(db: str) -> None:
    await make_hall()
    path = f"/pickups/{(await make_ready(citizen_id=5)).code}/proxy"
    async with console() as browser:
        status, answer = await ask(browser, "POST", path, body={"name": "1", "idTail": "12"})
        foreign = [
            (await ask(browser, method, path, citizen_id=6, body=WANG if method == "POST" else None))[0]
            for method in ("POST", "GET", "DELETE")
        ]
    assert status == 422
    assert answer["error"]["fields"] == {"name": "格式不正确", "idTail": "请输入证件号码的后四位，如 1234 或 123X"}
    assert foreign == [404] * 3

"""A server killed with SIGKILL while people write in WeChat: WeChat repeats, nothing is lost and nothing is doubled."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from sanic import Sanic

from chatbot.models import Conversation, Delivery, Message
from tests.databases import Databases
from tests.faults.served import answers
from tests.marks import on_mariadb
from tests.running import free_port, serving, until
from tests.sandbox.messages import messages_of
from tests.sandbox.wechat import mount as mount_wechat
from tests.sandbox.wechat_chat import PUSH, Chat, mount_chat
from tests.sandbox.wechat_state import ACCOUNTS, MINI_PROGRAM, OFFICIAL_ACCOUNT

PEOPLE, EACH, KILLS = 6, 8, 3


@on_mariadb
async def test_a_killed_server_loses_no_message_and_answers_each_once(
    db: str, databases: Databases, keys_file: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    sandbox = Sanic("sandbox", configure_logging=False)
    sandbox.config.AUTO_EXTEND = False
    state, messages = mount_wechat(sandbox), messages_of(sandbox)
    chat = mount_chat(sandbox, state, messages, url)
    async with serving(sandbox) as outside:
        server = Server(db, keys_file, port, outside)
        await server.start()
        try:
            writing = asyncio.gather(*(write(chat, f"p{n}") for n in range(PEOPLE)))
            for _ in range(KILLS):
                await asyncio.sleep(0.7)
                await server.kill()
                await server.start()
            await writing
            await until(open_deliveries_are_none, seconds=30)
        finally:
            await server.kill()
    texts = Counter(await Message.filter(author="citizen").values_list("text", flat=True))
    assert texts == Counter(f"p{n} 换身份证 {k}" for n in range(PEOPLE) for k in range(EACH))
    assert await Message.filter(author="bot").count() == PEOPLE * EACH
    assert await Conversation.all().count() == PEOPLE


async def write(chat: Chat, name: str) -> None:
    """One message after the other; what WeChat gave up on the person sends again, as the same message."""
    for n in range(EACH):
        fields = {"MsgType": "text", "Content": f"{name} 换身份证 {n}", "MsgId": f"{int(name[1:]) + 1}{n:03d}"}
        while not await was_taken(chat, name, fields):  # noqa: ASYNC110
            await asyncio.sleep(0.5)


async def was_taken(chat: Chat, name: str, fields: dict[str, str]) -> bool:
    return "暂时无法" not in (await chat.says(name, "oa", fields))["answer"].get("Content", "")


async def open_deliveries_are_none() -> bool:
    return not await Delivery.filter(state__in=("waiting", "sending")).exists()


class Server:
    """`python -m app serve`, to be killed."""

    def __init__(self, db: str, keys_file: Path, port: int, outside: str) -> None:
        values = {
            "DATABASE_URL": db, "KEYS_FILE": str(keys_file), "HTTP__PORT": str(port), "WECHAT__BASE_URL": outside,
            "WECHAT__APPID": MINI_PROGRAM, "WECHAT__SECRET": ACCOUNTS[MINI_PROGRAM],
            "WECHAT__OA_APPID": OFFICIAL_ACCOUNT, "WECHAT__OA_SECRET": ACCOUNTS[OFFICIAL_ACCOUNT],
            **{f"WECHAT__{name.upper()}": value for name, value in PUSH.items()},
        }  # fmt: skip
        self.url = f"http://127.0.0.1:{port}"
        self.env = {"PATH": os.environ["PATH"], **{f"ZHANGBAN_{name}": value for name, value in values.items()}}
        self.process: subprocess.Popen[bytes]

    async def start(self) -> None:
        self.process = await asyncio.to_thread(
            subprocess.Popen, [sys.executable, "-m", "app", "serve"], env=self.env, stderr=subprocess.DEVNULL
        )
        await until(lambda: answers(self.url), seconds=30)

    async def kill(self) -> None:
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

"""The same work as one would write it around wechatpy: threads, its own client, a row at a time.

`python -m bench.rivals.wechatpy_sender URL`, with the product's settings in the environment. Until it is killed.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import local
from urllib.parse import urlsplit

import pymysql
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from notify.sender import AT_ONCE

PAGE = "pages/web/index?path="
_mine = local()


def connection() -> pymysql.Connection:
    if not hasattr(_mine, "connection"):
        at = urlsplit(os.environ["ZHANGBAN_DATABASE_URL"])
        _mine.connection = pymysql.connect(
            host=at.hostname, port=at.port or 3306, user=at.username, password=at.password or "",
            database=at.path[1:], charset="utf8mb4", init_command="SET time_zone='+08:00'",
        )  # fmt: skip
    return _mine.connection


def send(client: WeChatClient, row: tuple[int, int, str, str]) -> None:
    """Lease and consent, the call, the outcome: the same guards as ours."""
    dispatch, citizen, kind, data = row
    database, now = connection(), datetime.now(UTC)
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE notify_dispatch SET state='sending', attempts=attempts+1, next_try_at=%s, has_credit=1 "
            "WHERE id=%s AND state='waiting'", (now + timedelta(seconds=30), dispatch),
        )  # fmt: skip
        cursor.execute(
            "UPDATE notify_allowance SET credits=credits-1 WHERE citizen_id=%s AND channel='wechat' AND kind=%s "
            "AND credits>0", (citizen, kind),
        )  # fmt: skip
        database.commit()
        cursor.execute(
            "SELECT i.external_id, n.page FROM citizens_identity i, notify_notice n, notify_dispatch d "
            "WHERE i.citizen_id=%s AND i.channel='wechat' AND d.id=%s AND n.id=d.notice_id", (citizen, dispatch),
        )  # fmt: skip
        openid, page = cursor.fetchone()
        database.commit()
    fields = {name: {"value": value} for name, value in json.loads(data).items()}
    try:
        client.wxa.send_subscribe_message(openid, "TPL", fields, page=PAGE + page)
        state = "sent"
    except WeChatClientException:
        state = "failed"
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE notify_dispatch SET state=%s, final_at=%s WHERE id=%s AND state='sending'",
            (state, datetime.now(UTC), dispatch),
        )
    database.commit()


def main(url: str) -> None:
    client = WeChatClient("wx1", "s", access_token="T")
    client.wxa.API_BASE_URL = f"{url}/"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            database = connection()
            with database.cursor() as cursor:
                cursor.execute(
                    "SELECT id, citizen_id, kind, data FROM notify_dispatch WHERE state='waiting' "
                    "AND next_try_at<=NOW(6) ORDER BY next_try_at, id LIMIT 400"
                )
                rows = cursor.fetchall()
            database.commit()
            list(pool.map(lambda row: send(client, row), rows))
            if not rows:
                time.sleep(0.2)


if __name__ == "__main__":
    main(sys.argv[1])

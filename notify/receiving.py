"""Receipts that the text-message services bring: `POST /sms/receipts/TOKEN/aliyun` and `/tencent`.

Neither signs what it sends, so a secret in the address is what tells them from others. A receipt is an event: entered
with the rest, and never twice. What cannot be read is refused; what is none of ours is taken note of and answered.
"""

import hmac
from collections.abc import Callable, Iterable
from typing import Any

from sanic import Blueprint, HTTPResponse
from sanic import json as json_answer

from app import clock, outbox
from app.citizens.events import MessageReceipt
from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.http.context import AppRequest

receiving = Blueprint("sms_receipts", url_prefix="/sms/receipts")

MOST = 500  # receipts in one call

Read = Callable[[dict[str, Any]], tuple[str, bool, str]]


@receiving.post("/<token:str>/<service:aliyun|tencent>")
async def receive(request: AppRequest, token: str, service: str) -> HTTPResponse:
    """A batch of receipts. Both services try again unless they hear that all is well."""
    secret = request.app.ctx.settings.sms.receipts_token.get_secret_value()
    if not secret or not hmac.compare_digest(token.encode(), secret.encode()):
        raise NotFound()
    rows = request.json if request.body else None
    if not isinstance(rows, list) or len(rows) > MOST or not all(isinstance(row, dict) for row in rows):
        raise InvalidInput({"body": "a list of receipts is expected"})
    read, said = SERVICES[service]
    await _note(service, [read(row) for row in rows])
    return json_answer(said)


@transactional
async def _note(service: str, told: Iterable[tuple[str, bool, str]]) -> None:
    now = clock.now()
    for number, arrived, reason in told:
        if number:
            await outbox.record(
                MessageReceipt(
                    occurred_at=now, channel="sms", number=f"{service}:{number}"[:64], arrived=arrived, reason=reason
                )
            )


def _of_aliyun(row: dict[str, Any]) -> tuple[str, bool, str]:
    """SmsReport: `biz_id`, `success`, `err_code`."""
    return str(row.get("biz_id") or ""), row.get("success") is True, f"短信回执 {row.get('err_code') or '失败'}"[:60]


def _of_tencent(row: dict[str, Any]) -> tuple[str, bool, str]:
    """`sid`, `report_status` SUCCESS or FAIL, `errmsg`."""
    return (
        str(row.get("sid") or ""),
        row.get("report_status") == "SUCCESS",
        f"短信回执 {row.get('errmsg') or '失败'}"[:60],
    )


SERVICES: dict[str, tuple[Read, dict[str, Any]]] = {
    "aliyun": (_of_aliyun, {"code": 0, "msg": "成功"}),
    "tencent": (_of_tencent, {"result": 0, "errmsg": "OK"}),
}

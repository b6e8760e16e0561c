"""Ways in which a platform fails, ordered through `/_control/faults` for a path and a number of calls."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request, Sanic, html, raw
from sanic import json as json_answer

KINDS = ("delay", "errcode", "http500", "garbage", "empty", "hang")
HANG_S = 30


@dataclass
class Fault:
    """`value`: seconds of a delay, or the errcode. `times`: calls that still meet it."""

    path: str
    kind: str
    value: Any = None
    times: int = 1


class Faults:
    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def order(self, *, path: str, kind: str, value: Any = None, times: int = 1) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        self.waiting.append(Fault(path, kind, value, times))

    async def strike(self, request: Request) -> HTTPResponse | None:
        """The fault that waits for this call, if one does."""
        fault = next((fault for fault in self.waiting if fault.path == request.path), None)
        if fault is None or (request.path == "/" and request.method == "GET"):  # GET / is the phone page
            return None
        fault.times -= 1
        if fault.times <= 0:
            self.waiting.remove(fault)
        return await _answer(fault)


async def _answer(fault: Fault) -> HTTPResponse | None:
    if fault.kind in ("delay", "hang"):
        await asyncio.sleep(HANG_S if fault.kind == "hang" else float(fault.value))
        return None
    answers = {
        "errcode": json_answer({"errcode": fault.value, "errmsg": "ordered by the test rid: 00000000-00000000"}),
        "http500": html("<html><body>500 Internal Server Error</body></html>", status=500),
        "garbage": raw(b'{"errcode":0,"access_tok', content_type="application/json"),
        "empty": raw(b"", content_type="application/json"),
    }
    return answers[fault.kind]


def install_faults(app: Sanic) -> None:
    faults = app.ctx.faults = Faults()
    app.register_middleware(faults.strike, "request")

    @app.post("/_control/faults")
    async def order(request: Request) -> HTTPResponse:
        try:
            faults.order(**request.json)
        except (TypeError, ValueError) as exc:
            return json_answer({"error": str(exc)}, status=400)
        return json_answer({"waiting": len(faults.waiting)})

    @app.delete("/_control/faults")
    async def forget(request: Request) -> HTTPResponse:
        faults.waiting.clear()
        return json_answer({"waiting": 0})

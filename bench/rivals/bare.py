"""A bare Sanic handler that returns given bytes under given headers: `python -m bench.rivals.bare PORT FILE`.

FILE is JSON: path to {"headers": {…}, "body": hex}. Nothing else is done: no log, no middleware, no validation.
"""

import json
import sys
from pathlib import Path
from typing import Any

from sanic import HTTPResponse, Request, Sanic


def make_app(answers: dict[str, Any]) -> Sanic:
    app = Sanic("bare", configure_logging=False)
    app.config.update({"AUTO_EXTEND": False, "MOTD": False, "KEEP_ALIVE_TIMEOUT": 75})
    for n, (path, answer) in enumerate(answers.items()):
        app.add_route(_handler(answer["headers"], bytes.fromhex(answer["body"])), path, name=f"answer{n}")
    return app


def _handler(headers: dict[str, str], body: bytes) -> Any:
    kind = headers.pop("content-type")

    async def answer(request: Request) -> HTTPResponse:
        return HTTPResponse(body, headers=headers, content_type=kind)

    return answer


if __name__ == "__main__":
    app = make_app(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    app.prepare(port=int(sys.argv[1]), single_process=True, access_log=False)
    Sanic.serve_single(app)

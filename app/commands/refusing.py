"""Saying why a file was not imported, to a person or to a script."""

import json
import sys

from app.errors import AppError

REFUSED = 2


def refuse(exc: AppError, *, as_json: bool) -> int:
    """Returns the exit code."""
    if as_json:
        print(json.dumps({"error": {"code": exc.code, "message": exc.text}}, ensure_ascii=False))
    else:
        print(exc.text, file=sys.stderr)
    return REFUSED

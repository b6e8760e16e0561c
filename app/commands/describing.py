"""`settings`, `errors`, `openapi`, `keys`: what the program says about itself."""

import json
import sys
from typing import Any

from pydantic import BaseModel, SecretStr

from app.errors import AppError
from app.keys import make_keys
from app.server import create_app, describe
from app.settings import Settings


def print_settings() -> int:
    """The table of all variables, as Markdown."""
    print("| variable | default | meaning |\n|---|---|---|")
    for variable, default, meaning in _rows(Settings, "ZHANGBAN_"):
        print(f"| `{variable}` | {default} | {meaning} |")
    return 0


def _rows(model: type[BaseModel], prefix: str) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            rows += _rows(kind, f"{prefix}{name.upper()}__")
        else:
            rows.append((prefix + name.upper(), _shown(field.default), field.description or ""))
    return rows


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr) or value in (None, "", {}):
        return ""
    return f"`{value}`"


def every_error() -> list[type[AppError]]:
    """All refusals the program knows, by code. Whatever imports `app.server` has imported every room."""
    found: set[type[AppError]] = set()
    todo: list[type[AppError]] = [AppError]
    while todo:
        children = todo.pop().__subclasses__()
        found.update(children)
        todo += children
    return sorted((error for error in found if hasattr(error, "code")), key=lambda error: error.code)


def print_errors() -> int:
    """The catalogue of refusals, as Markdown."""
    print("| code | status | 中文 |\n|---|---|---|")
    for error in every_error():
        print(f"| `{error.code}` | {error.status} | {error.message} |")
    return 0


def print_openapi(settings: Settings) -> int:
    """The OpenAPI document."""
    app = create_app(settings)
    app.router.finalize()
    json.dump(describe(app), sys.stdout, ensure_ascii=False, indent=1)
    return 0


def print_new_keys(settings: Settings) -> int:
    """Make the keys file. Refuses to overwrite one."""
    try:
        make_keys(settings.keys_file)
    except FileExistsError:
        print(f"{settings.keys_file} exists; keys in use are never overwritten", file=sys.stderr)
        return 1
    print(f"keys written to {settings.keys_file}; keep a copy where the database's copies are not")
    return 0

"""What a result is called: by its matter; that of a visit whose matter nobody named, by what lies ready."""

from collections.abc import Iterable

from app.matters import queries as matters
from app.pickup.models import Pickup


async def titles(rows: Iterable[Pickup]) -> dict[str, str]:
    """By the code of the result."""
    listed = list(rows)
    names = await matters.names([row.matter_code for row in listed])
    return {row.code: _what_lies_ready(row) or names[row.matter_code] for row in listed}


async def title(row: Pickup) -> str:
    """The same for one."""
    return (await titles([row]))[row.code]


def _what_lies_ready(row: Pickup) -> str:
    return "" if row.matter_code else "、".join(str(item["name"]) for item in row.items)

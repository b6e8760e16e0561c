"""Loading reference rows again and again without doubling or needlessly writing any."""

from collections.abc import Iterable
from typing import Any

from tortoise.models import Model

from app.db import transactional


@transactional
async def upsert(*, model: type[Model], rows: Iterable[dict[str, Any]], keep: frozenset[str] = frozenset()) -> int:
    """Insert the rows that are not there, correct those that differ. Returns how many were written.

    Args:
        rows: field name to value, all with the same names, the primary key among them. Names come from our code.
        keep: fields that staff change; an existing row keeps its own.
    """
    given = {row[model._meta.pk_attr]: row for row in rows}
    known = {row.pk: row for row in await model.filter(pk__in=list(given))} if given else {}
    fresh = [model(**row) for key, row in given.items() if key not in known]
    if fresh:
        await model.bulk_create(fresh, batch_size=500)
    changed = [row for key, row in known.items() if _apply(row, given[key], keep)]
    for row in changed:
        await row.save()
    return len(fresh) + len(changed)


def _apply(row: Model, given: dict[str, Any], keep: frozenset[str]) -> bool:
    differing = {name: value for name, value in given.items() if name not in keep and getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)

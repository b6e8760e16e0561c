"""Deleting rows that have served their purpose, a batch at a time.

No statement holds many rows or reads the whole table, and any number of workers may do it at once. A job that found a
batch runs again at once (`app.worker`), so what is due goes soon all the same.
"""

from datetime import datetime
from typing import Any

from tortoise.models import Model

from app.db import transactional

BATCH = 500


@transactional
async def drop_oldest(model: type[Model], *, column: str, before: datetime) -> int:
    """Delete the oldest rows of a table that is only ever added to, as far as `column` is before that moment.

    By `id`, which grows with time: no index on the column is needed. Returns how many.
    """
    rows: list[Any] = await model.all().order_by("id").limit(BATCH).values_list("id", column)
    ids = [row_id for row_id, moment in rows if moment < before]
    return await model.filter(id__in=ids).delete() if ids else 0

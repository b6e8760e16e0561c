"""Ticket numbers: one row counts for each group of counters and day."""

from datetime import date

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.prepared import Prepared
from app.queue.models import NumberRow

_COUNT = Prepared(lambda _: NumberRow.filter(key="").update(given=F("given") + 1))
_GIVEN = Prepared(lambda _: NumberRow.filter(key="").values_list("given"))


async def next_number(*, hall_code: str, group_code: str, on: date) -> str:
    """The next number, such as HZ012. Call it in a transaction: its row stays locked until the end of it, so nobody
    else gets the same number, and none is lost when the transaction is undone.
    """
    key = f"{hall_code}.{group_code}.{on:%Y%m%d}"
    if not await _COUNT.change([1, key]):
        try:
            await NumberRow.create(key=key, given=1)
        except IntegrityError:
            await _COUNT.change([1, key])
    ((given,),) = await _GIVEN.rows([key])
    return f"{group_code}{given:03d}"

"""Ticket numbers: one row counts for each group of counters and day."""

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.prepared import Prepared
from app.queue.line import Group
from app.queue.models import NumberRow

_COUNT = Prepared(lambda _: NumberRow.filter(key="").update(given=F("given") + 1))
_GIVEN = Prepared(lambda _: NumberRow.filter(key="").values_list("given"))


def key_of(group: Group) -> str:
    """The row that counts the numbers of this group and day."""
    return f"{group.hall_code}.{group.group_code}.{group.on:%Y%m%d}"


async def next_number(group: Group) -> str:
    """The next number, such as HZ012. Call it in a transaction: its row stays locked until the end of it, so nobody
    else gets the same number, and none is lost when the transaction is undone.
    """
    key = key_of(group)
    if not await _COUNT.change([1, key]):
        try:
            await NumberRow.create(key=key, given=1)
        except IntegrityError:
            await _COUNT.change([1, key])
    ((given,),) = await _GIVEN.rows([key])
    return f"{group.group_code}{given:03d}"

from typing import Any

from tortoise import fields
from tortoise.models import Model


class CalendarDay(Model):
    """One day as the State Council's notice (or the law, until the notice is out) makes it.

    All days of an imported year have a row; `name` is the holiday's name, or empty on an ordinary day.
    """

    date = fields.DateField(primary_key=True)
    is_working = fields.BooleanField()
    name = fields.CharField(max_length=32, default="")
    source = fields.CharField(max_length=200)
    status = fields.CharField(max_length=12)  # official, provisional
    imported_at = fields.DatetimeField()
    change_code = fields.CharField(max_length=16, null=True)  # what wrote it last

    class Meta:
        table = "workdays_day"


class CalendarChange(Model):
    """An import or a correction that was applied. `before` keeps the days as they were, so that it can be undone."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    source = fields.CharField(max_length=200)
    status = fields.CharField(max_length=12)
    by = fields.CharField(max_length=64)
    first_on = fields.DateField()
    last_on = fields.DateField()
    days = fields.IntField()
    before: fields.JSONField[list[dict[str, Any]]] = fields.JSONField()
    applied_at = fields.DatetimeField()
    undone_at = fields.DatetimeField(null=True)

    class Meta:
        table = "workdays_change"

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

    class Meta:
        table = "workdays_day"

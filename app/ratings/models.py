"""The table of ratings."""

from tortoise import fields
from tortoise.models import Model


class Rating(Model):
    """What somebody thought of one visit. The ticket says who it was; staff are shown neither ticket nor time of day.

    `grade` by GB/T 39046 A.8: 1 very satisfied to 5 very dissatisfied. `reasons` are codes of the `indicators` version
    they were chosen from. `text` stands as it was received: whoever shows it escapes and masks it.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    ticket_code = fields.CharField(max_length=16, unique=True)
    on_day = fields.DateField()  # of the visit
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    counter_code = fields.CharField(max_length=32, null=True)
    staff_id = fields.BigIntField(null=True)  # who called the ticket last
    matter_code = fields.CharField(max_length=64)
    grade = fields.SmallIntField()
    indicators = fields.CharField(max_length=16)
    reasons: fields.JSONField[list[str]] = fields.JSONField(default=list)
    text = fields.CharField(max_length=500, default="")
    channel = fields.CharField(max_length=8)  # page, counter, app
    rated_at = fields.DatetimeField()

    class Meta:
        table = "ratings_rating"
        indexes = (("hall_code", "on_day", "code"),)

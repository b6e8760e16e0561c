"""Tables of the hall day: tickets, the counter their numbers come from, and every scan."""

from tortoise import fields
from tortoise.models import Model


class Ticket(Model):
    """A place in the queue of one group of counters on one day.

    `order_at` decides who is called first: the booked time of whoever came in time, else the time of arrival.
    `holder` is the code of the counter that is busy with the ticket, empty otherwise; being unique, it lets a counter
    have one person at a time.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    number = fields.CharField(max_length=20)
    on_day = fields.DateField()
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    booking_number = fields.CharField(max_length=16, null=True, unique=True)
    citizen_id = fields.BigIntField(null=True)
    matter_code = fields.CharField(max_length=64)
    state = fields.CharField(max_length=8)
    arrival = fields.CharField(max_length=8)  # early, on_time, late
    booked_at = fields.DatetimeField(null=True)
    arrived_at = fields.DatetimeField()
    order_at = fields.DatetimeField()
    checked_in_by = fields.BigIntField(null=True)
    holder = fields.CharField(max_length=32, null=True, unique=True)
    counter_code = fields.CharField(max_length=32, null=True)
    calls = fields.IntField(default=0)
    called_at = fields.DatetimeField(null=True)
    called_by = fields.BigIntField(null=True)
    served_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    result = fields.CharField(max_length=8, default="")  # on_spot, later

    class Meta:
        table = "queue_ticket"
        unique_together = (("hall_code", "on_day", "number"),)
        indexes = (
            ("hall_code", "on_day", "group_code", "state", "order_at"),
            ("citizen_id", "on_day"),
        )


class NumberRow(Model):
    """How many numbers were given out: key "HALL-SZ.HZ.20261124"."""

    key = fields.CharField(max_length=64, primary_key=True)
    given = fields.IntField(default=0)

    class Meta:
        table = "queue_number"


class Scan(Model):
    """One scan at a counter and what came of it: `outcome` is "ok", "repeat" or the code of the refusal."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    purpose = fields.CharField(max_length=8)  # check_in, pickup
    hall_code = fields.CharField(max_length=24)
    staff_id = fields.BigIntField()
    subject = fields.CharField(max_length=32, default="")
    outcome = fields.CharField(max_length=48)

    class Meta:
        table = "queue_scan"
        indexes = (("hall_code", "at"), ("subject",))

"""Halls, the kinds of counter in them, and the counters."""

from tortoise import fields
from tortoise.models import Model

Weekly = dict[str, list[list[str]]]
COUNTER, VIDEO, PHONE, MACHINE = "counter", "video", "phone", "machine"  # where a visit takes place


class Hall(Model):
    """A service hall. `weekly` maps "1" (Monday) to "7" to pairs of opening and closing time, such as
    ["08:30", "12:00"]; the closing time is not part of it. The place is WGS-84, as phones tell theirs.
    """

    code = fields.CharField(max_length=24, primary_key=True)
    name = fields.CharField(max_length=64)
    region_code = fields.CharField(max_length=20)
    level = fields.CharField(max_length=16)
    kind = fields.CharField(max_length=24)  # comprehensive, vehicle, exit_entry, marriage, virtual
    address: fields.JSONField[dict[str, str]] = fields.JSONField(default=dict)
    phone = fields.CharField(max_length=32, null=True)
    phone_note = fields.CharField(max_length=120, default="")
    latitude = fields.FloatField(null=True)
    longitude = fields.FloatField(null=True)
    hours_text = fields.CharField(max_length=120)
    weekly: fields.JSONField[Weekly] = fields.JSONField(default=dict)
    has_booking = fields.BooleanField()
    has_tickets = fields.BooleanField()
    facilities: fields.JSONField[list[str]] = fields.JSONField(default=list)
    note = fields.CharField(max_length=200, default="")
    position = fields.IntField(default=0)

    class Meta:
        table = "halls_hall"


class CounterGroup(Model):
    """The counters of one hall that handle the same kind of thing, such as 户政. `kind`: counter, video, phone or
    machine, where nobody is called.
    """

    key = fields.CharField(max_length=48, primary_key=True)  # "HALL-SZ.HZ"
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    name = fields.CharField(max_length=32)
    kind = fields.CharField(max_length=8, default=COUNTER, db_default=COUNTER)

    class Meta:
        table = "halls_group"
        unique_together = (("hall_code", "group_code"),)


class Counter(Model):
    code = fields.CharField(max_length=32, primary_key=True)
    hall_code = fields.CharField(max_length=24)
    no = fields.CharField(max_length=12)
    group_code = fields.CharField(max_length=16)
    name = fields.CharField(max_length=64)
    floor = fields.IntField()
    zone = fields.CharField(max_length=8)
    zone_name = fields.CharField(max_length=64, default="")
    elder_priority = fields.BooleanField(default=False)
    is_in_use = fields.BooleanField(default=True)

    class Meta:
        table = "halls_counter"
        indexes = (("hall_code", "group_code"),)

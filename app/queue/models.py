"""Tables of the hall day: tickets and their steps, who is told with them, who sits at the counters, every scan, and the
hall's devices.
"""

from tortoise import fields
from tortoise.models import Model


class Ticket(Model):
    """A place in the queue of one group of counters on one day. `app.queue.order` says who is called first.

    `lane`, `order_at`, `due_at` and `wanted_counter` are the place in the line; `priority` and `booked_at` tell why it
    was given. `calls`, `first_called_at` and `called_at` are of the latest turn: whoever was back in the line and is
    called again begins anew, and a counter's pace is measured from there. `holder` is the code of the counter that is
    busy with the ticket, empty otherwise; being unique, it lets a counter have one person at a time. `shown_name` is
    masked, for the screens.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    number = fields.CharField(max_length=20)
    on_day = fields.DateField()
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    booking_number = fields.CharField(max_length=16, null=True, unique=True)
    citizen_id = fields.BigIntField(null=True)
    guest_hash = fields.CharField(max_length=64, null=True)  # of whoever took it without signing in
    matter_code = fields.CharField(max_length=64)
    shown_name = fields.CharField(max_length=20, default="", db_default="")
    state = fields.CharField(max_length=8)
    lane = fields.CharField(max_length=8, default="booked", db_default="booked")
    priority = fields.CharField(max_length=10, default="", db_default="")  # elder, disabled, military, other
    priority_state = fields.CharField(max_length=8, default="", db_default="")  # claimed, known, checked, refused
    priority_checked_by = fields.BigIntField(null=True)
    priority_checked_at = fields.DatetimeField(null=True)
    arrival = fields.CharField(max_length=8)  # early, on_time, late, walk_in
    channel = fields.CharField(max_length=8, default="counter", db_default="counter")  # counter, wall, printed, kiosk
    booked_at = fields.DatetimeField(null=True)
    arrived_at = fields.DatetimeField()
    order_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)  # before it, only called when nobody else waits
    wanted_counter = fields.CharField(max_length=32, null=True)
    checked_in_by = fields.BigIntField(null=True)
    holder = fields.CharField(max_length=32, null=True, unique=True)
    counter_code = fields.CharField(max_length=32, null=True)
    calls = fields.IntField(default=0)
    skips = fields.IntField(default=0, db_default=0)
    leaves = fields.IntField(default=0, db_default=0)
    near_told = fields.IntField(default=0, db_default=0)
    first_called_at = fields.DatetimeField(null=True)
    called_at = fields.DatetimeField(null=True)
    called_by = fields.BigIntField(null=True)
    served_at = fields.DatetimeField(null=True)
    left_at = fields.DatetimeField(null=True)
    return_by = fields.DatetimeField(null=True)  # until then the turn is kept for somebody who has left
    remind_at = fields.DatetimeField(null=True)  # when to remind them of it, empty once done
    ended_at = fields.DatetimeField(null=True)
    result = fields.CharField(max_length=8, default="")  # on_spot, later

    class Meta:
        table = "queue_ticket"
        unique_together = (("hall_code", "on_day", "number"),)
        indexes = (
            ("hall_code", "on_day", "group_code", "state", "order_at"),
            ("hall_code", "on_day", "group_code", "first_called_at"),
            ("citizen_id", "on_day"),
            ("guest_hash",),
            ("state", "called_at"),
            ("remind_at",),
        )


class Step(Model):
    """One step of one ticket: the history from which everything else can be counted again. Only ever added."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    ticket_id = fields.BigIntField()
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    on_day = fields.DateField()
    step = fields.CharField(max_length=12)
    lane = fields.CharField(max_length=8, default="", db_default="")  # in which they were when it was taken
    source = fields.CharField(max_length=8)  # state before, empty for an arrival
    target = fields.CharField(max_length=8)
    counter_code = fields.CharField(max_length=32, null=True)
    who = fields.CharField(max_length=8)  # staff, citizen, system
    staff_id = fields.BigIntField(null=True)
    why = fields.CharField(max_length=100, default="")

    class Meta:
        table = "queue_step"
        indexes = (("ticket_id", "id"), ("hall_code", "on_day", "id"))


class Companion(Model):
    """Somebody of the family who is told what the owner of a ticket is told. `place` is 1 to 3, empty once it ended:
    being unique, it lets no more than three be there at a time.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    ticket_id = fields.BigIntField()
    citizen_id = fields.BigIntField()
    place = fields.IntField(null=True)
    joined_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "queue_companion"
        unique_together = (("ticket_id", "citizen_id"), ("ticket_id", "place"))
        indexes = (("citizen_id",),)


class HallQueuePolicy(Model):
    """What a hall does differently from the defaults of `QueuePolicy`."""

    hall_code = fields.CharField(max_length=24, primary_key=True)
    overrides: fields.JSONField[dict[str, int]] = fields.JSONField(default=dict)

    class Meta:
        table = "queue_hall_policy"


class Desk(Model):
    """Who sits at a counter, since when, and whether it pauses. One row per counter, of its latest sitting.

    `seat` is new with each sitting. `presses` is another number after every press of 下一位, so that a press and
    whatever ends the sitting exclude each other.
    """

    counter_code = fields.CharField(max_length=32, primary_key=True)
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    staff_id = fields.BigIntField()
    seat = fields.CharField(max_length=16)
    opened_at = fields.DatetimeField()
    paused_at = fields.DatetimeField(null=True)
    pause_why = fields.CharField(max_length=60, default="")
    closed_at = fields.DatetimeField(null=True)
    presses = fields.IntField(default=0)

    class Meta:
        table = "queue_desk"
        indexes = (("hall_code", "group_code"), ("staff_id",))


class Alarm(Model):
    """Somebody at a counter needs colleagues at once. `open_key` is the counter's while the alarm is open: one each."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    open_key = fields.CharField(max_length=32, null=True, unique=True)
    hall_code = fields.CharField(max_length=24)
    counter_code = fields.CharField(max_length=32)
    staff_id = fields.BigIntField()
    at = fields.DatetimeField()
    note = fields.CharField(max_length=100, default="")
    taken_by = fields.BigIntField(null=True)
    taken_at = fields.DatetimeField(null=True)
    ended_by = fields.BigIntField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "queue_alarm"
        indexes = (("hall_code", "at"),)


class NumberRow(Model):
    """How many numbers were given out, and how many of them to walk-ins: key "HALL-SZ.HZ.20261124"."""

    key = fields.CharField(max_length=64, primary_key=True)
    given = fields.IntField(default=0)
    walk_ins = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "queue_number"


class Scan(Model):
    """One scan and what came of it: `outcome` is "ok", "repeat" or the code of the refusal.

    `staff_id` is 0 where people did it themselves; `channel` says how: counter, wall, printed or kiosk.
    """

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    purpose = fields.CharField(max_length=8)  # check_in, walk_in, pickup, or wall for the code on the hall's tablet
    channel = fields.CharField(max_length=8, default="counter", db_default="counter")
    hall_code = fields.CharField(max_length=24)
    staff_id = fields.BigIntField()
    subject = fields.CharField(max_length=32, default="")
    outcome = fields.CharField(max_length=48)

    class Meta:
        table = "queue_scan"
        indexes = (("hall_code", "at"), ("subject",))


class Device(Model):
    """A tablet, kiosk or screen of a hall that a manager has added. Its secrets are kept as hashes.

    `pairing_hash` is of the key in the link that pairs it, until the link has been opened; `key_hash` is of what the
    paired device keeps.
    """

    code = fields.CharField(max_length=16, primary_key=True)
    hall_code = fields.CharField(max_length=24)
    kind = fields.CharField(max_length=8)  # wall, kiosk, screen
    name = fields.CharField(max_length=60)
    pairing_hash = fields.CharField(max_length=64, null=True, unique=True)
    pairing_until = fields.DatetimeField(null=True)
    key_hash = fields.CharField(max_length=64, null=True, unique=True)
    last_seen_at = fields.DatetimeField(null=True)
    created_by = fields.BigIntField()
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "queue_device"
        indexes = (("hall_code",),)

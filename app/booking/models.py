"""Tables of booking. Rows refer to each other, and to other subjects, by plain codes."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from app.halls.models import Weekly


class Slot(Model):
    """The places of one group of counters in one quarter of an hour.

    Two pools: `left` of `capacity` for everybody, `staff_left` of `staff_capacity` for staff only. A pool that was
    made smaller than what is booked of it has less than nothing left, until so many have come back; whoever shows or
    sums it counts that as none. The key can be read, and sorts by time: "HALL-SZ.HZ.202611250900".
    """

    id = fields.CharField(max_length=64, primary_key=True)
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    on = fields.DateField()
    starts_at = fields.DatetimeField()
    minutes = fields.IntField()
    capacity = fields.IntField()
    left = fields.IntField()
    staff_capacity = fields.IntField(default=0)
    staff_left = fields.IntField(default=0)
    is_closed = fields.BooleanField(default=False)

    class Meta:
        table = "booking_slot"
        indexes = (("on",), ("hall_code", "on"))


class Booking(Model):
    """One visit: one person, one group of counters, one or more slots in a row.

    `pools` tells for each slot where its place came from (p public, s staff), so that it goes back there. Contact
    fields are empty when the citizen's own apply. `remind_…_at` are emptied when the reminder has been recorded.
    """

    id = fields.BigIntField(primary_key=True)
    number = fields.CharField(max_length=16, unique=True)
    citizen_id = fields.BigIntField(null=True)  # None: booked by staff for somebody without an account
    person = fields.CharField(max_length=40)
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    matter_codes: fields.JSONField[list[str]] = fields.JSONField()
    people = fields.IntField(default=1)
    slot_ids: fields.JSONField[list[str]] = fields.JSONField()
    pools = fields.CharField(max_length=40)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    state = fields.CharField(max_length=12)
    hold_until = fields.DatetimeField(null=True)
    channel = fields.CharField(max_length=16)
    by = fields.CharField(max_length=64, default="")
    contact_name_sealed = fields.CharField(max_length=255, null=True)
    contact_mobile_sealed = fields.CharField(max_length=255, null=True)
    contact_mobile_index = fields.CharField(max_length=64, null=True)
    nonce = fields.CharField(max_length=16)
    version = fields.IntField(default=0)
    reschedules = fields.IntField(default=0)
    made_at = fields.DatetimeField()
    remind_day_at = fields.DatetimeField(null=True)
    remind_soon_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    ended_why = fields.CharField(max_length=200, default="")

    class Meta:
        table = "booking_booking"
        indexes = (
            ("citizen_id", "starts_at"),
            ("hall_code", "starts_at"),
            ("state", "hold_until"),
            ("remind_day_at",),
            ("remind_soon_at",),
            ("contact_mobile_index",),
        )


class Claim(Model):
    """What a person may have only once: one active booking of a matter, the n-th booking of a day.

    The primary key makes it so, under any number of parallel requests. `r:` rows mark restricted people,
    `t:` rows are touched by whoever counts what a person did.
    """

    key = fields.CharField(max_length=96, primary_key=True)
    booking_number = fields.CharField(max_length=16, null=True)
    until = fields.DatetimeField(null=True)

    class Meta:
        table = "booking_claim"
        indexes = (("booking_number",),)


class ReturningPlace(Model):
    """A place of a slot that was given up and is not on offer yet. Whoever deletes the row returns the place."""

    id = fields.BigIntField(primary_key=True)
    slot_id = fields.CharField(max_length=64)
    due_at = fields.DatetimeField()

    class Meta:
        table = "booking_returning_place"
        indexes = (("due_at",), ("slot_id",))


class Waiting(Model):
    """Somebody who waits for a place in one part of one day, at one group of counters.

    `line` names what is waited for ("HALL-SZ.HZ.20261125.am"); whoever has the smaller id is before. `state`: waiting,
    offered (a held booking is theirs to confirm), accepted, refused, missed (no answer in time), left, over.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    line = fields.CharField(max_length=56)
    citizen_id = fields.BigIntField()
    person = fields.CharField(max_length=40)
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16)
    on = fields.DateField()
    part = fields.CharField(max_length=2)
    matter_codes: fields.JSONField[list[str]] = fields.JSONField()
    people = fields.IntField(default=1)
    slots = fields.IntField()  # in a row
    is_elder = fields.BooleanField(default=False)
    state = fields.CharField(max_length=8, default="waiting")
    passed_why = fields.CharField(max_length=40, default="")  # code of why a place went to somebody behind
    booking_number = fields.CharField(max_length=16, null=True)
    joined_at = fields.DatetimeField()
    until = fields.DatetimeField()  # nothing of this part can be booked any more
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "booking_waiting"
        indexes = (
            ("line", "state", "id"),
            ("citizen_id", "id"),
            ("booking_number",),
            ("state", "until"),
            ("hall_code", "on"),
        )


class Pressure(Model):
    """How often something was tried in a window of time ("book:a7@2940123"), or with count 0 that somebody, an
    address or a day is under suspicion until then ("a7"). Addresses are keyed hashes.
    """

    key = fields.CharField(max_length=96, primary_key=True)
    count = fields.IntField(default=0)
    until = fields.DatetimeField()

    class Meta:
        table = "booking_pressure"
        indexes = (("count",), ("until",))


class UsedProof(Model):
    """A proof that has served its request, known by the nonce of its challenge."""

    nonce = fields.CharField(max_length=16, primary_key=True)
    used_for = fields.CharField(max_length=64, default="")
    until = fields.DatetimeField()

    class Meta:
        table = "booking_used_proof"
        indexes = (("until",),)


class HallPolicy(Model):
    """What a hall does differently from the defaults of `BookingPolicy`."""

    hall_code = fields.CharField(max_length=24, primary_key=True)
    overrides: fields.JSONField[dict[str, int]] = fields.JSONField(default=dict)

    class Meta:
        table = "booking_hall_policy"


class GroupSetting(Model):
    """How a group of counters is offered; without a row: slots of 15 minutes, every counter to the public."""

    key = fields.CharField(max_length=48, primary_key=True)  # "HALL-SZ.HZ"
    slot_minutes = fields.IntField(default=15)
    public_counters = fields.IntField(null=True)
    total_counters = fields.IntField(null=True)

    class Meta:
        table = "booking_group_setting"


class OpeningPattern(Model):
    """When a hall, or one group of it, takes bookings; additional hours; or a break in them.

    Of the open rows valid on a day, those of the highest layer count, a group's before its hall's; without any the
    hall's weekly hours count. Additional hours and breaks always count. `layer` is the change that made the row.
    """

    id = fields.BigIntField(primary_key=True)
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16, default="")  # empty: the whole hall
    kind = fields.CharField(max_length=8, default="open")  # open, extra, break
    layer = fields.BigIntField(default=0)
    weekdays = fields.CharField(max_length=7)  # "12345"
    starts = fields.CharField(max_length=5)  # "08:30"
    ends = fields.CharField(max_length=5)
    every_weeks = fields.IntField(default=1)
    weeks_of_month = fields.CharField(max_length=12, default="")  # "1,3", "-1" is the last; empty: all
    on_holidays = fields.BooleanField(default=False)
    valid_from = fields.DateField()
    valid_until = fields.DateField(null=True)

    class Meta:
        table = "booking_opening_pattern"
        indexes = (("hall_code",),)


class Closure(Model):
    """A time in which a hall, or one group of it, takes no bookings although it would."""

    id = fields.BigIntField(primary_key=True)
    hall_code = fields.CharField(max_length=24)
    group_code = fields.CharField(max_length=16, default="")
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    reason = fields.CharField(max_length=120)

    class Meta:
        table = "booking_closure"
        indexes = (("hall_code", "ends_at"),)


class HoursChange(Model):
    """A change of opening hours that was applied: what it made, and whom it moved, so that it can be undone.

    `calendar_code` names the change of the working-day calendar that brought it about; only that can be undone.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    hall_code = fields.CharField(max_length=24)
    group_codes: fields.JSONField[list[str]] = fields.JSONField(default=list)
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    weekly: fields.JSONField[Weekly | None] = fields.JSONField(null=True)
    pattern: fields.JSONField[dict[str, Any] | None] = fields.JSONField(null=True)
    calendar_code = fields.CharField(max_length=16, null=True)
    valid_from = fields.DateField(null=True)
    valid_until = fields.DateField(null=True)
    reason = fields.CharField(max_length=120)
    closure_ids: fields.JSONField[list[int]] = fields.JSONField(default=list)
    moves: fields.JSONField[list[dict[str, str | int]]] = fields.JSONField(default=list)
    by = fields.CharField(max_length=64)
    applied_at = fields.DatetimeField()
    undone_at = fields.DatetimeField(null=True)

    class Meta:
        table = "booking_hours_change"
        indexes = (("hall_code",), ("calendar_code",))


class NoShow(Model):
    """A booking that nobody came to. `restriction_code` names the restriction it has led to."""

    booking_number = fields.CharField(max_length=16, primary_key=True)
    person = fields.CharField(max_length=40)
    citizen_id = fields.BigIntField(null=True)
    starts_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    restriction_code = fields.CharField(max_length=16, null=True)

    class Meta:
        table = "booking_no_show"
        indexes = (("person", "starts_at"),)


class Restriction(Model):
    """A person who may not book until a date. At most one open appeal each."""

    code = fields.CharField(max_length=16, primary_key=True)
    person = fields.CharField(max_length=40)
    citizen_id = fields.BigIntField(null=True)
    from_at = fields.DatetimeField()
    until = fields.DatetimeField()
    lifted_at = fields.DatetimeField(null=True)
    appeal_state = fields.CharField(max_length=8, default="none")  # none, asked, accepted, refused
    appeal_text = fields.CharField(max_length=500, default="")
    appealed_at = fields.DatetimeField(null=True)
    answer = fields.CharField(max_length=200, default="")
    answered_by = fields.CharField(max_length=64, default="")

    class Meta:
        table = "booking_restriction"
        indexes = (("person", "until"), ("appeal_state",))

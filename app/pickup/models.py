"""Results that wait to be picked up, who may take them for somebody, where they are sent, and who took them."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Pickup(Model):
    """One result: expected since the visit, ready on a shelf or in a locker, then handed over, sent or archived.

    Digits, tail and the receiver's name are sealed; the tail is of somebody without an account, who has the digits on
    paper. `shelf` is for staff only. `presented_…` says who proved at which desk
    that the right person is there; a hand-over needs it. `overdue_step` counts the reminders; the last one carries
    the offer to send it, and from `archive_on` on what nobody has asked for goes into the archive.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    source_key = fields.CharField(max_length=32, unique=True)  # "booking:<number>" or "ticket:<code>"
    booking_number = fields.CharField(max_length=16, null=True)
    citizen_id = fields.BigIntField(null=True)
    hall_code = fields.CharField(max_length=24)
    matter_code = fields.CharField(max_length=64)
    state = fields.CharField(max_length=12)
    expected_at = fields.DatetimeField()
    items: Any = fields.JSONField(default=list)  # [{"name": "居民身份证", "count": 1}]
    shelf = fields.CharField(max_length=16, default="")
    nonce = fields.CharField(max_length=16)
    digits_sealed = fields.CharField(max_length=128, null=True)
    digits_index = fields.CharField(max_length=64, null=True, unique=True)
    tail_sealed = fields.CharField(max_length=128, null=True)
    ready_at = fields.DatetimeField(null=True)
    ready_by = fields.BigIntField(null=True)
    until_on = fields.DateField(null=True)
    until_is_provisional = fields.BooleanField(default=False)
    presented_at = fields.DatetimeField(null=True)
    presented_by = fields.BigIntField(null=True)
    handed_at = fields.DatetimeField(null=True)
    handed_by = fields.BigIntField(null=True)
    counter_code = fields.CharField(max_length=32, null=True)
    items_counted = fields.IntField(null=True)
    receiver_sealed = fields.CharField(max_length=255, null=True)
    photo_key = fields.CharField(max_length=64, null=True)
    signature_key = fields.CharField(max_length=64, null=True)
    presented_proxy_id = fields.BigIntField(null=True)
    handed_proxy_id = fields.BigIntField(null=True)
    overdue_step = fields.SmallIntField(default=0, db_default=0)
    archive_on = fields.DateField(null=True)
    archived_at = fields.DatetimeField(null=True)

    class Meta:
        table = "pickup_pickup"
        indexes = (
            ("hall_code", "state", "ready_at"),
            ("citizen_id", "state"),
            ("state", "until_on"),
            ("state", "archive_on"),
        )


class Proxy(Model):
    """Somebody whom the owner of a result has named to take it. State: active, revoked, used.

    `active_key` is the result's id while the naming holds: being unique, it lets a result have one proxy at a time.
    Whoever has the link's secret sees the proxy's code; name, tail, digits and secret are sealed.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    pickup_id = fields.BigIntField(db_index=True)
    active_key = fields.BigIntField(null=True, unique=True)
    state = fields.CharField(max_length=8)
    name_sealed = fields.CharField(max_length=255)
    tail_sealed = fields.CharField(max_length=128)
    secret_sealed = fields.CharField(max_length=255)
    secret_index = fields.CharField(max_length=64, unique=True)
    digits_sealed = fields.CharField(max_length=128)
    digits_index = fields.CharField(max_length=64, null=True, unique=True)
    nonce = fields.CharField(max_length=16)
    made_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "pickup_proxy"


class Courier(Model):
    """Where a result is to be sent, and under which waybill it went; the address is sealed."""

    id = fields.BigIntField(primary_key=True)
    pickup_id = fields.BigIntField(unique=True)
    name_sealed = fields.CharField(max_length=255)
    mobile_sealed = fields.CharField(max_length=128)
    address_sealed = fields.TextField()
    asked_at = fields.DatetimeField()
    carrier = fields.CharField(max_length=30, default="")
    waybill = fields.CharField(max_length=40, default="")
    sent_at = fields.DatetimeField(null=True)
    sent_by = fields.BigIntField(null=True)

    class Meta:
        table = "pickup_courier"


class Machine(Model):
    """A locker in a hall. Its key is a session of kind `machine`: told once, stored as a hash."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    name = fields.CharField(max_length=30)
    hall_code = fields.CharField(max_length=24)
    site = fields.CharField(max_length=60)
    compartments = fields.IntField()
    is_active = fields.BooleanField(default=True)
    made_at = fields.DatetimeField()
    made_by = fields.BigIntField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "pickup_machine"
        indexes = (("hall_code", "is_active"),)


class Stay(Model):
    """A result's stay in a compartment. `key` is "machine id:number" while it lies there, so a compartment holds one.

    A reservation lets one machine open the door for one person; past `reserved_until` anybody may reserve anew.
    """

    id = fields.BigIntField(primary_key=True)
    pickup_id = fields.BigIntField(db_index=True)
    machine_id = fields.BigIntField(db_index=True)
    no = fields.IntField()
    key = fields.CharField(max_length=32, null=True, unique=True)
    reservation = fields.CharField(max_length=16, null=True, unique=True)
    reserved_until = fields.DatetimeField(null=True)
    stored_at = fields.DatetimeField()
    stored_by = fields.BigIntField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "pickup_stay"

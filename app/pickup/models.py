"""Results that wait to be picked up, and who took them."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Pickup(Model):
    """One result: expected since the visit, ready on a shelf, then handed over, once.

    Digits and the receiver's name are sealed. `shelf` is for staff only. `presented_…` says who proved at which desk
    that the right person is there; a hand-over needs it.
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

    class Meta:
        table = "pickup_pickup"
        indexes = (("hall_code", "state", "ready_at"), ("citizen_id", "state"))

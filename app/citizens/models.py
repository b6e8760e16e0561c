"""Who a citizen is, by which ways they come in, and what they agreed to."""

from tortoise import fields
from tortoise.models import Model


class Citizen(Model):
    """Personal data is sealed at `citizens_citizen:<column>:<code>`; `mobile_index` finds a mobile without it."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    name_sealed = fields.CharField(max_length=255, null=True)
    mobile_sealed = fields.CharField(max_length=255, null=True)
    mobile_index = fields.CharField(max_length=64, null=True, unique=True)
    is_elder = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        table = "citizens_citizen"


class Identity(Model):
    """One way in: an account of an outside platform that proved itself to be this citizen's."""

    id = fields.BigIntField(primary_key=True)
    citizen_id = fields.BigIntField()
    channel = fields.CharField(max_length=16)  # wechat, wechat_oa, phone
    external_id = fields.CharField(max_length=64)
    unionid = fields.CharField(max_length=64, null=True)
    linked_at = fields.DatetimeField()

    class Meta:
        table = "citizens_identity"
        unique_together = (("channel", "external_id"),)
        indexes = (("citizen_id",), ("unionid",))


class Consent(Model):
    """What a citizen agreed to: which text in which version, when, where, and when they took it back (PIPL 14-17)."""

    id = fields.BigIntField(primary_key=True)
    citizen_id = fields.BigIntField()
    text_name = fields.CharField(max_length=32)
    text_version = fields.CharField(max_length=16)
    channel = fields.CharField(max_length=16)
    given_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "citizens_consent"
        unique_together = (("citizen_id", "text_name", "text_version"),)

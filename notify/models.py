"""What a citizen was told, and how the telling went over each channel."""

from tortoise import fields
from tortoise.models import Model


class Notice(Model):
    """One message to one citizen: the entry in the in-app inbox. `key` makes a second trigger harmless."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    key = fields.CharField(max_length=96, unique=True)
    citizen_id = fields.BigIntField()
    kind = fields.CharField(max_length=32)
    title = fields.CharField(max_length=40)
    body = fields.CharField(max_length=300)
    page = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notify_notice"
        indexes = (("citizen_id", "id"),)


class Dispatch(Model):
    """The sending of a notice over one channel. `state`: waiting, sending, sent, failed, skipped."""

    id = fields.BigIntField(primary_key=True)
    notice_id = fields.BigIntField()
    channel = fields.CharField(max_length=16)
    citizen_id = fields.BigIntField()
    kind = fields.CharField(max_length=32)  # the consent it needs, as in Grant
    data: fields.JSONField[dict[str, str]] = fields.JSONField()
    state = fields.CharField(max_length=8, default="waiting")
    has_credit = fields.BooleanField(default=False)  # one one-time consent is set aside for this sending
    attempts = fields.IntField(default=0)
    next_try_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=120, default="")
    final_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notify_dispatch"
        unique_together = (("notice_id", "channel"),)
        indexes = (("state", "next_try_at"),)


class Grant(Model):
    """The consent ledger: how many one-time messages of a kind a citizen still allows on WeChat."""

    id = fields.BigIntField(primary_key=True)
    citizen_id = fields.BigIntField()
    kind = fields.CharField(max_length=32)
    credits = fields.IntField(default=0)
    is_refused_always = fields.BooleanField(default=False)

    class Meta:
        table = "notify_grant"
        unique_together = (("citizen_id", "kind"),)

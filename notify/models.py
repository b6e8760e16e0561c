"""What a citizen was told, and how the telling went over each channel."""

from tortoise import fields
from tortoise.models import Model


class Notice(Model):
    """One message to one citizen: the entry in the in-app inbox. `key` makes a second trigger harmless.

    `words`: the template it was made of, `values` what was put into it: a further channel says it in its own form.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    key = fields.CharField(max_length=96, unique=True)
    citizen_id = fields.BigIntField()
    kind = fields.CharField(max_length=32)
    words = fields.CharField(max_length=32, default="")
    values: fields.JSONField[dict[str, str]] = fields.JSONField(default=dict)
    title = fields.CharField(max_length=40)
    body = fields.CharField(max_length=300)
    page = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notify_notice"
        indexes = (("citizen_id", "id"),)


class Dispatch(Model):
    """The sending of a notice over one channel.

    `state`: waiting, sending; and at its end sent, arrived (by the platform's receipt), silent (no receipt came),
    failed, skipped.
    `claim`: of whoever has taken it up last. `rank`: its place in the order of channels; `if_unread`: only if the
    notice has not been read by its time.
    """

    id = fields.BigIntField(primary_key=True)
    notice_id = fields.BigIntField()
    channel = fields.CharField(max_length=16)
    citizen_id = fields.BigIntField()
    kind = fields.CharField(max_length=32)  # the consent it needs, as in Allowance
    data: fields.JSONField[dict[str, str]] = fields.JSONField()
    state = fields.CharField(max_length=8, default="waiting")
    claim = fields.CharField(max_length=16, default="")
    rank = fields.SmallIntField(default=0)
    if_unread = fields.BooleanField(default=False)
    is_urgent = fields.BooleanField(default=False)
    can_wait = fields.BooleanField(default=False)
    has_credit = fields.BooleanField(default=False)  # one one-time consent is set aside for this sending
    attempts = fields.IntField(default=0)
    next_try_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=120, default="")
    final_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notify_dispatch"
        unique_together = (("notice_id", "channel"),)
        indexes = (("state", "next_try_at"), ("citizen_id", "final_at"), ("state", "final_at"))


class Receipt(Model):
    """A platform's number of a message it took, until `due_at`. `told_at`: when it said whether it arrived."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(max_length=16)
    provider = fields.CharField(max_length=16, default="")  # of several that serve a channel
    number = fields.CharField(max_length=64)
    dispatch_id = fields.BigIntField()
    sent_at = fields.DatetimeField()
    told_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField()

    class Meta:
        table = "notify_receipt"
        unique_together = (("channel", "number"),)
        indexes = (("due_at",), ("provider", "sent_at"))


class SmsProvider(Model):
    """How much of the text messages a service gets, in points of a hundred."""

    name = fields.CharField(max_length=16, primary_key=True)
    weight = fields.SmallIntField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "notify_sms_provider"


class Allowance(Model):
    """The consent ledger: how many one-time messages of a kind a citizen still allows on a channel.

    `is_for_good`: a long-term consent, which carries any number.
    """

    id = fields.BigIntField(primary_key=True)
    citizen_id = fields.BigIntField()
    channel = fields.CharField(max_length=16, default="wechat")
    kind = fields.CharField(max_length=32)
    credits = fields.IntField(default=0)
    is_for_good = fields.BooleanField(default=False)
    is_refused_always = fields.BooleanField(default=False)

    class Meta:
        table = "notify_allowance"
        unique_together = (("citizen_id", "channel", "kind"),)


class Preference(Model):
    """That a citizen has switched a channel off."""

    id = fields.BigIntField(primary_key=True)
    citizen_id = fields.BigIntField()
    channel = fields.CharField(max_length=16)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "notify_preference"
        unique_together = (("citizen_id", "channel"),)


class Unreachable(Model):
    """That nothing reaches a citizen over a channel any more: the address is wrong."""

    id = fields.BigIntField(primary_key=True)
    citizen_id = fields.BigIntField()
    channel = fields.CharField(max_length=16)
    address_hash = fields.CharField(max_length=64)  # of the address that failed; a new one is tried again
    reason = fields.CharField(max_length=120)
    since = fields.DatetimeField()

    class Meta:
        table = "notify_unreachable"
        unique_together = (("citizen_id", "channel"),)


class Digest(Model):
    """Small changes of one citizen that are told together. `open_key`: one at a time."""

    id = fields.BigIntField(primary_key=True)
    open_key = fields.CharField(max_length=24, null=True, unique=True)
    citizen_id = fields.BigIntField()
    count = fields.IntField(default=0)
    due_at = fields.DatetimeField()

    class Meta:
        table = "notify_digest"
        indexes = (("due_at",),)

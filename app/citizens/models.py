"""Citizens, the ways in that lead to them, what they agreed to, and the codes that prove a mobile."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class Way(StrEnum):
    """A way in. The value stands in `citizens_identity.channel`."""

    MINI_PROGRAM = "wechat"  # external id: openid in the mini-program
    OFFICIAL_ACCOUNT = "wechat_oa"  # external id: openid in the official account
    UNION = "wechat_union"  # external id: unionid; joins the two above
    MOBILE = "phone"  # external id: blind index of a proven mobile


class Citizen(Model):
    """One person. `code` is their name outside; what identifies them is sealed, bound to `code`.

    `mobile_index` finds a mobile; two citizens may carry the same one, but only one can sign in by it (see `Identity`).
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    name_sealed = fields.TextField(null=True)
    id_no_sealed = fields.TextField(null=True)
    mobile_sealed = fields.TextField(null=True)
    mobile_index = fields.CharField(max_length=64, null=True)
    is_elder = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        table = "citizens_citizen"
        indexes = (("mobile_index",),)


class Identity(Model):
    """One way in to one citizen; nobody else can have it. `proven_at`: when it last proved itself."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(max_length=16)
    external_id = fields.CharField(max_length=64)
    citizen_id = fields.BigIntField()
    proven_at = fields.DatetimeField()

    class Meta:
        table = "citizens_identity"
        unique_together = (("channel", "external_id"),)
        indexes = (("citizen_id", "channel"),)


class Consent(Model):
    """That somebody agreed: to which text in which version, when, where, and until when (PIPL 14-17).

    Rows are kept after withdrawal, they are the proof; `text_sha256` says which words. `active_key` (`citizen:text`)
    is there while the consent holds, so there is at most one for each text.
    """

    id = fields.BigIntField(primary_key=True)
    citizen_id = fields.BigIntField()
    text_name = fields.CharField(max_length=32)
    text_version = fields.CharField(max_length=16)
    text_sha256 = fields.CharField(max_length=64)
    channel = fields.CharField(max_length=16)
    given_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)
    active_key = fields.CharField(max_length=64, null=True, unique=True)

    class Meta:
        table = "citizens_consent"
        indexes = (("citizen_id", "text_name"),)


class SmsCode(Model):
    """A code on its way to a mobile. `handle` is the request it belongs to, known to the asking browser only."""

    id = fields.BigIntField(primary_key=True)
    handle_hash = fields.CharField(max_length=64, unique=True)
    code_hash = fields.CharField(max_length=64)
    mobile_sealed = fields.TextField()
    tries_left = fields.IntField()
    is_used = fields.BooleanField(default=False)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "citizens_sms_code"
        indexes = (("expires_at",),)


class SmsQuota(Model):
    """How many codes a mobile has asked for today, or a network on a day or in a minute, and when last.

    `subject` is a blind index.
    """

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(max_length=8)
    subject = fields.CharField(max_length=64)
    counted_on = fields.DateField()
    count = fields.IntField()
    last_at = fields.DatetimeField()

    class Meta:
        table = "citizens_sms_quota"
        unique_together = (("scope", "subject"),)


class UsedState(Model):
    """A `state` of web authorisation that has come back; it never comes back twice."""

    state_hash = fields.CharField(max_length=64, primary_key=True)
    used_at = fields.DatetimeField()

    class Meta:
        table = "citizens_used_state"
        indexes = (("used_at",),)

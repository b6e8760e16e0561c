"""Tables of what citizens ask, and of what the bot and staff answer."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Conversation(Model):
    """One conversation of one person; `open_key` lets them have one at a time.

    `peer`: `c` and the citizen's id, `g` and the hash of a guest's secret, or `o` and an openid. `version` grows with
    every change. `asked_at`: since when it waits, or waited, for a person; empty when it never did or was given up.
    `promised_at`: when working time begins, for who asked outside of it. `why`: what moved it to a person, in words.
    `account` and `openid`: of WeChat, where the citizen's last message came from; empty when it came from a page.
    `unread_since`: when a person said what nobody has seen on the page yet, and when the
    citizen was told of it. `…_typing_at`: the last sign of it.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    open_key = fields.CharField(max_length=80, null=True, unique=True)
    peer = fields.CharField(max_length=80)
    channel = fields.CharField(max_length=12)
    citizen_id = fields.BigIntField(null=True)
    state = fields.CharField(max_length=8)
    staff_id = fields.BigIntField(null=True)
    version = fields.IntField(default=0)
    account = fields.CharField(max_length=4, default="")
    openid = fields.CharField(max_length=64, default="")
    unread_since = fields.DatetimeField(null=True)
    unread_told_at = fields.DatetimeField(null=True)
    citizen_typing_at = fields.DatetimeField(null=True)
    staff_typing_at = fields.DatetimeField(null=True)
    memory: fields.JSONField[dict[str, Any]] = fields.JSONField(default=dict)
    why = fields.CharField(max_length=60, default="")
    opened_at = fields.DatetimeField()
    last_at = fields.DatetimeField()
    asked_at = fields.DatetimeField(null=True)
    promised_at = fields.DatetimeField(null=True)
    claimed_at = fields.DatetimeField(null=True)
    first_reply_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    grade = fields.SmallIntField(null=True)  # 1 the best to 5
    rated_at = fields.DatetimeField(null=True)

    class Meta:
        table = "chatbot_conversation"
        indexes = (
            ("peer", "id"), ("state", "asked_at"), ("state", "last_at"), ("staff_id", "state"), ("unread_since",),
        )  # fmt: skip


class Message(Model):
    """What was said, masked. `author`: citizen, bot, staff, system, or note, which citizens never see.

    `kind` is that of the bot's reply, of the event that the system tells of, or `text`. `outside_id` makes a repeat
    harmless.
    """

    id = fields.BigIntField(primary_key=True)
    conversation_id = fields.BigIntField()
    at = fields.DatetimeField()
    author = fields.CharField(max_length=8)
    staff_id = fields.BigIntField(null=True)
    kind = fields.CharField(max_length=12)
    text = fields.TextField()
    answer: Any = fields.JSONField(null=True)
    outside_id = fields.CharField(max_length=96, null=True, unique=True)

    class Meta:
        table = "chatbot_message"
        indexes = (("conversation_id", "id"),)


class Attachment(Model):
    """A picture or a voice that belongs to a message. `kind`: picture or voice.

    What came by WeChat is fetched from there within three days: `media_id` says what, `key` is empty until then.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    conversation_id = fields.BigIntField()
    message_id = fields.BigIntField()
    kind = fields.CharField(max_length=8)
    key = fields.CharField(max_length=64, default="")
    account = fields.CharField(max_length=4, default="")
    media_id = fields.CharField(max_length=256, default="")
    attempts = fields.IntField(default=0)
    next_try_at = fields.DatetimeField(null=True)  # empty: nothing (more) to fetch

    class Meta:
        table = "chatbot_attachment"
        indexes = (("message_id",), ("conversation_id",), ("next_try_at",))


class Delivery(Model):
    """The sending of a message to the WeChat that the citizen wrote from.

    `waiting`, `sending`; and at its end: `passive` (in the answer to the push itself), `sent`, `missed` (the window of
    48 hours or 5 messages is over), `failed`.
    """

    id = fields.BigIntField(primary_key=True)
    conversation_id = fields.BigIntField()
    message_id = fields.BigIntField(unique=True)
    account = fields.CharField(max_length=4)
    openid = fields.CharField(max_length=64)
    state = fields.CharField(max_length=8, default="waiting")
    attempts = fields.IntField(default=0)
    reason = fields.CharField(max_length=60, default="")
    next_try_at = fields.DatetimeField()
    final_at = fields.DatetimeField(null=True)

    class Meta:
        table = "chatbot_delivery"
        indexes = (("state", "next_try_at"), ("conversation_id", "id"))


class Agent(Model):
    """Who answers at the desk. The row is changed first by each claim, so that one person's claims go one by one."""

    id = fields.BigIntField(primary_key=True)
    staff_id = fields.BigIntField(unique=True)
    claimed_at = fields.DatetimeField()

    class Meta:
        table = "chatbot_agent"

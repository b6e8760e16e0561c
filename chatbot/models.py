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
    `handed_at`: when a person was wanted last, also if that was given up; `due_at`: from when the wait counts, later
    outside of working time; `taken_at`: the first claim after it. `owed_at`: since when an answer is owed;
    `answered_at`: their last one. `queue` is a `SkillQueue`'s code or empty, `queued_at` since when. `about`: what
    办不成事 was pressed for.
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
    handed_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    taken_at = fields.DatetimeField(null=True)
    owed_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    queue = fields.CharField(max_length=16, default="")
    queued_at = fields.DatetimeField(null=True)
    is_urgent = fields.BooleanField(default=False)
    about: fields.JSONField[dict[str, str]] = fields.JSONField(default=dict)
    delay_reason = fields.CharField(max_length=100, default="")  # why the promised time was not kept (GB/T 39046)
    grade = fields.SmallIntField(null=True)  # 1 the best to 5
    rated_at = fields.DatetimeField(null=True)

    class Meta:
        table = "chatbot_conversation"
        indexes = (
            ("peer", "id"),
            ("state", "asked_at"),
            ("state", "last_at"),
            ("staff_id", "state"),
            ("handed_at",),
            ("opened_at",),
            ("unread_since",),
        )


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
    """Who answers at the desk. The row is changed first by each claim, so that one person's claims go one by one.

    `duty_on`: the day on which they said to be there, so that nobody is on duty for ever who forgot to leave. `most`:
    how many they may be busy with, if not as many as the setting says.
    """

    id = fields.BigIntField(primary_key=True)
    staff_id = fields.BigIntField(unique=True)
    claimed_at = fields.DatetimeField(null=True)
    duty_on = fields.DateField(null=True)
    most = fields.SmallIntField(null=True)

    class Meta:
        table = "chatbot_agent"


class SkillQueue(Model):
    """Who answers what. `overflow_to`: the queue that helps after so many minutes, or when nobody of this one is there;
    empty the general one, None nobody. Zero minutes: only when nobody is there.
    """

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    name = fields.CharField(max_length=20, unique=True)
    dept_codes: fields.JSONField[list[str]] = fields.JSONField(default=list)
    matter_codes: fields.JSONField[list[str]] = fields.JSONField(default=list)
    staff_ids: fields.JSONField[list[int]] = fields.JSONField(default=list)
    overflow_to = fields.CharField(max_length=16, null=True)
    overflow_minutes = fields.IntField(default=0)
    version = fields.IntField(default=1)

    class Meta:
        table = "chatbot_skill_queue"


class Phrase(Model):
    """A canned reply. `staff_id`: whose own it is, None for everybody's."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    staff_id = fields.BigIntField(null=True)
    title = fields.CharField(max_length=30)
    text = fields.CharField(max_length=500)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "chatbot_phrase"
        indexes = (("staff_id",),)


class Label(Model):
    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    name = fields.CharField(max_length=12, unique=True)

    class Meta:
        table = "chatbot_label"


class Labelled(Model):
    """A label on a conversation."""

    id = fields.BigIntField(primary_key=True)
    conversation_id = fields.BigIntField()
    label = fields.CharField(max_length=16)

    class Meta:
        table = "chatbot_labelled"
        unique_together = (("conversation_id", "label"),)
        indexes = (("label", "conversation_id"),)


class SafeWord(Model):
    """What staff should not send without thinking twice. `advice`: what to write instead."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    word = fields.CharField(max_length=20, unique=True)
    advice = fields.CharField(max_length=60, default="")

    class Meta:
        table = "chatbot_safe_word"

"""What happened to citizens that others should hear of."""

from typing import ClassVar

from app.outbox import Event


class MobileRelinked(Event):
    """A mobile left the citizen `from_citizen_id`, who must hear of it (security.md A07).

    `to_citizen_id` has proven to hold it; both are the same when this citizen has proven another mobile instead.
    """

    name: ClassVar[str] = "citizens.mobile_relinked"
    from_citizen_id: int
    to_citizen_id: int


class AnswerUnread(Event):
    """A member of staff answered this citizen's question a while ago, and the citizen has not seen it yet."""

    name: ClassVar[str] = "citizens.answer_unread"
    citizen_id: int
    conversation_code: str


class ConsentWithdrawn(Event):
    """A citizen no longer agrees; processing that rests on this consent stops."""

    name: ClassVar[str] = "citizens.consent_withdrawn"
    citizen_id: int
    text_name: str
    text_version: str


class MessageReceipt(Event):
    """What a platform says of a message it took: `channel` and `number` as `notify` keeps them; `reason` in the
    platform's words when it did not arrive."""

    name: ClassVar[str] = "platform.receipt"
    channel: str
    number: str
    arrived: bool
    reason: str = ""

"""The one table of what may happen to a result."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    EXPECTED = "expected"
    READY = "ready"
    IN_LOCKER = "in_locker"
    COURIER_ASKED = "courier"
    SENT = "sent"
    ARCHIVED = "archived"
    HANDED_OVER = "handed_over"


NAMES = {
    State.EXPECTED: "制作中",
    State.READY: "待领取",
    State.IN_LOCKER: "自助柜待取",
    State.COURIER_ASKED: "待寄送",
    State.SENT: "已寄出",
    State.ARCHIVED: "已归档",
    State.HANDED_OVER: "已领取",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Where a step may be taken, and where it leads."""

    sources: tuple[State, ...]
    target: State


STEPS: dict[str, Step] = {
    "mark_ready": Step((State.EXPECTED,), State.READY),
    "hand_over": Step((State.READY,), State.HANDED_OVER),
    "undo": Step((State.HANDED_OVER,), State.READY),
    "ask_courier": Step((State.READY,), State.COURIER_ASKED),
    "keep_here": Step((State.COURIER_ASKED,), State.READY),
    "send": Step((State.COURIER_ASKED,), State.SENT),
    "archive": Step((State.READY,), State.ARCHIVED),
    "bring_back": Step((State.ARCHIVED,), State.READY),
    "store": Step((State.READY,), State.IN_LOCKER),
    "take_out": Step((State.IN_LOCKER,), State.READY),
    "redeem": Step((State.IN_LOCKER,), State.HANDED_OVER),
}

# The citizen's code opens something in one of these.
WAITING = (State.READY, State.IN_LOCKER)


def allowed(state: State) -> list[str]:
    """The steps that may be taken from a state."""
    return [name for name, step in STEPS.items() if state in step.sources]

"""A result is expected, then ready on a shelf, then handed over; nothing leads back."""

from enum import StrEnum


class State(StrEnum):
    EXPECTED = "expected"
    READY = "ready"
    HANDED_OVER = "handed_over"


NAMES = {State.EXPECTED: "制作中", State.READY: "待领取", State.HANDED_OVER: "已领取"}

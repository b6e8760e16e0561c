"""The one table of what may happen to a ticket."""

from enum import StrEnum

from app.queue.errors import NotNow


class State(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    PARKED = "parked"
    LEFT = "left"
    DONE = "done"
    MISSED = "missed"
    GIVEN_UP = "given_up"


NAMES = {
    State.WAITING: "等候中",
    State.CALLED: "已叫号",
    State.SERVING: "办理中",
    State.HELD: "暂离窗口",
    State.PARKED: "挂起",
    State.LEFT: "暂时离开",
    State.DONE: "已办结",
    State.MISSED: "已过号",
    State.GIVEN_UP: "已放弃",
}

# What each step means for the person and the counter:
#   skip      back into the line, behind the next few
#   hold      away from the counter for a moment (a copy, a signature); comes back to this counter
#   park      waits for something of ours; any counter of the group may take them up again
#   leave     out of the hall for a while, once, without losing the turn
#   restore   they were passed over by a wrong press; first again at the same counter
#   reopen    they were finished by a wrong press; at the same counter again
#   close     the day is over
TRANSITIONS: dict[tuple[State, str], State] = {
    (State.WAITING, "call"): State.CALLED,
    (State.CALLED, "recall"): State.CALLED,
    (State.CALLED, "serve"): State.SERVING,
    (State.CALLED, "skip"): State.WAITING,
    (State.CALLED, "miss"): State.MISSED,
    (State.CALLED, "finish"): State.DONE,
    (State.CALLED, "transfer"): State.WAITING,
    (State.SERVING, "finish"): State.DONE,
    (State.SERVING, "transfer"): State.WAITING,
    (State.SERVING, "hold"): State.HELD,
    (State.SERVING, "park"): State.PARKED,
    (State.HELD, "resume"): State.SERVING,
    (State.HELD, "miss"): State.MISSED,
    (State.PARKED, "resume"): State.CALLED,
    (State.PARKED, "miss"): State.MISSED,
    (State.MISSED, "requeue"): State.WAITING,
    (State.MISSED, "restore"): State.WAITING,
    (State.DONE, "reopen"): State.SERVING,
    (State.WAITING, "leave"): State.LEFT,
    (State.LEFT, "rejoin"): State.WAITING,
    (State.WAITING, "give_up"): State.GIVEN_UP,
    (State.LEFT, "give_up"): State.GIVEN_UP,
    (State.WAITING, "close"): State.MISSED,
    (State.LEFT, "close"): State.MISSED,
    (State.CALLED, "close"): State.MISSED,
    (State.HELD, "close"): State.MISSED,
    (State.PARKED, "close"): State.MISSED,
    (State.SERVING, "close"): State.DONE,
}

# A counter is busy with a ticket in one of these.
AT_COUNTER = (State.CALLED, State.SERVING)
# Away from the counter, which is free meanwhile, until they are taken up again.
ASIDE = (State.HELD, State.PARKED)
# The person is still somewhere in the day.
OPEN = (State.WAITING, State.CALLED, State.SERVING, State.HELD, State.PARKED, State.LEFT)


def sources(step: str) -> list[State]:
    """From which states the step may be taken."""
    return [state for state, name in TRANSITIONS if name == step]


def after(state: State, step: str) -> State:
    """The state the step leads to. Raises `NotNow`, which names the present state and what may be done in it."""
    target = TRANSITIONS.get((state, step))
    if target is None:
        raise NotNow(state=NAMES[state], allowed=[name for source, name in TRANSITIONS if source is state])
    return target

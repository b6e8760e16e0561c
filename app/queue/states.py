"""The one table of what may happen to a ticket."""

from enum import StrEnum

from app.queue.errors import NotNow


class State(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    DONE = "done"
    MISSED = "missed"


NAMES = {
    State.WAITING: "等候中",
    State.CALLED: "已叫号",
    State.SERVING: "办理中",
    State.DONE: "已办结",
    State.MISSED: "已过号",
}

TRANSITIONS: dict[tuple[State, str], State] = {
    (State.WAITING, "call"): State.CALLED,
    (State.CALLED, "recall"): State.CALLED,
    (State.CALLED, "serve"): State.SERVING,
    (State.CALLED, "miss"): State.MISSED,
    (State.CALLED, "finish"): State.DONE,
    (State.SERVING, "finish"): State.DONE,
    (State.MISSED, "requeue"): State.WAITING,
}

# A counter is busy with a ticket in one of these.
AT_COUNTER = (State.CALLED, State.SERVING)


def sources(step: str) -> list[State]:
    """From which states the step may be taken."""
    return [state for state, name in TRANSITIONS if name == step]


def after(state: State, step: str) -> State:
    """The state the step leads to. Raises `NotNow`, which names the present state and what may be done in it."""
    target = TRANSITIONS.get((state, step))
    if target is None:
        raise NotNow(state=NAMES[state], allowed=[name for source, name in TRANSITIONS if source is state])
    return target

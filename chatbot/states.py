"""The one table of what may happen to a conversation."""

from enum import StrEnum

from chatbot.errors import NotNow


class State(StrEnum):
    BOT = "bot"
    WAITING = "waiting"
    PERSON = "person"
    CLOSED = "closed"


NAMES = {
    State.BOT: "智能客服接待",
    State.WAITING: "等候人工客服",
    State.PERSON: "人工客服接待",
    State.CLOSED: "已结束",
}

# What each step means:
#   ask       a person is wanted, by the citizen or because the bot is at its end
#   give_up   the citizen does not wait any more, and the bot answers again
#   claim     a member of staff takes it
#   transfer  back into the line, for somebody else
#   pass_on   to a colleague at once
#   give_back back to its old place in the line, because no answer came
#   close     it is over
TRANSITIONS: dict[tuple[State, str], State] = {
    (State.BOT, "ask"): State.WAITING,
    (State.WAITING, "give_up"): State.BOT,
    (State.WAITING, "claim"): State.PERSON,
    (State.PERSON, "transfer"): State.WAITING,
    (State.PERSON, "pass_on"): State.PERSON,
    (State.PERSON, "give_back"): State.WAITING,
    (State.BOT, "close"): State.CLOSED,
    (State.WAITING, "close"): State.CLOSED,
    (State.PERSON, "close"): State.CLOSED,
}


def sources(step: str) -> list[State]:
    """From which states the step may be taken."""
    return [state for state, name in TRANSITIONS if name == step]


def after(state: State, step: str) -> State:
    """The state the step leads to. Raises `NotNow`, which names the present state."""
    target = TRANSITIONS.get((state, step))
    if target is None:
        raise NotNow(state=NAMES[state])
    return target
